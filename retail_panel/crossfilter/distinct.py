"""Counts of orders and customers over all lines of a scope, brought up to date from the lines that arrived since.

They do not add up, but what is counted once more is whatever new lines bring and no earlier line had. Few earlier lines
are of the orders of new ones, and these are asked for. Of most customers there are earlier lines, so it is remembered
who was seen when, from the second version on that is looked at.
"""

import threading

import numpy as np

from retail_panel.crossfilter.histogram import columns_of, supported
from retail_panel.crossfilter.ledger import PERSON
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES

#: What is remembered of customers, in bytes; of more of them it is not told by time.
MOST_BYTES = 8 << 20
REPEAT = "repeat_customers"
ORDER, CUSTOMER, TIME = "order_key", "customer_key", "ordered_at"


def counts_orders(coded, key):
    """Whether a key is a count of orders that is brought up to date by asking for earlier lines of the same orders."""
    return _counts(coded, key.measure, ORDER) and supported(coded, key) and _of_lines(key.dims)


def counts_people(coded, key):
    """Whether a key is a count of customers, in all or by time, that :class:`People` tells."""
    if PERSON not in coded.own.columns or TIME not in coded.bins or key.dims not in ((), (TIME,)):
        return False
    return key == ((), REPEAT) or _counts(coded, key.measure, CUSTOMER) and supported(coded, key)


def among(name, lines):
    """Return whether each line is among those whose keys a measure counts, as Ibis column."""
    measure = MEASURES[name]
    found = measure.among(lines) if measure.among else lines[ORDER].notnull()
    return found.fill_null(False)


def more_orders(key, shape, fresh, earlier, version):
    """Return by how much a count of orders has grown.

    Parameters
    ----------
    key : Key
    shape : tuple of int
        Sizes of its dimensions.
    fresh, earlier : dict of str to numpy.ndarray
        Lines of which some are new, and lines of their orders from before all of these: ``order_key``,
        ``c_<dimension>``, and under the measure's name whether it counts the line; ``version`` of the fresh ones.
    version : int
        The version that was counted last.

    Returns
    -------
    numpy.ndarray
    """
    parts = (fresh, earlier)
    orders = np.concatenate([part[ORDER] for part in parts])
    is_new = np.append(fresh["version"] > version, np.zeros(len(earlier[ORDER]), bool))
    counts = np.concatenate([part[key.measure] for part in parts])
    places = [np.concatenate([part[f"c_{name}"] for part in parts]) for name in key.dims]
    for place, size in zip(places, shape, strict=True):
        counts = counts & (place < size)
    orders, is_new, places = orders[counts], is_new[counts], [place[counts] for place in places]
    _, number = np.unique(orders, return_inverse=True)
    cell = np.ravel_multi_index(places, shape) if places else np.zeros(len(number), int)
    cells = int(np.prod(shape, dtype=int))
    seen = number * cells + cell
    gained = np.setdiff1d(seen[is_new], seen[~is_new])
    return np.bincount(gained % cells, minlength=cells).reshape(shape).astype(float)


