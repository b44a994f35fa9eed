"""Days that were rolled up: what their lines do not tell any more, and the words for it."""

from retail_panel.crossfilter.clause import day
from retail_panel.crossfilter.scope import Scope
from retail_panel.formats import format_value

#: Dimensions that lines of such days have no value of.
GIVEN_UP = {"product": "product", "amount": "single amount"}


def since(scene, filters=None):
    """Return the first day of a scene from which on every line is as it came.

    Parameters
    ----------
    scene : Scene
    filters : dict of str to clause, optional
        A selection.

    Returns
    -------
    datetime.date or None
        None where scope and selection hold no day that was rolled up.
    """
    first = scene.catalogue.rolled_until
    if first is None:
        return None
    for clause in (_clauses(scene).get("ordered_at"), (filters or {}).get("ordered_at")):
        if clause is not None and clause.low is not None and clause.low >= day(first):
            return None
    return first


def told(scene, filters=None, needs=()):
    """Say what is not in figures of a scene, as a sentence; empty where all is.

    Parameters
    ----------
    scene, filters
        As in :func:`since`.
    needs : collection of str
        Dimensions that the figures read beside those that scope and selection filter by.
    """
    first = since(scene, filters)
    if first is None:
        return ""
    asked = {*_clauses(scene), *(filters or {}), *needs}
    words = [word for name, word in GIVEN_UP.items() if name in asked]
    if not words:
        return ""
    return f"Lines before {format_value(first, 'day')} are rolled up, without {' and '.join(words)}, and not in this."


def _clauses(scene):
    scope = Scope()
    scope.read(scene.query)
    return scope.clauses()
