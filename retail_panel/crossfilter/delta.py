"""Sums over all lines of a scope, brought up to date from the lines that arrived since they were asked for.

What a measure adds up over dimensions of the line is that of before and that of the lines since, to the last digit,
since money is whole numbers. Dimensions of the customer move with every line of theirs, and counts of orders and
customers do not add up: these are asked for again.
"""

import threading
from collections import OrderedDict

import numpy as np

from retail_panel.crossfilter.histogram import columns_of, dense, histogram_question, supported
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES

#: What is remembered, in bytes: of the sums that were asked for last.
MOST_BYTES = 32 << 20
#: Lines since up to which they are fetched and added up here; for more the engine is asked anew.
MOST_LINES = 100_000


class Sums:
    """What the scenes that grow out of one another have asked for.

    A sum is of the lines up to a version. A scene of a later one has the lines in between added, one of an earlier one
    asks for itself.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._held = OrderedDict()

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
            not add up over lines alone.
        """
        keys = [key for key in dict.fromkeys(keys) if _adds_up(coded, key)]
        with self._lock:
            held = {key: self._held[key] for key in keys if key in self._held}
        found = {key: array for key, (version, array) in held.items() if version == coded.version}
        behind = {key: one for key, one in held.items() if one[0] < coded.version}
        if behind:
            found |= _grown(coded, behind, ticket)
        found |= _asked(coded, [key for key in keys if key not in found], ticket)
        self._hold(coded.version, found)
        return found

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
        and columns_of(key.measure, coded.table) <= set(coded.own.columns)
    )


def _asked(coded, keys, ticket):
    wanted, found = {}, {}
    for key in keys:
        wanted.setdefault(key.dims, []).append(key)
    for dims, those in wanted.items():
        names = [key.measure for key in those]
        answer = coded.store.ask(histogram_question(coded, dims, names, {}, ()), ticket=ticket)
        arrays = dense(coded, dims, answer, names, scaled=False)
        found |= {key: np.asarray(arrays[key.measure]) for key in those}
    return found


def _grown(coded, behind, ticket):
    """Return sums with the lines added that arrived since each was asked for; none where these are too many."""
    first = min(version for version, _ in behind.values())
    lines = coded.own.filter(coded.own.version > first)
    names = {key.measure for key in behind}
    dims = {name for key in behind for name in key.dims}
    values = {name: MEASURES[name].row(lines).cast("float64").fill_null(0.0) for name in sorted(names)}
    fresh = lines.select("version", *(f"c_{name}" for name in sorted(dims)), **values).limit(MOST_LINES + 1)
    table = coded.store.ask(fresh, ticket=ticket)
    if table.num_rows > MOST_LINES:
        return {}
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    return {key: _added(coded, key, array, columns, version) for key, (version, array) in behind.items()}


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
