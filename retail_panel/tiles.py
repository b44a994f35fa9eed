"""The KPI tiles: what they show and what they are compared with."""

from dataclasses import dataclass, field

import numpy as np

from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.comparison import earlier, earlier_facts, period
from retail_panel.crossfilter.histogram import Key, dense, histogram_question, supported
from retail_panel.crossfilter.sample import estimates
from retail_panel.crossfilter.scope import Scope
from retail_panel.crossfilter.timeline import has_timeline, timeline
from retail_panel.figures import combined, figures
from retail_panel.measures import MEASURES

TILES = (
    "net_sales",
    "orders",
    "customers",
    "average_order_value",
    "units",
    "return_rate",
    "repeat_rate",
    "gross_margin_rate",
    "new_customers",
    "discount_share",
    "units_per_order",
    "transactions",
)
MOST = 8
#: What a scene keeps its timeline under.
TIMELINE = "timeline"


@dataclass(frozen=True)
class TileAnswers:
    """Figures of the tiles under the selection.

    Attributes
    ----------
    span, before_span : Range or None
        The period looked at, None in an empty store, and the one compared with, None where the store does not reach
        back over all of it.
    now, before : dict of str to float or None
        Figures by measure, money in currency units; ``before`` is empty without a period to compare with.
    lines : dict of str to numpy.ndarray
        Figures along the time bins that are looked at, for sparklines; nan where there is none.
    off_by : dict of str to float, or None
        Half the width of the figures' 95 % intervals where they are estimates; None where they are exact.
    """

    span: object
    before_span: object
    now: dict
    before: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    off_by: dict | None = None


def shown(scene):
    """Return the tiles that a scene's source supports, the first :data:`MOST` of them."""
    return [name for name in TILES if all(_held(scene, leaf) for leaf in leaves(name))][:MOST]


def leaves(name):
    """Return the measures that a tile is combined from, or itself."""
    return [leaf for part in MEASURES[name].parts for leaf in leaves(part)] or [name]


def live_figure(name, parts):
    """Return a tile's figure from a cube's answer; None while one of its parts is not known."""
    measure = MEASURES[name]
    if not measure.parts:
        value = parts.get(Key((), name))
        return None if value is None else float(value)
    return measure.combined([live_figure(part, parts) for part in measure.parts])


def tile_answers(store, scene, scope_query, filters, way, policy, ticket, known=None):
    """Answer the tiles.

    Parameters
    ----------
    store : Store
        Where to ask.
    scene : Scene
        What is on the screen.
    scope_query : dict of str to str
        Its scope as URL query.
    filters : dict of str to clause
        The selection; tiles obey all of it.
    way : str
        One of :data:`retail_panel.crossfilter.comparison.WAYS`.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    known : dict of Key to numpy.ndarray, optional
        What is known under the selection already, as :meth:`retail_panel.crossfilter.cube.Cube.answer` returns it, and
        so not asked for.

    Returns
    -------
    TileAnswers
    """
    names = shown(scene)
    added = {} if filters else scene.coded.added_up(_keys(scene, names), ticket)
    now = _now(store, scene, filters, names, dict(added), ticket, known or {})
    span, before_span = _spans(scene, scope_query, filters, way)
    before = _known_before(scene, filters, names, before_span)
    if before is None:
        facts = earlier_facts(store, scene, scope_query, filters, before_span)
        before = figures(store, {"order_line": facts}, names, policy=policy, ticket=ticket)
    return TileAnswers(span, before_span, now, before, _sparklines(store, scene, filters, names, added, ticket))


def known_tiles(scene, filters, way, known):
    """Answer the tiles of a box on time without a question.

    Parameters
    ----------
    scene, filters, way, known
        As in :func:`tile_answers`.

    Returns
    -------
    TileAnswers or None
        None where a question is needed.
    """
    names = shown(scene)
    wanted = _sparkled(scene, names)
    is_known = all(np.isfinite(known.get(Key((), leaf), np.nan)) for leaf in _parts(names))
    course = scene.answered(("course", *wanted)) if wanted else {}
    if not is_known or not set(filters) <= {"ordered_at"} or course is None:
        return None
    span, before_span = _spans(scene, scene.query, filters, way)
    before = _known_before(scene, filters, names, before_span)
    if before is None:
        return None
    now = _now(None, scene, filters, names, {}, None, known)
    return TileAnswers(span, before_span, now, before, _within(scene, filters, names, course))


def foresee_tiles(store, scene, policy, ticket):
    """Ask ahead for what the earlier periods of all boxes on time are told from; where days are few enough."""
    parts = _parts(shown(scene))
    if has_timeline(scene, parts):
        scene.studied(TIMELINE, lambda: timeline(store, scene, parts, policy, ticket), lambda found: found.nbytes)


