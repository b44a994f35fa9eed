"""Columns: order lines in memory, from which several questions are answered where there are not too many.

A group of lines is a place in an array then: to add a million lines up takes 5 ms, where the engine, which has to look
for each group, takes 100.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from retail_panel.customers.places import PlacedOrders, placed_customers, with_guests
from retail_panel.insight.cluster_sums import NO_VALUE
from retail_panel.measures import line_number

#: So many order lines are taken into memory at most, some 30 bytes each.
MOST_LINES = 2_000_000
#: Cells of orders and values that are laid out at a time.
MOST_CELLS = 1 << 23


@dataclass(frozen=True)
class Columns:
    """Order lines, each order those of one customer or of a guest.

    Attributes
    ----------
    order, cluster : numpy.ndarray
        A line's order, and what belongs together: its customer, or the order of a guest; places from 0 on, customers
        first.
    customers : numpy.ndarray
        Keys of customers, in their order.
    clusters : numpy.ndarray
        The cluster of each order.
    amount : numpy.ndarray
        Ten-thousandths of the currency unit, float64.
    many : numpy.ndarray or None
        How many order lines each one stands for; None where each is itself.
    is_return : numpy.ndarray
    moment : numpy.ndarray
        Microseconds since 1970-01-01.
    codes : dict of str to numpy.ndarray
        By column, uint8: places in its values, :data:`NO_VALUE` for none.
    values : dict of str to list
        By column, what stands for a code, in their order.
    """

    order: np.ndarray = field(repr=False)
    cluster: np.ndarray = field(repr=False)
    customers: np.ndarray = field(repr=False)
    clusters: np.ndarray = field(repr=False)
    amount: np.ndarray = field(repr=False)
    many: np.ndarray | None = field(repr=False)
    is_return: np.ndarray = field(repr=False)
    moment: np.ndarray = field(repr=False)
    codes: dict = field(repr=False)
    values: dict = field(repr=False)
    _of_orders: dict = field(default_factory=dict, repr=False)

    @property
    def nbytes(self):
        """How much memory it takes."""
        arrays = (self.order, self.cluster, self.customers, self.clusters, self.amount, self.is_return, self.moment)
        return sum(array.nbytes for array in (*arrays, *self.codes.values()) if array is not None)

    @property
    def size(self):
        """How many clusters there are: customers, and orders of guests."""
        return len(self.customers) + int((self.clusters >= len(self.customers)).sum())

    @cached_property
    def net(self):
        """Net sales of each customer, in their order."""
        many = len(self.customers)
        # Guests come after customers.
        return np.bincount(self.cluster, self.amount, many)[:many]

    @property
    def ends(self):
        """The first moment and the last one, None without lines."""
        if not len(self.moment):
            return None, None
        return tuple(end.view("datetime64[us]").item() for end in (self.moment.min(), self.moment.max()))

    def only(self, name, kept):
        """Return the same, values of a column but for some being none."""
        places = np.full(NO_VALUE + 1, NO_VALUE, "uint8")
        for code, value in enumerate(self.values[name]):
            places[code] = code if value in kept else NO_VALUE
        return replace(self, codes=self.codes | {name: places[self.codes[name]]})

    def weight(self, name):
        """Return what each line adds: ``moved`` its absolute amount, ``lines`` itself, ``returned`` if it came back.

        None where each adds one.
        """
        if name == "moved":
            return np.abs(self.amount)
        if name == "lines":
            return self.many
        return self.is_return.astype(float) if self.many is None else self.is_return * self.many

    def of_orders(self, name):
        """Return by order the sum of what its lines add, see :meth:`weight`."""
        if name not in self._of_orders:
            self._of_orders[name] = np.bincount(self.order, self.weight(name), len(self.clusters))
        return self._of_orders[name]

    def cells(self, name, weights, where=None):
        """Yield orders with each value that their lines have of a column, a piece after the other.

        Parameters
        ----------
        name : str
            The column.
        weights : sequence of str
            What is added up for each, see :meth:`weight`.
        where : numpy.ndarray of bool, optional
            Which lines count.

        Yields
        ------
        order, code : numpy.ndarray
        sums : list of numpy.ndarray
        """
        code, many = self.codes[name], len(self.values[name])
        if where is None:
            value_of = np.full(len(self.clusters), NO_VALUE, "uint8")
            value_of[self.order] = code
            if (value_of[self.order] == code).all():
                order = np.flatnonzero(value_of != NO_VALUE)
                # To pick from a long array takes as long as to add it up.
                held = slice(None) if len(order) == len(value_of) else order
                yield order, value_of[held], [self.of_orders(each)[held] for each in weights]
                return
        held, weights = code != NO_VALUE, [self.weight(name) for name in weights]
        held = held if where is None else held & where
        at_once = max(MOST_CELLS // max(many, 1), 1)
        for start in range(0, max(len(self.clusters), 1), at_once):
            here = held
            if len(self.clusters) > at_once:
                here = held & (self.order >= start) & (self.order < start + at_once)
            here = slice(None) if here.all() else np.flatnonzero(here)
            order, own = self.order[here], code[here]
            size = min(at_once, len(self.clusters) - start) * many
            own_weights = [None if weight is None else weight[here] for weight in weights]
            found, sums = met((order - start) * many + own, size, own_weights)
            yield order[found], own[found], sums


def met(places, size, weights):
    """Add up what lies at the same place, where few places have anything, and few of these more than one.

    Parameters
    ----------
    places : numpy.ndarray of int
        Below ``size``.
    size : int
        How many places there are.
    weights : sequence of numpy.ndarray
        What to add up; None: how many there are.

    Returns
    -------
    found : numpy.ndarray
        One row of each place that has any.
    sums : list of numpy.ndarray
        Of all rows of its place.
    """
    # Of rows that write to one place the last stays: nothing has to be sorted, and no empty place is looked at.
    last, row = np.empty(size, "int32"), np.arange(len(places), dtype="int32")
    last[places] = row
    stands = last[places]
    is_found = stands == row
    found, again = np.flatnonzero(is_found), np.flatnonzero(~is_found)
    place_of = np.cumsum(is_found, dtype="int32") - 1
    more = place_of[stands[again]]
    sums = []
    for weight in weights:
        first, others = (1.0, None) if weight is None else (weight[found], weight[again])
        sums.append(first + np.bincount(more, others, len(found)))
    return found, sums


def columns_of(ask, lines, names, people=None):
    """Take order lines into memory.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        At most :data:`MOST_LINES`: ``order_key``, ``ordered_at``, ``amount``, ``is_return``, and ``customer_key`` where
        the source has customers.
    names : dict of str to str
        Name to column, of up to 255 values each.
    people : ibis.Table, optional
        One row a customer: ``customer_key``, and those of the columns, uint8, that lines have not.

    Returns
    -------
    Columns or None
        None where an order is of several customers, or a column has too many values.
    """
    own = [name for name in ("order_key", "ordered_at", "amount", "is_return", "customer_key") if name in lines.columns]
    many = {"many": line_number(lines).cast("float64")} if "merged" in lines.columns else {}
    theirs = [] if people is None else [name for name, column in names.items() if column not in lines.columns]
    columns = {f"c_{name}": lines[column] for name, column in names.items() if name not in theirs}
    found = ask(lines.select(*own, **many, **columns))
    found = {name: found[name].combine_chunks() for name in found.column_names}
    orders = PlacedOrders(found["order_key"].to_numpy())
    order = orders.of_lines
    customers, person = placed_customers(found.get("customer_key"), len(order))
    person_of = orders.shared(person)
    if theirs:
        found |= codes_of_people(ask(people), [names[name] for name in theirs], theirs, customers, person)
    coded = {name: _coded(found[f"c_{name}"]) for name in names}
    if person_of is None or not all(coded.values()):
        return None
    cluster_of, cluster = with_guests(person_of, len(customers)), person
    if (person < 0).any():
        cluster = cluster_of[order]
    return Columns(
        order, cluster, customers, cluster_of, found["amount"].to_numpy().astype(float),
        found["many"].to_numpy() if many else None, found["is_return"].to_numpy(zero_copy_only=False),
        found["ordered_at"].cast(pa.timestamp("us")).to_numpy().view("int64"),
        {name: codes for name, (codes, _) in coded.items()}, {name: values for name, (_, values) in coded.items()},
    )  # fmt: skip


def codes_of_people(found, columns, names, customers, person=None):
    """Return codes of customers, :data:`NO_VALUE` for whoever has none.

    Parameters
    ----------
    found : pyarrow.Table
        One row a customer: ``customer_key`` and the columns, uint8.
    columns, names : sequence of str
        The columns, and what they are called.
    customers : numpy.ndarray
        Keys, in their order.
    person : numpy.ndarray, optional
        The place of each line's customer, -1 for guests; without it codes are those of the customers.

    Returns
    -------
    dict of str to pyarrow.Array
        By ``c_<name>``.
    """
    keys = found["customer_key"].to_numpy()
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys, customers, sorter=order), max(len(keys) - 1, 0))
    codes = {}
    for column, name in zip(columns, names, strict=True):
        own = np.full(len(customers) + 1, NO_VALUE, "uint8")
        if len(keys):
            is_there = keys[order[at]] == customers
            # The engine may have widened them.
            held = found[column].fill_null(NO_VALUE).to_numpy().astype("uint8")
            own[:-1][is_there] = held[order[at[is_there]]]
        codes[f"c_{name}"] = pa.array(own[:-1] if person is None else own[person])
    return codes


def _coded(values):
    """Return the code of each value, and the values in their order; None where there are too many."""
    if pa.types.is_uint8(values.type):
        codes = values.fill_null(NO_VALUE).to_numpy()
        held = np.flatnonzero(np.bincount(codes, minlength=NO_VALUE + 1)[:NO_VALUE])
        places = np.full(NO_VALUE + 1, NO_VALUE, "uint8")
        places[held] = np.arange(len(held))
        return places[codes], held.tolist()
    found = values.dictionary_encode()
    words = found.dictionary.to_pylist()
    if len(words) >= NO_VALUE:
        return None
    order = sorted(range(len(words)), key=words.__getitem__)
    places = np.argsort(order).astype("uint8")
    codes = found.indices.fill_null(0).to_numpy()
    missing = values.is_null().to_numpy(zero_copy_only=False)
    return np.where(missing, np.uint8(NO_VALUE), places[codes] if len(places) else 0), [words[place] for place in order]
