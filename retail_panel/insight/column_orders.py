"""Orders in memory: what the lines of an order share, and sums of orders by it.

Where each order is of one customer, channel, tier, weekday and hour, and bought or brought back as a whole.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from retail_panel.customers.places import PlacedOrders, placed_customers, with_guests
from retail_panel.insight.cluster_sums import NO_VALUE
from retail_panel.insight.columns import codes_of_people, met
from retail_panel.insight.groups import groups_of, unit_columns
from retail_panel.insight.pairs import placed_pairs
from retail_panel.measures import line_number
from retail_panel.schema import MONEY_SCALE

#: So many order lines are taken into memory at most, some 40 bytes each.
MOST_LINES = 1_500_000
#: So many places of orders and values are laid out at most.
MOST_CELLS = 1 << 25
OF_ORDERS, OF_LINES = ("channel", "tier", "weekday", "hour"), ("category", "kind")


@dataclass(frozen=True)
class ColumnOrders:
    """Orders and their lines.

    Attributes
    ----------
    order : numpy.ndarray
        A line's order, a place from 0 on.
    size : numpy.ndarray
        A line's amount, ten-thousandths of the currency unit, float64.
    many : numpy.ndarray or None
        How many order lines each one stands for; None where each is itself.
    codes : dict of str to numpy.ndarray
        By dimension, uint8: of each line those of :data:`OF_LINES`, of each order those of :data:`OF_ORDERS`;
        :data:`retail_panel.insight.cluster_sums.NO_VALUE` for none.
    cluster : numpy.ndarray
        Each order's customer, a place, or one of its own behind them for a guest's.
    customers : int
        How many customers there are.
    segment : numpy.ndarray
        The code of each customer's segment.
    amount, moved, lines : numpy.ndarray
        By order, what its lines add up to, their absolute amounts, and how many they are.
    units : numpy.ndarray or None
        By order, NaN where no line says; None where the source has no quantities.
    is_return : numpy.ndarray
    is_named : bool
        Whether any order has a name.
    """

    order: np.ndarray = field(repr=False)
    size: np.ndarray = field(repr=False)
    many: np.ndarray | None = field(repr=False)
    codes: dict = field(repr=False)
    cluster: np.ndarray = field(repr=False)
    customers: int
    segment: np.ndarray = field(repr=False)
    amount: np.ndarray = field(repr=False)
    moved: np.ndarray = field(repr=False)
    lines: np.ndarray = field(repr=False)
    units: np.ndarray | None = field(repr=False)
    is_return: np.ndarray = field(repr=False)
    is_named: bool = True

    @property
    def nbytes(self):
        """How much memory it takes."""
        arrays = (self.order, self.size, self.many, self.cluster, self.segment, self.amount, self.moved, self.lines,
                  self.units, self.is_return, *self.codes.values())  # fmt: skip
        return sum(array.nbytes for array in arrays if array is not None)

    def by(self, names):
        """Add orders up by dimensions of theirs.

        Parameters
        ----------
        names : dict of str to int
            Dimension to the number of its codes; orders without one are left out.

        Returns
        -------
        pandas.DataFrame
            One row a combination that is held: ``c_<dimension>``, ``transactions``, and ``net_sales`` and ``moved`` in
            currency units.
        """
        return _added(names, self.codes, {"net_sales": self.amount, "moved": self.moved}, None, "transactions")

    def lines_by(self, name, many):
        """Add lines up by a dimension of theirs, as :meth:`by` does orders, ``lines`` being how many they are."""
        sums = {"net_sales": self.size, "moved": np.abs(self.size)}
        return _added({name: many}, self.codes, sums, self.many, "lines")

    def transactions(self, name, many, is_paired):
        """Return what transactions bring to the values of a dimension, see :class:`ColumnTransactions`.

        None where there are too many of both to lay out.
        """
        code = self.codes[name]
        held = np.flatnonzero(code < many)
        held = slice(None) if len(held) == len(code) else held
        code = code[held]
        if name in OF_ORDERS:
            cluster, moved = self.cluster[held], self.moved[held]
        elif len(self.cluster) * many > MOST_CELLS:
            return None
        else:
            order = self.order[held]
            found, (moved,) = met(order * many + code, len(self.cluster) * many, [np.abs(self.size[held])])
            cluster, code = self.cluster[order[found]], code[found]
        moved = moved / MONEY_SCALE
        pairs, centre = self._pairs(cluster, code, moved) if is_paired else (None, 0.0)
        return ColumnTransactions(self._cells(cluster, code, moved, many), pairs, centre)

    def _pairs(self, cluster, code, moved):
        held = np.bincount(code) > 0
        values, centre = np.flatnonzero(held).tolist(), float(moved.mean()) if len(moved) else 0.0
        # What is left keeps its digits when it is squared.
        x, size = moved - centre, int(cluster.max(initial=-1)) + 1
        added = {"n_transaction": np.ones(len(x)), "s_transaction": x, "q_transaction": x * x}
        code = code if held.all() else (np.cumsum(held) - 1)[code]
        return placed_pairs(cluster, np.arange(size) < self.customers, code, values, added, ("transaction",)), centre

    def _cells(self, cluster, code, moved, many):
        at, size = cluster * many + code, int(cluster.max(initial=-1)) + 1
        n, s = (np.bincount(at, weights, size * many) for weights in (None, moved))
        held = np.flatnonzero(n)
        (cluster, value), n, s = np.divmod(held, many), n[held].astype(float), s[held]
        segment = np.append(self.segment, np.full(max(size - self.customers, 0), NO_VALUE, "uint8"))
        place = segment[cluster].astype("int32") * many + value
        clusters, customers = np.bincount(place), np.bincount(place, cluster < self.customers)
        rows = np.flatnonzero(clusters)
        sums = {"n": n, "s": s, "ss": s * s, "sn": s * n, "nn": n * n}
        sums = {part: np.bincount(place, each)[rows] for part, each in sums.items()}
        counts = {"clusters": clusters[rows], "customers": customers[rows].astype(int)}
        return pd.DataFrame({"segment": rows // many, "value_": rows % many} | counts | sums)


@dataclass(frozen=True)
class ColumnTransactions:
    """What transactions bring to the values of a dimension, as :mod:`retail_panel.insight.order_sums` asks for.

    Attributes
    ----------
    sums : pandas.DataFrame
        As :meth:`cells` returns.
    pairs : pandas.DataFrame or None
        Products over two values, see :mod:`retail_panel.insight.pairs`.
    centre : float
        What was taken off each transaction in them.
    """

    sums: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame | None = field(repr=False)
    centre: float

    def groups(self, name):
        """Return the moments of the values, see :class:`retail_panel.insight.groups.Groups`."""
        return groups_of(name, "transaction", self.pairs.rename(columns=unit_columns("transaction")), self.centre)

    def cells(self):
        """Return the sums of each segment and value over its customers, money in currency units.

        Returns
        -------
        pandas.DataFrame
            One row a segment and value: ``segment``, ``value_``, ``clusters``, ``customers``, ``n``, ``s``, ``ss``,
            ``sn``, ``nn``.
        """
        return self.sums


def _added(names, codes, sums, many, counted):
    held, place, size = None, 0, 1
    for name, most in names.items():
        is_held = codes[name] < most
        held = is_held if held is None else held & is_held
        place, size = place * most + codes[name].astype("int32"), size * most
    here = slice(None) if held.all() else np.flatnonzero(held)
    place = place[here]
    rows = np.flatnonzero(np.bincount(place, minlength=size))
    found = {counted: np.bincount(place, None if many is None else many[here], size)[rows].astype(int)}
    found |= {name: np.bincount(place, each[here], size)[rows] / MONEY_SCALE for name, each in sums.items()}
    for name in reversed(names):
        rows, found[f"c_{name}"] = np.divmod(rows, names[name])
    return pd.DataFrame(found)


def column_orders_of(ask, lines, people=None):
    """Take orders into memory.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        At most :data:`MOST_LINES`: ``order_key``, ``amount``, ``is_return``; ``customer_key``, ``quantity`` and
        ``c_<dimension>`` of :data:`OF_ORDERS` and :data:`OF_LINES` where there are such, and ``c_segment`` unless
        customers have it.
    people : ibis.Table, optional
        One row a customer: ``customer_key`` and ``c_segment``.

    Returns
    -------
    ColumnOrders or None
        None where an order is of several customers or has lines that differ in what belongs to it.
    """
    named = [name for name in (*OF_ORDERS, *OF_LINES, "segment") if f"c_{name}" in lines.columns]
    own = [name for name in ("order_key", "amount", "is_return", "customer_key") if name in lines.columns]
    more = {"quantity": lines.quantity.cast("float64")} if "quantity" in lines.columns else {}
    more |= {"many": line_number(lines).cast("float64")} if "merged" in lines.columns else {}
    found = ask(lines.select(*own, *(f"c_{name}" for name in named), **more))
    found = {name: found[name].combine_chunks() for name in found.column_names}
    keys, codes = found["order_key"].to_numpy(), {name: found[f"c_{name}"].to_numpy() for name in named}
    orders = PlacedOrders(keys)
    customers, person = placed_customers(found.get("customer_key"), len(keys))
    of_orders = {name: orders.shared(codes[name]) for name in OF_ORDERS if name in named}
    person_of, is_return = (orders.shared(each) for each in (person, found["is_return"].to_numpy(zero_copy_only=False)))
    if any(each is None for each in (person_of, is_return, *of_orders.values())):
        return None
    segment = np.full(len(customers), NO_VALUE, "uint8")
    if "segment" in codes:
        known = person >= 0
        segment[person[known]] = codes.pop("segment")[known]
    elif people is not None:
        segment = codes_of_people(ask(people), ["c_segment"], ["segment"], customers)["c_segment"].to_numpy()
    amount = found["amount"].to_numpy()
    many = found["many"].to_numpy() if "many" in found else None
    return ColumnOrders(
        orders.of_lines, amount.astype(float), many, codes | of_orders,
        with_guests(person_of, len(customers)), len(customers), segment,
        orders.added(amount), orders.added(np.abs(amount)), orders.added(many).astype("int32"),
        _units(found.get("quantity"), orders), is_return, bool(keys.max(initial=-1) >= 0),
    )  # fmt: skip


def _units(quantity, orders):
    if quantity is None:
        return None
    if not quantity.null_count:
        return orders.added(quantity.to_numpy())
    units = orders.added(quantity.fill_null(0.0).to_numpy())
    is_said = orders.added(quantity.is_valid().to_numpy(zero_copy_only=False)) > 0
    return np.where(is_said, units, np.nan)
