"""Orders in memory, by customer and day: what merged lines are asked for, where each of them is an order.

See :mod:`retail_panel.customers.merged`. Sums are places in arrays then, see :mod:`retail_panel.customers.places`.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from retail_panel.customers.places import PlacedOrders, placed_customers, with_guests
from retail_panel.customers.rfm import day_number
from retail_panel.customers.running import NEVER
from retail_panel.schema import MONEY_SCALE

#: So many order lines are taken into memory at most, some 30 bytes each.
MOST_LINES = 1_500_000
#: So many places of customers and months are laid out at most.
MOST_CELLS = 1 << 25


@dataclass(frozen=True)
class DatedOrders:
    """Orders, each of one customer or guest and of one day, and bought or brought back as a whole.

    Attributes
    ----------
    keys : numpy.ndarray
        ``customer_key`` of each customer, rising.
    person : numpy.ndarray
        Each order's customer, a place in these; -1 for a guest.
    day : numpy.ndarray
        Days since 1970-01-01.
    is_return : numpy.ndarray
    amount, moved : numpy.ndarray
        What its lines add up to, and their absolute amounts, ten-thousandths of the currency unit, float64.
    """

    keys: np.ndarray = field(repr=False)
    person: np.ndarray = field(repr=False)
    day: np.ndarray = field(repr=False)
    is_return: np.ndarray = field(repr=False)
    amount: np.ndarray = field(repr=False)
    moved: np.ndarray = field(repr=False)

    @property
    def nbytes(self):
        """How much memory it takes, months of customers included."""
        own = sum(each.nbytes for each in (self.keys, self.person, self.day, self.is_return, self.amount, self.moved))
        return own + 32 * len(self.person)

    @cached_property
    def _daily(self):
        """Return the first day, and what is added up of each day from it on, whole numbers."""
        first = int(self.day.min(initial=2**31 - 1))
        place = self.day - first
        transactions = np.bincount(place)
        size, returned = len(transactions), np.flatnonzero(self.is_return)
        net, back = (np.bincount(place[at], self.amount[at], size) for at in (slice(None), returned))
        return first, {
            "transactions": transactions, "orders": transactions - np.bincount(place[returned], minlength=size),
            "gross_sales": (net - back).astype("int64"), "net_sales": net.astype("int64"),
            "absolute_value": np.bincount(place, self.moved, size).astype("int64"),
        }  # fmt: skip

    @property
    def customers_by_month(self):
        """How many customers there are in each month, from the first one of a purchase or return of theirs on."""
        month = self.months["month"].to_numpy()
        first = int(month.min(initial=2**31 - 1))
        return first, np.bincount(month - first)

    def added(self, name, value_of):
        """Add days up by a value of theirs.

        Parameters
        ----------
        name : str
            What the value is called.
        value_of : callable
            Takes days since 1970-01-01, an array; returns the value of each, a whole number from 0 on, -1 for none.

        Returns
        -------
        pyarrow.Table
            One row a value that has any order: it, and what :func:`retail_panel.trends.sums.sums_of` has, customers
            aside.
        """
        first, daily = self._daily
        value = value_of(first + np.arange(len(daily["transactions"])))
        held = np.flatnonzero((value >= 0) & (daily["transactions"] > 0))
        value = value[held]
        found = np.flatnonzero(np.bincount(value))
        sums = {}
        for each, amounts in daily.items():
            total = np.zeros(int(value.max(initial=-1)) + 1, "int64")
            np.add.at(total, value, amounts[held])
            sums[each] = total[found]
        return pa.table({name: found, **sums})

    @cached_property
    def months(self):
        """What each customer did in each month, guests left out, a :class:`pyarrow.Table`.

        As :func:`retail_panel.customers.running.months_question` asks for; ``last_day`` is
        :data:`retail_panel.customers.running.NEVER` without a purchase. None where there are too many customers and
        months to lay out.
        """
        known = slice(None) if (self.person >= 0).all() else np.flatnonzero(self.person >= 0)
        person, day, amount, is_bought = self.person[known], self.day[known], self.amount[known], ~self.is_return[known]
        first, last = int(day.min(initial=2**31 - 1)), int(day.max(initial=0))
        month_of = _months_of(np.arange(first, last + 1))
        many = int(month_of[-1] - month_of[0]) + 1 if len(month_of) else 0
        size = len(self.keys) * many
        if size > MOST_CELLS:
            return None
        at = person * np.int32(many) + (month_of - month_of[:1])[day - first] if many else person
        is_held = np.zeros(size, bool)
        is_held[at] = True
        held = np.flatnonzero(is_held)
        # Few of the places have anything: what is added up lies at those that have, one behind the other.
        row_of = np.empty(size, "int32")
        row_of[held] = np.arange(len(held), dtype="int32")
        row = row_of[at]
        bought = slice(None) if is_bought.all() else np.flatnonzero(is_bought)
        # Of several that are written to one place the last one stays: by day, the latest.
        narrow = "uint16" if last - first < 1 << 16 else "int32"
        in_turn = np.argsort((day[bought] - first).astype(narrow), kind="stable")
        last_day = np.full(len(held), NEVER, "int32")
        last_day[row[bought][in_turn]] = day[bought][in_turn]
        who, month = np.divmod(held, max(many, 1))
        return pa.table({
            "customer_key": self.keys[who], "month": month + month_of[:1].astype("int64") if many else month,
            "last_day": last_day, "orders": np.bincount(row[bought], minlength=len(held)),
            "net_sales": np.bincount(row, amount, len(held)).astype("int64"),
        })  # fmt: skip

    def growth(self, before, after):
        """Return what :func:`retail_panel.insight.period_change.growth_question` asks for, of days since and until."""
        inside = [(self.day >= day_number(since)) & (self.day < day_number(until)) for since, until in (before, after)]
        here = np.flatnonzero(inside[0] | inside[1])
        cluster, amount = with_guests(self.person[here], len(self.keys)), self.amount[here]
        b, a = (np.bincount(cluster, amount * each[here]) / MONEY_SCALE for each in inside)
        n = int(((a != 0) | (b != 0)).sum())
        return {"n": n, "a": a.sum(), "b": b.sum(), "aa": (a * a).sum(), "ab": (a * b).sum(), "bb": (b * b).sum()}


def _months_of(days):
    """Return the numbers of the months of days: 12 times the year, and the month from 0 on."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("int32") + np.int32(12 * 1970)


