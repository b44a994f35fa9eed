"""The two sides of a comparison: which order lines A and B stand for, in words that links carry."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from urllib.parse import parse_qsl

from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.scope import RFM, Scope
from retail_panel.crossfilter.selection import Selection
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.studies import Nothing

SELECTION, SCOPE, REST = "selection", "scope", "rest"
GROUPS = ("segment", "cluster")
VIEW = "view"
SAME = "A and B are the same. Choose something else for one of them."
NO_OTHER = (
    "Everything else in scope is what the other side leaves out, so the other side must be the selection, a segment or "
    "a cluster. Choose one of them there."
)


@dataclass(frozen=True)
class Side:
    """One side.

    Attributes
    ----------
    words : str
        What it is.
    scene : Scene
        Where its lines are.
    lines : ibis.Table
        Its order lines, as :attr:`retail_panel.studies.Asking.lines`.
    scored : ibis.Table or None
        Its scored customers, those with a line among them; None without customers.
    by_construction : bool
        Whether it is cut by what its customers buy.
    """

    words: str
    scene: object
    lines: object
    scored: object
    by_construction: bool = False


def offers(scene, views):
    """Return what may be chosen, group by group: words to value.

    Parameters
    ----------
    scene : Scene
        The present one.
    views : collection of str
        Names of saved views.
    """
    found = {"Here": {"The selection": SELECTION, "Everything in scope": SCOPE, "Everything else in scope": REST}}
    if scene.population is not None:
        for name in GROUPS:
            groups = [group.name for group in getattr(scene.population, f"{name}s") if group.customers]
            label = DIMENSIONS[name].label
            found[f"{label}s"] = {f"{label} {group}": f"{name}:{group}" for group in groups}
    if views:
        found["Saved views"] = {f"View {view}": f"{VIEW}:{view}" for view in views}
    return found


def defaults(scene, filters):
    """Return the values of A and B where nothing is chosen: the selection, or else the largest segment; the rest."""
    if filters or scene.population is None or not scene.population.customers:
        return SELECTION, REST
    return f"segment:{max(scene.population.segments, key=lambda group: group.customers).name}", REST


@contextmanager
def sides(asking, a, b, scenes, views):
    """Give the two sides for as long as they are asked about.

    Parameters
    ----------
    asking : Asking
        The present scene and selection.
    a, b : str
        As :func:`offers` has them.
    scenes : Scenes
        Makes the scenes of saved views, and takes them back afterwards.
    views : dict of str to str
        Saved views: name to URL query.

    Yields
    ------
    tuple of Side

    Raises
    ------
    Nothing
        If one of them cannot be compared, and why.
    """
    if a == b:
        raise Nothing(SAME)
    with ExitStack() as held:
        yield tuple(_side(asking, own, other, scenes, views, held) for own, other in ((a, b), (b, a)))


def _side(asking, own, other, scenes, views, held):
    kind, _, name = own.partition(":")
    if kind == VIEW:
        return _viewed(asking, name, scenes, views, held)
    if own == SCOPE:
        return _cut(asking.scene, "everything in scope", {})
    if own == REST:
        words, kept, dropped = _picked(asking, other)
        return _cut(asking.scene, f"everything else in scope{_amid(kept)}", kept, dropped)
    words, kept, picked = _picked(asking, own)
    return _cut(asking.scene, f"{words}{_amid(kept)}", {**kept, **picked})


def _picked(asking, own):
    """Return the words of a side, the filters that it shares with its rest, and those that set the two apart."""
    kind, _, name = own.partition(":")
    if own == SELECTION:
        if not asking.filters:
            raise Nothing("Nothing is selected. Select something in the charts above, or choose a segment.")
        return f"the selection ({_sentence(asking.filters, asking.currency)})", {}, dict(asking.filters)
    if kind not in GROUPS:
        raise Nothing(NO_OTHER)
    if name not in asking.labels(kind):
        raise Nothing(f"This scope has no {kind} {name}. Choose another one.")
    kept = {dimension: clause for dimension, clause in asking.filters.items() if dimension != kind}
    return f"{DIMENSIONS[kind].label.lower()} {name}", kept, {kind: Values((name,))}


def _sentence(filters, currency):
    return "; ".join(clause.sentence(DIMENSIONS[name], currency) for name, clause in filters.items())


def _amid(kept):
    return " within the selection" if kept else ""


def _cut(scene, words, kept, dropped=None):
    lines, conditions = scene.coded.table, among(scene.coded, kept)
    if dropped:
        without = reduce(lambda one, other: one & other, among(scene.coded, dropped))
        conditions.append(~without.fill_null(False))
    lines = lines.filter(*conditions) if conditions else lines
    scored = scene.population.table if scene.population else None
    if scored is not None and conditions:
        scored = scored.semi_join(lines.filter(lines.customer_key.notnull()), "customer_key")
    cut_by = {*kept, *(dropped or {})}
    return Side(words, scene, lines, scored, any(DIMENSIONS[name].level == "customer" for name in cut_by))


def _viewed(asking, name, scenes, views, held):
    if name not in views:
        raise Nothing(f"There is no saved view called {name} any more. Choose another one.")
    query = dict(parse_qsl(views[name], keep_blank_values=True))
    scope, selection = Scope(), Selection()
    try:
        scope.read(query)
        selection.read(query)
        chosen = {part: query[f"rfm.{part}"] for part in RFM if f"rfm.{part}" in query}
        pipeline = CustomersPipeline(**{part: int(v) if part == "k" else v for part, v in chosen.items()})
    except (UnusableInput, ValueError) as error:
        raise Nothing(f"The saved view {name} cannot be read: {error}. Save it anew.") from error
    definition = {**asking.definition, **{part: getattr(pipeline, part) for part in RFM}}
    key, scene = scenes.take(scope.query(), definition, asking.scene.policy, asking.ticket)
    held.callback(scenes.give_back, key)
    return _cut(scene, f"view {name}", selection.clauses)
