"""Sums over all lines of a scope, brought up to date from the lines that arrived since they were asked for.

What a measure adds up over dimensions of the line is that of before and that of the lines since, to the last digit,
since money is whole numbers. Counts of orders and customers have what new lines bring and no earlier one had, see
:mod:`retail_panel.crossfilter.distinct`. Dimensions of the customer move with every line of theirs: these are asked for
again.
"""

import threading
from collections import OrderedDict

import numpy as np

from retail_panel.crossfilter.distinct import (
    ORDER,
    People,
    among,
    counts_orders,
    counts_people,
    more_orders,
    people_columns,
)
from retail_panel.crossfilter.histogram import columns_of, dense, histogram_question, supported
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES

#: What is remembered, in bytes: of the sums that were asked for last.
MOST_BYTES = 32 << 20
#: Lines since up to which they are fetched and added up here; for more the engine is asked anew.
MOST_LINES = 100_000
#: Cells of dimensions that are asked for together: the engine then has a place for each, and looks for none.
MOST_CELLS = 4_096


class Sums:
    """What the scenes that grow out of one another have asked for.

    A sum is of the lines up to a version. A scene of a later one has the lines in between added, one of an earlier one
    asks for itself.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._held = OrderedDict()
        self._people = People()

    def of(self, coded, keys, ticket=None):
        """Return sums over all lines of a scene.

        Parameters
        ----------
        coded : Coded
            Its lines.
        keys : collection of Key
            Measures by dimensions.
        ticket : Ticket, optional
            To call the questions off.

        Returns
        -------
        dict of Key to numpy.ndarray
            As :func:`retail_panel.crossfilter.histogram.dense` returns, money in ten-thousandths; absent is what does
            not add up over lines alone, and counts of customers until a second version is looked at.
        """
        people = [key for key in dict.fromkeys(keys) if counts_people(coded, key)]
        keys = [key for key in dict.fromkeys(keys) if _adds_up(coded, key) or counts_orders(coded, key)]
        found = self._counted(coded, people, ticket) if people else {}
        return found | self._summed(coded, keys, ticket)

    def _counted(self, coded, keys, ticket):
        people = self._people
        with people.lock:
            if not people.follow(coded, ticket) or coded.version < people.version:
                return {}
            if people.version < coded.version:
                lines = _fetched(coded, people.version, people_columns(coded), ticket)
                if lines is None:
                    people.forget()
                    return {}
                people.add(coded, lines)
            return people.counts(keys)

    def _summed(self, coded, keys, ticket):
        with self._lock:
            held = {key: self._held[key] for key in keys if key in self._held}
        found = {key: array for key, (version, array) in held.items() if version == coded.version}
        behind = {key: one for key, one in held.items() if one[0] < coded.version}
        if behind:
            found |= _grown(coded, behind, ticket)
        turned = self._turned(coded.version, [key for key in keys if key not in found])
        found |= _asked(coded, [key for key in keys if key not in found and key not in turned], ticket)
        self._hold(coded.version, found)
        return found | turned

    def _turned(self, version, keys):
        """Return those of some keys that are held with their dimensions in another order."""
        with self._lock:
            held = {(frozenset(k.dims), k.measure): (k.dims, a) for k, (v, a) in self._held.items() if v == version}
        same = {key: held.get((frozenset(key.dims), key.measure)) for key in keys if len(key.dims) > 1}
        return {
            key: np.transpose(found[1], [found[0].index(name) for name in key.dims])
            for key, found in same.items()
            if found is not None
        }

    def _hold(self, version, found):
        with self._lock:
            for key, array in found.items():
                if key not in self._held or self._held[key][0] <= version:
                    self._held[key] = version, array
                    self._held.move_to_end(key)
            held = sum(array.nbytes for _, array in self._held.values())
            while held > MOST_BYTES:
                held -= self._held.popitem(last=False)[1][1].nbytes


def _adds_up(coded, key):
    return (
        supported(coded, key)
        and MEASURES[key.measure].additive
        and all(DIMENSIONS[name].level == "line" for name in key.dims)
        and columns_of(key.measure, coded.shape) <= set(coded.own.columns)
    )


def _asked(coded, keys, ticket):
    together = _together(coded, keys)
    found = {key: array for those in together for key, array in _asked_together(coded, those, ticket).items()}
    wanted = {}
    for key in keys:
        if key not in found:
            wanted.setdefault(key.dims, []).append(key)
    for dims, those in wanted.items():
        names = [key.measure for key in those]
        answer = coded.store.ask(histogram_question(coded, dims, names, {}, ()), ticket=ticket)
        arrays = dense(coded, dims, answer, names, scaled=False)
        found |= {key: np.asarray(arrays[key.measure]) for key in those}
    return found


def _together(coded, keys):
    """Return groups of keys that one look at the lines answers: sums of one measure by one dimension of few pieces."""
    groups = {}
    for key in keys:
        if len(key.dims) != 1 or not MEASURES[key.measure].additive:
            continue
        size = _pieces(coded, key)
        group = next((g for g in groups.get(key.measure, ()) if g[0] * size <= MOST_CELLS), None)
        if group is None:
            groups.setdefault(key.measure, []).append([size, key])
        else:
            group[0] *= size
            group.append(key)
    return [group[1:] for of_measure in groups.values() for group in of_measure if len(group) > 2]


def _pieces(coded, key):
    # One more for lines without a value.
    return coded.bins[key.dims[0]].size + 1


def _asked_together(coded, keys, ticket):
    measure = keys[0].measure
    question = histogram_question(coded, tuple(key.dims[0] for key in keys), [measure], {}, ())
    cells = _arrays(coded.store.ask(question, ticket=ticket))
    found = {}
    for key in keys:
        pieces = _pieces(coded, key)
        places = np.minimum(cells[f"c_{key.dims[0]}"], pieces - 1)
        found[key] = np.bincount(places, cells[measure].astype(float), pieces)[:-1]
    return found


def _grown(coded, behind, ticket):
    """Return sums with the lines added that arrived since each was asked for; none where these are too many."""
    first, own = min(version for version, _ in behind.values()), coded.own
    counts = {key.measure for key in behind if not MEASURES[key.measure].additive}
    sums = {key.measure for key in behind} - counts
    dims = {f"c_{name}": own[f"c_{name}"] for name in sorted({name for key in behind for name in key.dims})}
    values = {name: MEASURES[name].row(own).cast("float64").fill_null(0.0) for name in sorted(sums)}
    marks = {ORDER: own[ORDER], **{name: among(name, own) for name in sorted(counts)}} if counts else {}
    lines = _fetched(coded, first, dims | values | marks, ticket)
    if lines is None:
        return {}
    earlier = _of_same_orders(coded, first, dims | marks, ticket) if counts else {}
    found = {}
    for key, (version, array) in behind.items():
        if key.measure in counts:
            shape = tuple(coded.bins[name].size for name in key.dims)
            found[key] = array + more_orders(key, shape, lines, earlier, version)
        else:
            found[key] = _added(coded, key, array, lines, version)
    return found


def _fetched(coded, version, columns, ticket):
    """Return columns of the lines since a version, and their ``version``; None where they are too many."""
    fresh = coded.own.select("version", **columns)
    table = coded.store.ask(fresh.filter(fresh.version > version).limit(MOST_LINES + 1), ticket=ticket)
    return None if table.num_rows > MOST_LINES else _arrays(table)


def _of_same_orders(coded, version, columns, ticket):
    """Return columns of the lines up to a version whose orders have lines since."""
    lines = coded.own.select("version", **columns)
    orders = lines.filter(lines.version > version).select(ORDER).distinct()
    earlier = lines.filter(lines.version <= version).semi_join(orders, ORDER).select(*columns).distinct()
    return _arrays(coded.store.ask(earlier, ticket=ticket))


def _arrays(table):
    return {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}


def _added(coded, key, array, columns, version):
    is_new = columns["version"] > version
    shape = tuple(coded.bins[name].size for name in key.dims)
    places = [columns[f"c_{name}"] for name in key.dims]
    for place, size in zip(places, shape, strict=True):
        is_new = is_new & (place < size)
    values = columns[key.measure][is_new]
    if not places:
        return array + values.sum()
    found = array.copy()
    np.add.at(found, tuple(place[is_new] for place in places), values)
    return found
