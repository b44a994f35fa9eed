"""The directory of scored customers: one sorted page at a time, searched by id, whatever their number."""

import datetime as dt
from dataclasses import dataclass, field

import ibis
import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE

LISTED = ("segment", "cluster", "r", "f", "m")
NUMBERS = ("recency_days", "frequency", "monetary", "net_sales")
COLUMNS = ("customer_id", *LISTED[:2], *NUMBERS, *LISTED[2:], "last_day")
MOST_ROWS = 1_000
_MONEY = ("monetary", "net_sales")


@dataclass(frozen=True)
class CustomersPage:
    """One page of the directory.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a customer: ``customer_key``, ``customer_id``, ``segment`` and ``cluster`` (index), ``recency_days``,
        ``frequency``, ``monetary`` and ``net_sales`` (currency units), scores ``r``, ``f``, ``m``, and ``last_day``,
        the day of the last purchase (:class:`datetime.date`; None where the reference day is not known).
    matching : int
        Customers that search and filters leave, on all pages together.
    offset, limit : int
        As asked for.
    """

    rows: pd.DataFrame = field(repr=False)
    matching: int
    offset: int
    limit: int


def page(ask, lines, scored, customers, reference_day=None, *, offset=0, limit=25, sort=(("monetary", "desc"),),
         search="", filters=None, spans=None, matching=None):  # fmt: skip
    """Return one page of the customers.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table or None
        Order lines in scope and selection: customers without a line among them are left out. None keeps all scored.
    scored : ibis.Table
        Scored customers, one row a customer.
    customers : ibis.Table
        The store's customers: ``customer_key``, ``customer_id``.
    reference_day : datetime.date, optional
        Day that recency counts back from, which the last day is told from.
    offset, limit : int
        Rows to skip, zero or more; rows to return, 1 to :data:`MOST_ROWS`.
    sort : sequence of (str, str)
        Columns of :data:`COLUMNS` with ``asc`` or ``desc``, the weightiest first. Equal rows stay in the order of their
        keys, whatever the direction.
    search : str
        Part of the id, upper or lower case alike; no sign in it has a meaning of its own.
    filters : dict of str to collection of int, optional
        Values to keep, by ``segment``, ``cluster``, ``r``, ``f`` or ``m``; an empty collection keeps nobody.
    spans : dict of str to (number or None, number or None), optional
        Low end, included, and high end, excluded, by ``recency_days``, ``frequency``, ``monetary`` or ``net_sales``
        (currency units); None is open.
    matching : int, optional
        The count, where the caller has it from an earlier page of the same search and filters; else it is asked for.

    Returns
    -------
    CustomersPage

    Raises
    ------
    UnusableInput
        If a column, a direction, the offset or the limit is not allowed.
    """
    if offset < 0 or not 1 <= limit <= MOST_ROWS:
        raise UnusableInput(f"page from row {offset} with {limit} rows: allowed: from 0 on, 1 to {MOST_ROWS:,} rows")
    order = _order(sort)
    named = _named(scored, customers)
    by_id = search or any(column == "customer_id" for column, _ in order)
    found = _found(lines, named if by_id else scored, search, filters or {}, spans or {})
    if matching is None:
        matching = count(ask, lines, scored, customers, search, filters, spans)
    height, skipped, near = max(min(limit, matching - offset), 0), offset, order
    if offset > matching - offset - height:
        # From the nearer end, so that the last page costs no more than the first.
        skipped, near = max(matching - offset - height, 0), [(column, not is_up) for column, is_up in order]
    # The engine sorts by these columns alone, and looks up the others for the page only.
    picked = found.order_by(_keys(found, near)).select("customer_key").limit(height, offset=skipped)
    rows = named.semi_join(picked, "customer_key")
    return CustomersPage(_shown(ask(rows.order_by(_keys(rows, order))), reference_day), matching, offset, limit)


def count(ask, lines, scored, customers, search="", filters=None, spans=None):
    """Return how many customers search and filters leave, see :func:`page`."""
    found = _found(lines, _named(scored, customers) if search else scored, search, filters or {}, spans or {})
    return ask(found.aggregate(customers=found.count()))["customers"][0].as_py()


def _named(scored, customers):
    return scored.inner_join(customers.select("customer_key", "customer_id"), "customer_key")


def _order(sort):
    order = []
    for column, direction in sort:
        if column not in COLUMNS:
            raise UnusableInput(f"sort by {column!r}: allowed: {', '.join(COLUMNS)}")
        if direction not in ("asc", "desc"):
            raise UnusableInput(f"sort by {column} {direction!r}: allowed: asc, desc")
        # The later the last purchase, the fewer the days since.
        order.append(("recency_days", direction == "desc") if column == "last_day" else (column, direction == "asc"))
    return [*order, ("customer_key", True)]


def _keys(table, order):
    return [table[column] if is_up else table[column].desc() for column, is_up in order]


def _found(lines, table, search, filters, spans):
    conditions = []
    if search:
        conditions.append(table.customer_id.lower().contains(ibis.literal(search).lower()))
    for column, values in filters.items():
        if column not in LISTED:
            raise UnusableInput(f"filter on {column!r}: allowed: {', '.join(LISTED)}")
        conditions.append(table[column].isin([int(value) for value in values]))
    for column, ends in spans.items():
        if column not in NUMBERS:
            raise UnusableInput(f"span of {column!r}: allowed: {', '.join(NUMBERS)}")
        low, high = (end if end is None or column not in _MONEY else round(end * MONEY_SCALE) for end in ends)
        conditions += [] if low is None else [table[column] >= low]
        conditions += [] if high is None else [table[column] < high]
    table = table.filter(*conditions) if conditions else table
    return table if lines is None else table.semi_join(lines.filter(lines.customer_key.notnull()), "customer_key")


def _shown(answer, reference_day):
    rows = answer.to_pandas()
    for column in _MONEY:
        rows[column] = rows[column] / MONEY_SCALE
    days = [reference_day and reference_day - dt.timedelta(days=int(d)) for d in rows["recency_days"]]
    rows["last_day"] = pd.Series(days, rows.index, dtype=object)
    return rows[["customer_key", *COLUMNS]]