class People:
    """Which customers were seen in all and by time, for scenes that grow out of one another.

    Attributes
    ----------
    version : int or None
        The last version that was counted, or asked about first.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.version = self._seen = None

    def follow(self, coded, ticket):
        """Begin to count at a scene's version, if an earlier one was asked about before; returns whether it counts."""
        if self.version is None:
            self.version = coded.version
        if self._seen is None and self.version < coded.version:
            self._begin(coded, ticket)
        return self._seen is not None

    def _begin(self, coded, ticket):
        self.names = _names(coded)
        size = coded.bins[TIME].size
        people = _asked(coded, _people_question(coded), ticket)
        most = int(people[PERSON].max(initial=0)) + 1
        self._width = size + 1 if most * (size + 1) <= MOST_BYTES else 1
        by_time = _asked(coded, _seen_question(coded, [PERSON, f"c_{TIME}"]), ticket) if self._width > 1 else None
        self._seen, self._order = np.zeros(0, "uint8"), np.zeros(0, "int64")
        self._counts = np.zeros((len(self.names), self._width))
        self._is_known, self._is_repeat, self._repeat = np.zeros(0, bool), np.zeros(0, bool), 0
        self._see(people)
        if by_time is not None:
            self._see(by_time, by_time=True)
        bought = people["has_order"]
        for order in ("first_order", "last_order"):
            self._order_of(people[PERSON][bought], people[order][bought])
        self.version = coded.version

    def add(self, coded, lines):
        """Count what lines have that were not seen yet; ``lines`` as :func:`more_orders` takes, with ``person``."""
        try:
            is_new = (lines["version"] > self.version) & (lines[PERSON] >= 0)
            fresh = {name: column[is_new] for name, column in lines.items()}
            self._see(fresh)
            if self._width > 1:
                self._see(fresh, by_time=True)
            bought = fresh["is_sale"]
            self._order_of(fresh[PERSON][bought], fresh[ORDER][bought])
            self.version = coded.version
        except BaseException:
            self.forget()
            raise

    def forget(self):
        """Count anew from the version that is asked about next."""
        self.version = self._seen = None

    def counts(self, keys):
        """Return the counts of those keys that it tells."""
        places = {name: place for place, name in enumerate(self.names)}
        found = {}
        for key in keys:
            if key.measure == REPEAT:
                found[key] = np.asarray(float(self._repeat))
            elif not key.dims:
                found[key] = np.asarray(self._counts[places[key.measure], -1])
            elif self._width > 1:
                found[key] = self._counts[places[key.measure], :-1].copy()
        return found

    def _see(self, columns, by_time=False):
        """Mark who was seen when and among which lines, a bit a measure, and count whoever is marked anew."""
        person = columns[PERSON].astype("int64")
        self._make_room(int(person.max(initial=-1)) + 1)
        bits = np.zeros(len(person), "uint8")
        for place, name in enumerate(self.names):
            bits |= columns[name].astype("uint8") << np.uint8(place)
        last = self._width - 1
        place = np.minimum(columns[f"c_{TIME}"], last) if by_time else last
        cells, place = np.unique(person * self._width + place, return_inverse=True)
        marks = np.zeros(len(cells), "uint8")
        np.bitwise_or.at(marks, place, bits)
        gained = marks & ~self._seen[cells]
        self._seen[cells] |= marks
        for place in range(len(self.names)):
            of = cells[(gained >> np.uint8(place)) & 1 == 1] % self._width
            self._counts[place] += np.bincount(of, minlength=self._width)

    def _order_of(self, person, order):
        """Note an order of each customer, and who has another one."""
        person = person.astype("int64")
        known = self._is_known[person]
        # Of several orders of one customer any may be the one that is noted.
        self._order[person[~known]] = order[~known]
        self._is_known[person] = True
        self._is_repeat[person[self._order[person] != order]] = True
        self._repeat = int(self._is_repeat.sum())

    def _make_room(self, people):
        held = len(self._is_known)
        if people > held:
            room = max(people, held + held // 4) - held
            self._seen = np.append(self._seen, np.zeros(room * self._width, "uint8"))
            self._order = np.append(self._order, np.zeros(room, "int64"))
            self._is_known = np.append(self._is_known, np.zeros(room, bool))
            self._is_repeat = np.append(self._is_repeat, np.zeros(room, bool))


def _counts(coded, name, column):
    measure, own = MEASURES[name], {*coded.own.columns, "kind"}
    if measure.key is None or measure.least_orders > 1 or measure.table != "order_line":
        return False
    is_held = {column, *measure.needs} <= own and columns_of(name, coded.shape) <= own
    return is_held and measure.key(coded.own).get_name() == column


def _of_lines(dims):
    return all(DIMENSIONS[name].level == "line" for name in dims)


def _names(coded):
    return [name for name in MEASURES if _counts(coded, name, CUSTOMER)]


def people_columns(coded):
    """Return the columns of lines that :meth:`People.add` reads."""
    own = coded.own
    return {PERSON: own[PERSON], ORDER: own[ORDER], f"c_{TIME}": own[f"c_{TIME}"], "is_sale": ~own.is_return,
            **{name: among(name, own) for name in _names(coded)}}  # fmt: skip


def _seen_question(coded, by):
    lines = coded.own.filter(coded.own[PERSON] >= 0)
    return lines.group_by(by).agg(**{name: among(name, lines).any() for name in _names(coded)})


def _people_question(coded):
    lines = coded.own.filter(coded.own[PERSON] >= 0)
    bought, order = ~lines.is_return, lines[ORDER]
    found = lines.group_by(PERSON).agg(
        **{name: among(name, lines).any() for name in _names(coded)},
        first_order=order.min(where=bought),
        last_order=order.max(where=bought),
        has_order=bought.any(),
    )
    return found.mutate(**{name: found[name].fill_null(0) for name in ("first_order", "last_order")})


def _asked(coded, question, ticket):
    table = coded.store.ask(question, ticket=ticket)
    return {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
