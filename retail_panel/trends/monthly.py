"""Sales over time: per day, week, month or quarter, and per value of a category as well."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from retail_panel.customers.dated_orders import DatedOrders
from retail_panel.customers.rfm import whole_sum
from retail_panel.errors import UnusableInput
from retail_panel.trends.periods import Calendar, periods
from retail_panel.trends.sums import MEASURES, columns_of, span_of, sums_of

#: Rows of a table that is still small; with more, the grain or the category is too fine to be looked at.
MOST_ROWS = 200_000


@dataclass(frozen=True)
class OverTime:
    """Figures per period.

    Attributes
    ----------
    calendar : Calendar
        The periods, without gaps.
    by : str or None
        Category column.
    table : pandas.DataFrame
        One row per period (and value of ``by``: in order, no value last), by time: ``period`` (its first day,
        datetime.date), ``last_day``, ``label``, the ``by`` column (None for no value); ``transactions``, ``orders``,
        ``customers`` (distinct; NaN where lines have no ``customer_key``), ``gross_sales``, ``net_sales``,
        ``absolute_value`` (currency units), ``average_transaction_value`` (mean absolute amount per transaction; NaN
        without any), as far as they were asked for; ``is_partial``. Periods without lines are zeros.
    """

    calendar: Calendar
    by: str | None
    table: pd.DataFrame = field(repr=False)

    @property
    def measures(self):
        """The measures that the table has."""
        return tuple(name for name in MEASURES if name in self.table)

    @property
    def values(self):
        """The values of ``by`` that occur, in the table's order; None stands for no value."""
        return () if self.by is None or self.table.empty else tuple(self.table[self.by].iloc[: self._width])

    @property
    def _width(self):
        return len(self.table) // len(self.calendar)

    def of(self, value):
        """Return one value's figures, as without ``by``; without a ``by`` these figures themselves.

        Raises
        ------
        UnusableInput
            If the value does not occur.
        """
        if self.by is None:
            return self
        if value not in self.values:
            allowed = ", ".join(map(repr, self.values)) or "none, since there are no lines"
            raise UnusableInput(f"{self.by} {value!r}; allowed: {allowed}")
        rows = self.table.iloc[self.values.index(value) :: self._width].drop(columns=self.by)
        return replace(self, by=None, table=rows.reset_index(drop=True))


def over_time(ask, lines, grain="month", by=None, span=None, measures=MEASURES):
    """Sum sales per period.

    Parameters
    ----------
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    lines : ibis.Table or DatedOrders
        Order lines: ``ordered_at``, ``amount``, ``order_key``, ``is_return``; ``customer_key`` if there is one. Orders
        in memory are told apart by no category and need a span; their customers are counted by month only.
    grain : str
        ``day``, ``week``, ``month`` or ``quarter``.
    by : str, optional
        Category column to tell apart, as text or as small codes.
    span : (datetime.date, datetime.date), optional
        First and last day of the data (of the scope, say), which tell a partial period from a quiet one; lines of
        other days are left out. None means those of ``lines``.
    measures : collection of str
        What to sum; money alone is much quicker than distinct counts.

    Returns
    -------
    OverTime

    Raises
    ------
    UnusableInput
        If the grain or a measure is unknown, or the table were not small.
    """
    calendar = periods(*(span or span_of(ask, lines)), grain)
    if isinstance(lines, DatedOrders):
        return _laid_out(_in_memory(lines, calendar, measures), calendar, by, measures)
    placed = lines.filter(calendar.holds(lines.ordered_at))
    placed = placed.mutate(position=calendar.position(placed.ordered_at))
    keys = ["position"] if by is None else ["position", by]
    return _laid_out(ask(placed.group_by(keys).aggregate(sums_of(placed, measures))), calendar, by, measures)


def over_months(ask, months, span, measures):
    """As :func:`over_time` by month, of what :func:`retail_panel.customers.merged.by_month` has.

    Parameters
    ----------
    ask, span, measures
        As in :func:`over_time`; gross sales and orders are none of the measures.
    months : ibis.Table
        Of lines none of which is outside the span.
    """
    calendar = periods(*span, "month")
    first = calendar.periods[0].first_day
    placed = months.mutate(position=months.month - (12 * first.year + first.month - 1))
    found = ask(placed.group_by("position").aggregate(
        transactions=whole_sum(placed.transactions), customers=placed.customer_key.count(),
        net_sales=whole_sum(placed.net_sales), absolute_value=whole_sum(placed.moved),
    ))  # fmt: skip
    return _laid_out(found, calendar, None, measures)


def _in_memory(orders, calendar, measures):
    found = orders.added("position", calendar.positions)
    if "customers" not in measures:
        return found
    if calendar.grain != "month":
        raise UnusableInput(f"customers by {calendar.grain} of orders in memory; allowed: by month")
    first, counts = orders.customers_by_month
    held = calendar.periods[0].first_day
    place = found["position"].to_numpy() + 12 * held.year + held.month - 1 - first
    is_there = (place >= 0) & (place < len(counts))
    customers = np.zeros(len(place), "int64")
    customers[is_there] = counts[place[is_there]]
    return found.append_column("customers", [customers])


def _laid_out(found, calendar, by, measures):
    values, spot = [None], found["position"].to_numpy()
    if by is not None:
        theirs = found[by].to_pylist()
        values = sorted(set(theirs), key=lambda value: (value is None, value))
        place = {value: i for i, value in enumerate(values)}
        spot = spot * len(values) + np.array([place[value] for value in theirs], dtype=np.int64)
    rows = len(calendar) * len(values)
    if rows > MOST_ROWS:
        raise UnusableInput(
            f"{len(values):,} values of {by} over {len(calendar):,} {calendar.grain}s; allowed: {MOST_ROWS:,} rows "
            "together"
        )
    held = [period for period in calendar for _ in values]
    columns = {
        "period": pd.Series([period.first_day for period in held], dtype=object),
        "last_day": pd.Series([period.last_day for period in held], dtype=object),
        "label": pd.Series([period.label for period in held], dtype=object),
    }
    if by is not None:
        columns[by] = pd.Series(values * len(calendar), dtype=object)
    columns |= columns_of(found, spot, rows, measures)
    return OverTime(calendar, by, pd.DataFrame({**columns, "is_partial": np.repeat(calendar.is_partial, len(values))}))