def _spans(scene, scope_query, filters, way):
    """Return the period looked at, and the one that it is compared with."""
    scope = Scope()
    scope.read(scope_query)
    span = period(scope, filters, scene.catalogue)
    return span, earlier(span, way, scene.catalogue)


def _known_before(scene, filters, names, span):
    """Return the figures of an earlier period where they are known, none without one; None where they are asked for."""
    if span is None:
        return {}
    days = scene.answered(TIMELINE) if set(filters) <= {"ordered_at"} else None
    counted = None if days is None else days.counted(span)
    return None if counted is None else combined(names, counted)


def _parts(names):
    """Return what tiles are combined from, each once."""
    return list(dict.fromkeys(leaf for name in names for leaf in leaves(name)))


def _keys(scene, names):
    """Return what the tiles and their sparklines are made of."""
    sparkled = _sparkled(scene, names)
    return [*(Key((), leaf) for leaf in _parts(names)), *(Key(("ordered_at",), leaf) for leaf in sparkled)]


def _sparkled(scene, names):
    """Return what sparklines are made of; a tile that needs more than charts can hold has none."""
    needed = (leaves(name) for name in names)
    whole = [those for those in needed if all(supported(scene.coded, Key(("ordered_at",), leaf)) for leaf in those)]
    return list(dict.fromkeys(leaf for those in whole for leaf in those))


def tile_estimates(store, scene, filters, ticket=None):
    """Estimate the tiles from a scene of a sample; parameters and outcome as of :func:`tile_answers`."""
    names = shown(scene)
    now, off_by = estimates(store, _selected(scene, filters), names, scene.one_in, ticket)
    return TileAnswers(None, None, now, lines=_sparklines(store, scene, filters, names, {}, ticket), off_by=off_by)


def _selected(scene, filters):
    conditions = among(scene.coded, filters)
    return scene.coded.table.filter(*conditions) if conditions else scene.coded.table


def _now(store, scene, filters, names, added, ticket, known):
    parts = _parts(names)
    for key in (Key((), leaf) for leaf in parts):
        if key not in added and np.isfinite(known.get(key, np.nan)):
            added[key] = round(float(known[key]) * MEASURES[key.measure].scale)
    others = [leaf for leaf in parts if Key((), leaf) not in added]
    lines = _selected(scene, filters) if others else None
    if any(MEASURES[leaf].additive for leaf in others):
        return figures(store, {"order_line": lines}, names, ticket=ticket)
    # Counts of orders and customers have the figure that the engine counts.
    counted = figures(store, {"order_line": lines}, others, ticket=ticket) if others else {}
    counted |= {key.measure: float(array) for key, array in added.items() if not key.dims}
    return combined(names, counted)


def _sparklines(store, scene, filters, names, added, ticket):
    wanted = _sparkled(scene, names)
    if not wanted:
        return {}

    def course():
        return _course(store, scene, {}, wanted, added, ticket)

    # Of a filter on time it is a part of what it is without one.
    is_whole = set(filters) <= {"ordered_at"}
    if is_whole:
        arrays = scene.studied(("course", *wanted), course)
    else:
        arrays = _course(store, scene, filters, wanted, {}, ticket)
    return _within(scene, filters, names, arrays)


def _within(scene, filters, names, arrays):
    """Return the course of tiles over the pieces of time that are looked at."""
    brushed = filters.get("ordered_at")
    if brushed is not None:
        codes = scene.coded.bins["ordered_at"].codes(brushed)
        arrays = {name: array[codes] for name, array in arrays.items()}
    return {name: _along(name, arrays) for name in names if set(leaves(name)) <= set(arrays)}


def _course(store, scene, filters, wanted, added, ticket):
    """Return measures over the pieces of time."""
    if not filters and not added:
        added = scene.coded.added_up([Key(("ordered_at",), leaf) for leaf in wanted], ticket)
    arrays = {key.measure: array / MEASURES[key.measure].scale for key, array in added.items() if key.dims}
    wanted = [leaf for leaf in wanted if leaf not in arrays]
    if wanted:
        question = histogram_question(scene.coded, ("ordered_at",), wanted, filters, ())
        arrays |= dense(scene.coded, ("ordered_at",), store.ask(question, ticket=ticket), wanted)
    return arrays


def _along(name, arrays):
    measure = MEASURES[name]
    if not measure.parts:
        return arrays[name]
    columns = zip(*(_along(part, arrays) for part in measure.parts), strict=True)
    found = (measure.combined([None if np.isnan(v) else v for v in column]) for column in columns)
    return np.array([np.nan if value is None else value for value in found])


def _held(scene, leaf):
    discounts = {"kind"} if "Discount" in scene.catalogue.counts.get("kind", ()) else set()
    return set(MEASURES[leaf].needs) <= set(scene.coded.shape.columns) | discounts
