"""The table of recommended actions: its columns, and what may stand in them."""

import math
import unicodedata
from dataclasses import asdict, dataclass, fields

import pandas as pd

from retail_panel.customers.personas import EVERYBODY, PERSONAS
from retail_panel.customers.segments import SEGMENTS
from retail_panel.errors import UnusableInput

#: Groups that actions are for, in the order of the table.
GROUPS = tuple(kind.name for kind in (*SEGMENTS, *PERSONAS, EVERYBODY))
LEVERS = ("frequency", "retention")
LONGEST = 300


@dataclass(frozen=True)
class Action:
    """What to do for one group of customers.

    Attributes
    ----------
    group : str
        Segment or persona, one of :data:`GROUPS`.
    action, why, channel : str
        What, for which reason, and by which way; the channel may be empty.
    lever : str
        What it raises: ``frequency`` (of purchases) or ``retention``.
    change_percent : float
        By how much the group's sales are expected to rise, above 0 and up to 100: an assumption.
    cost_per_contact : float or None
        In currency units a customer; None where it is not known.
    """

    group: str
    action: str
    why: str
    channel: str
    lever: str
    change_percent: float
    cost_per_contact: float | None = None


COLUMNS = tuple(field.name for field in fields(Action))


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row of an edited table: its number (the first is 1), the column, and a sentence."""

    row: int
    column: str
    sentence: str


def actions_table(actions):
    """Return actions as a pandas.DataFrame, one row an action, with the columns of :data:`COLUMNS`."""
    table = pd.DataFrame([asdict(action) for action in actions], columns=list(COLUMNS))
    return table.astype({"change_percent": "float64", "cost_per_contact": "float64"})


def check_table(table):
    """Check an edited table row by row.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns of :data:`COLUMNS`, as :func:`actions_table` returns; numbers may be texts. Rows without any
        value are passed over.

    Returns
    -------
    actions : tuple of Action
        Those of the rows without a fault.
    faults : tuple of Fault
        By row; empty where the table can be used.

    Raises
    ------
    UnusableInput
        If a column is missing.
    """
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise UnusableInput(f"actions: no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
    found, faults, taken = [], [], set()
    for number, row in enumerate(table[list(COLUMNS)].to_dict("records"), start=1):
        row = {column: None if _is_blank(value) else value for column, value in row.items()}
        if all(value is None for value in row.values()):
            continue
        wrong = {column: sentence for column in COLUMNS if (sentence := _fault(column, row[column]))}
        action = None if wrong else _action(row)
        if action and (action.group, action.action) in taken:
            wrong["action"] = f"action {action.action!r} is there twice for {action.group}; allowed: once a group"
        faults += [Fault(number, column, sentence) for column, sentence in wrong.items()]
        if not wrong:
            taken.add((action.group, action.action))
            found.append(action)
    return in_order(found), tuple(faults)


def in_order(actions):
    """Return actions by group in the order of :data:`GROUPS`, within a group as they came."""
    return tuple(sorted(actions, key=lambda action: GROUPS.index(action.group)))


def _is_blank(value):
    return (pd.api.types.is_scalar(value) and pd.isna(value)) or value == ""


def _action(row):
    texts = {column: " ".join((row[column] or "").split()) for column in ("action", "why", "channel")}
    cost = row["cost_per_contact"]
    return Action(
        group=row["group"],
        lever=row["lever"],
        change_percent=float(row["change_percent"]),
        cost_per_contact=None if cost is None else float(cost),
        **texts,
    )


def _fault(column, value):
    """Return what is wrong with a value, or None."""
    allowed = {
        "group": lambda: value in GROUPS,
        "action": lambda: _is_text(value),
        "why": lambda: _is_text(value),
        "channel": lambda: value is None or _is_text(value),
        "lever": lambda: value in LEVERS,
        "change_percent": lambda: 0 < _number(value) <= 100,
        "cost_per_contact": lambda: value is None or 0 <= _number(value) < math.inf,
    }[column]
    return None if allowed() else f"{column} {value!r}; allowed: {_ALLOWED[column]}"


_ALLOWED = {
    "group": ", ".join(GROUPS),
    "action": f"a text of up to {LONGEST} characters",
    "why": f"a text of up to {LONGEST} characters",
    "channel": f"nothing, or a text of up to {LONGEST} characters",
    "lever": " or ".join(LEVERS),
    "change_percent": "a number above 0 and up to 100",
    "cost_per_contact": "nothing, or a number of 0 or more",
}


def _is_text(value):
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        return False
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in " ".join(value.split()))


def _number(value):
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
