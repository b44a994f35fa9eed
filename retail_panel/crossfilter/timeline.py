"""Figures over any run of days: what an earlier period comes to, without a question for each box on time."""

import numpy as np

from retail_panel.crossfilter.bins import EPOCH
from retail_panel.crossfilter.clause import Range, day
from retail_panel.crossfilter.comparison import earlier_facts
from retail_panel.crossfilter.pairs import last_repeated, last_seen
from retail_panel.measures import MEASURES

#: Pairs of days grow with the square of these, so over more of them each period is asked for.
MOST_DAYS = 1500
SECONDS = 86400


class Timeline:
    """What measures come to over any run of days.

    Parameters
    ----------
    first : datetime
        The first day.
    sums : dict of str to numpy.ndarray
        Running totals by day, the first being 0.
    pairs : dict of str to tuple of numpy.ndarray
        ``piece``, ``previous`` and ``n`` as :mod:`retail_panel.crossfilter.pairs` has them, ``piece`` rising.
    """

    def __init__(self, first, sums, pairs):
        self._first, self._sums, self._pairs = first, sums, pairs

    @property
    def nbytes(self):
        """Memory that it takes, in bytes."""
        arrays = [*self._sums.values(), *(array for found in self._pairs.values() for array in found)]
        return sum(array.nbytes for array in arrays)

    def counted(self, span):
        """Return the figures of a period as the engine counts them, by measure; None where it has parts of days."""
        if any(end != day(end.date()) for end in (span.low, span.high)):
            return None
        low, high = ((end - self._first).days for end in (span.low, span.high))
        if low < 0:
            return None
        found = {}
        for name, totals in self._sums.items():
            last = len(totals) - 1
            found[name] = float(totals[min(high, last)] - totals[min(low, last)])
        for name, (piece, previous, n) in self._pairs.items():
            inside = slice(*np.searchsorted(piece, (low, high)))
            found[name] = int(n[inside][previous[inside] <= low].sum())
        return found


def has_timeline(scene, names):
    """Whether measures, none of them combined, can be told by day, and the days are few enough."""
    known, measures = scene.catalogue, [MEASURES[name] for name in names]
    counted = all(m.table == "order_line" and m.whole is None and m.least_orders <= 2 for m in measures)
    return counted and known.first is not None and (known.last - known.first).days < MOST_DAYS


def timeline(store, scene, names, policy, ticket=None):
    """Ask for measures by day, whatever the days of the scope.

    Parameters
    ----------
    store : Store
        Where to ask.
    scene : Scene
        Its scope and version.
    names : collection of str
        Measures, none of them combined, as :func:`has_timeline` permits.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.

    Returns
    -------
    Timeline
    """
    first = day(scene.catalogue.first.date())
    lines = earlier_facts(store, scene, scene.query, {}, Range(first, None))
    days = (lines.ordered_at.truncate("D").epoch_seconds() / SECONDS).floor().cast("int32")
    lines = lines.mutate(piece=(days - (first - EPOCH).days).cast("int16"))
    sums, pairs = [name for name in names if MEASURES[name].additive], {}
    answer = store.ask(lines.group_by("piece").agg(**{n: MEASURES[n].expression(lines) for n in sums}), policy, ticket)
    places = answer.column("piece").to_numpy()
    size = int(places.max(initial=-1)) + 1
    totals = {}
    for name in sums:
        by_day = np.zeros(size + 1)
        by_day[places + 1] = answer.column(name).to_numpy()
        totals[name] = np.cumsum(by_day)
    for name in (name for name in names if not MEASURES[name].additive):
        pairs[name] = _pairs(store, lines, MEASURES[name], policy, ticket)
    return Timeline(first, totals, pairs)


def _pairs(store, lines, measure, policy, ticket):
    lines = lines if measure.among is None else lines.filter(measure.among(lines))
    if measure.least_orders == 2:
        question = last_repeated(lines.select("piece", counted=measure.key(lines), order=lines.order_key))
    else:
        question = last_seen(lines.select("piece", counted=measure.key(lines)))
    answer = store.ask(question, policy, ticket)
    columns = [answer.column(name).to_numpy() for name in ("piece", "previous", "n")]
    rising = np.argsort(columns[0], kind="stable")
    return tuple(column[rising] for column in columns)