def dated_orders_of(ask, lines):
    """Take orders into memory.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        At most :data:`MOST_LINES`: ``order_key``, ``customer_key``, ``ordered_at``, ``is_return``, ``amount``.

    Returns
    -------
    DatedOrders or None
        None where an order is of several customers or days, or bought in part and brought back in part, or months of
        customers are too many.
    """
    found = ask(lines.select("order_key", "customer_key", "ordered_at", "is_return", "amount"))
    found = {name: found[name].combine_chunks() for name in found.column_names}
    orders = PlacedOrders(found["order_key"].to_numpy())
    keys, person = placed_customers(found["customer_key"], len(orders.of_lines))
    moment = found["ordered_at"].cast(pa.timestamp("us")).to_numpy()
    is_of_one_day = orders.agrees(moment) or orders.agrees(moment.astype("datetime64[D]"))
    person, is_return = (orders.shared(each) for each in (person, found["is_return"].to_numpy(zero_copy_only=False)))
    if not is_of_one_day or person is None or is_return is None:
        return None
    amount, day = found["amount"].to_numpy(), orders.first(moment).astype("datetime64[D]").astype("int32")
    made = DatedOrders(keys, person, day, is_return, orders.added(amount), orders.added(np.abs(amount)))
    return None if made.months is None else made
