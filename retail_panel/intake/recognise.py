"""Which table a source holds and what each of its columns means, from names and values."""

from dataclasses import dataclass

import pyarrow.compute as pc

from retail_panel.errors import UnusableInput
from retail_panel.intake.column_values import fits, present, share, share_of_dates, share_of_numbers
from retail_panel.intake.names import normal
from retail_panel.intake.synonyms import LAYOUTS, NAMES, TIME_ROLES

SAMPLE_ROWS = 2_000
_NEEDS = {"order_line": ("ordered_at",), "stock": ("day", "product", "on_hand"), "feedback": ("given_at", "score")}
_LOOKS = {"ordered_at": "a date", "day": "a date", "given_at": "a date", "amount": "a number"}


@dataclass(frozen=True)
class Recognised:
    """The table, the role of each column and why.

    `roles` maps role to source column, `why` role to a short reason, `layout` is a :class:`Layout` or None and
    `ignored` the columns without a role.
    """

    table: str
    roles: dict
    why: dict
    ignored: tuple
    layout: object = None
    layout_name: str = ""


def recognise(source, sample, mapping):
    """Find the table and the role of each column.

    Parameters
    ----------
    source : opened source
        Its `name`, `columns` and `layout` are used.
    sample : pyarrow.Table
        First rows, all strings.
    mapping : Mapping
        The user's word, which wins.

    Returns
    -------
    Recognised

    Raises
    ------
    UnusableInput
        A required column cannot be found, or the mapping names a column that is not there.
    """
    for role, column in mapping.columns.items():
        if column and column not in source.columns:
            raise UnusableInput(
                f"{source.name}: the mapping names column {column!r} for {role}, which is not there; columns "
                f"are {', '.join(source.columns)[:400]}"
            )
    sample = sample.slice(0, SAMPLE_ROWS)
    by_name = {}
    for column in source.columns:
        by_name.setdefault(normal(column), column)
    layout = next((layout for layout in LAYOUTS if all(need in by_name for need in layout.needs)), None)
    table = mapping.table or _table(by_name, layout)
    layout = layout if table == "order_line" else None
    roles, why = _mapped(mapping, table, source.name)
    for role, name in (layout.roles if layout else {}).items():
        column = by_name.get(name)
        if column and role not in mapping.columns and column not in roles.values():
            roles[role], why[role] = column, f"named {column!r} in {layout.name}"
    shut = set(layout.shut if layout else ())
    if source.layout:
        shut = {name for name in by_name if name.startswith("column_")}
    for role, names in NAMES[table].items():
        if role in roles or role in mapping.columns or role in mapping.constants:
            continue
        for name in names:
            column = by_name.get(name)
            if column and column not in roles.values() and name not in shut and fits(role, sample[column]):
                roles[role], why[role] = (
                    column,
                    f"named {column!r}" if not source.layout else f"by place in {source.layout}",
                )
                break
    _by_values(table, roles, why, sample, by_name, mapping)
    _settle(table, roles, why)
    _require(source, table, roles)
    ignored = tuple(column for column in source.columns if column not in roles.values())
    return Recognised(table, roles, why, ignored, layout, layout.name if layout else source.layout)


def _mapped(mapping, table, name):
    for role in mapping.columns:
        if role not in NAMES[table]:
            raise UnusableInput(
                f"{name}: the mapping names role {role!r}, which {table} does not have; its roles are "
                f"{', '.join(NAMES[table])}"
            )
    roles = {role: column for role, column in mapping.columns.items() if column}
    return roles, dict.fromkeys(roles, "by the mapping")


def _table(by_name, layout):
    def has(table, *roles):
        return any(name in by_name for role in roles for name in NAMES[table][role])

    if layout is None and not has("order_line", "amount", "price"):
        if has("stock", "on_hand") and has("stock", "product"):
            return "stock"
        if has("feedback", "score") and not has("order_line", "quantity"):
            return "feedback"
    return "order_line"


def _by_values(table, roles, why, sample, by_name, mapping):
    """Give a required role that no name settled to the only free column whose values fit."""
    role = next(role for role in NAMES[table] if role in TIME_ROLES)
    free = [c for c in sample.column_names if c not in roles.values()]
    if role not in roles and mapping.columns.get(role) is None:
        fitting = [
            c
            for c in free
            if len(values := present(sample[c]))
            and share_of_dates(values) >= 0.9
            and share(pc.match_substring_regex(values, r"^\d+(\.\d+)?$")) < 0.5
        ]
        if len(fitting) == 1:
            roles[role], why[role] = fitting[0], "its values read as dates"
    if table == "order_line" and "amount" not in roles and "price" not in roles and "amount" not in mapping.columns:
        words = ("amount", "total", "value", "revenue", "sales", "price", "spend", "betrag", "summe")
        fitting = [
            c
            for c in free
            if c not in roles.values()
            and any(word in normal(c) for word in words)
            and len(values := present(sample[c]))
            and share_of_numbers(values) >= 0.9
        ]
        if len(fitting) == 1:
            roles["amount"], why["amount"] = fitting[0], "the only column of numbers named like an amount"


def _settle(table, roles, why):
    if table == "order_line" and "amount" not in roles and "price" in roles and "quantity" not in roles:
        roles["amount"], why["amount"] = roles.pop("price"), why.pop("price") + ", and there is no quantity"


def _require(source, table, roles):
    missing = [role for role in _NEEDS[table] if role not in roles]
    if table == "order_line" and "amount" not in roles and not ("price" in roles and "quantity" in roles):
        missing.append("amount (or quantity and price)")
    if not missing:
        return
    shown = ", ".join(source.columns)[:400]
    if len(source.columns) == 1:
        raise UnusableInput(
            f"{source.name}: only one column was found, {shown[:120]!r}; if the delimiter is another, say which "
            "with --delimiter (delimiter in a mapping file)"
        )
    role = missing[0].split(" ")[0]
    needed = " and ".join(f"{name}, {_LOOKS[name]}," if name in _LOOKS else name for name in missing)
    raise UnusableInput(
        f"{source.name}: no column was recognised as {needed} which {table.replace('_', ' ')}s need; columns "
        f"are {shown}; name it with --column {role}=NAME (under [columns] in a mapping file)"
    )
