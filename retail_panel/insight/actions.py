"""Recommended actions: what to do for whom, built in and as a user's file has it."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.insight.action_table import COLUMNS, check_table, in_order

_OWN = tuple(column for column in COLUMNS if column != "group")


def load_actions(path=None):
    """Read the actions: the built-in ones, and a user's file over them.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        TOML file in the form of ``actions.toml`` beside this module. It replaces the actions of the groups it names,
        and all of them where it says ``complete = true``.

    Returns
    -------
    tuple of Action
        By group in the order of :data:`retail_panel.insight.action_table.GROUPS`, within a group as in the file.

    Raises
    ------
    UnusableInput
        If the file cannot be read, or an action in it is not as it must be.
    """
    built_in = _read(files("retail_panel.insight").joinpath("actions.toml"), "actions.toml")[0]
    if path is None:
        return built_in
    own, is_complete = _read(Path(path), f"actions file {path}")
    named = {action.group for action in own}
    return own if is_complete else in_order([a for a in built_in if a.group not in named] + list(own))


def actions_for(actions, group):
    """Return the actions of one group, in their order."""
    return tuple(action for action in actions if action.group == group)


def actions_toml(actions):
    """Return actions as the text of a file that :func:`load_actions` reads back as they are."""
    parts = ["complete = true\n"]
    for action in actions:
        rows = [f"groups = [{json.dumps(action.group, ensure_ascii=False)}]"]
        own = {column: getattr(action, column) for column in _OWN}
        rows += [f"{name} = {json.dumps(v, ensure_ascii=False)}" for name, v in own.items() if v is not None]
        parts.append("\n".join(["[[action]]", *rows, ""]))
    return "\n".join(parts)


def _read(file, name):
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableInput(f"{name}: {error.strerror}; allowed: a readable TOML file") from error
    except ValueError as error:
        raise UnusableInput(f"{name}: {error}; allowed: TOML in the form of [[action]] groups = [...]") from error
    unknown = sorted(set(found) - {"action", "complete"})
    if unknown:
        raise UnusableInput(f"{name}: unknown {unknown[0]!r}; allowed: complete and [[action]]")
    is_complete, blocks = found.get("complete", False), found.get("action", [])
    if not isinstance(is_complete, bool):
        raise UnusableInput(f"{name}: complete is {is_complete!r}; allowed: true or false")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise UnusableInput(f"{name}: action is {blocks!r}; allowed: blocks under [[action]]")
    rows, block_of = [], []
    for number, block in enumerate(blocks, start=1):
        for group in _groups(block, f"{name}, action {number}"):
            rows.append({"group": group, **{column: block.get(column) for column in _OWN}})
            block_of.append(number)
    table = pd.DataFrame({c: pd.Series([row[c] for row in rows], dtype=object) for c in COLUMNS})
    actions, faults = check_table(table)
    if faults:
        raise UnusableInput(f"{name}, action {block_of[faults[0].row - 1]}: {faults[0].sentence}")
    return actions, is_complete


def _groups(block, name):
    allowed = ("groups", *_OWN)
    unknown = sorted(set(block) - set(allowed))
    if unknown:
        raise UnusableInput(f"{name}: unknown {unknown[0]!r}; allowed: {', '.join(allowed)}")
    groups = block.get("groups")
    if not isinstance(groups, list) or not groups:
        raise UnusableInput(f"{name}: groups is {groups!r}; allowed: a list of segments or personas")
    return groups
