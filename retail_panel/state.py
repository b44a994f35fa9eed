"""The state of a visitor as URL parameters, a dict of texts: written, taken, and with the selection made scope."""

from urllib.parse import urlencode

from retail_panel.crossfilter.clause import both
from retail_panel.crossfilter.scope import RFM
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput

#: Parameters of a session that are part of its state.
OWN = ("measure", "compare", "page")
CHOSEN = "of."


def written(session):
    """Return the whole state of a session, defaults left out."""
    chosen = {f"{CHOSEN}{name}": value for name, value in sorted(session.choices.items())}
    own = _changes(session, OWN)
    return {**session.scope.query(), **session.selection.query(), **_definition(session), **own, **chosen}


def take(session, wanted):
    """Set a session's state; returns what could not be read and was left out, in words.

    Parameters
    ----------
    session : Session
        Its scope, selection, pipeline and own parameters are set; it sees to what follows from that.
    wanted : dict of str to str
        As :func:`written` returns.
    """
    problems = [*_read(session.scope, wanted), *_read(session.selection, wanted)]
    problems += _set(session.pipeline, RFM, {name: wanted.get(f"rfm.{name}") for name in RFM})
    problems += _set(session, OWN, wanted)
    session.choices = {n.removeprefix(CHOSEN): value for n, value in wanted.items() if n.startswith(CHOSEN)}
    return problems


def scoped(session):
    """Return the state with the selection turned into scope.

    Filters on lines are added to it, filters on customers keep those customers.

    Raises
    ------
    UnusableInput
        If the selection has nothing in common with the scope.
    """
    clauses, known, narrowed = dict(session.selection.clauses), session.scope.clauses(), {}
    for name, clause in clauses.items():
        if DIMENSIONS[name].level == "line":
            shared = both(known.get(name), clause)
            if shared is None:
                raise UnusableInput(
                    f"{DIMENSIONS[name].label}: the selection lies outside the scope; allowed: one that overlaps it."
                )
            narrowed[name] = shared.encode(DIMENSIONS[name])
    if len(narrowed) < len(clauses):
        scope = urlencode({**session.scope.query(), **_definition(session)})
        narrowed |= {"within.scope": scope, "within.selection": urlencode(session.selection.query())}
    rest = {name: text for name, text in written(session).items() if not name.startswith("sel.")}
    return {**rest, **narrowed}


def _definition(session):
    return {f"rfm.{name}": str(value) for name, value in _changes(session.pipeline, RFM).items()}


def _changes(target, names):
    return {n: getattr(target, n) for n in names if getattr(target, n) != target.param[n].default}


def _read(part, wanted):
    readable, problems = {}, []
    for key, text in wanted.items():
        try:
            type(part)().read({key: text})
        except (UnusableInput, ValueError) as error:
            problems.append(str(error))
        else:
            readable[key] = text
    part.read(readable)
    return problems


def _set(target, names, wanted):
    for name in names:
        value, default = wanted.get(name), target.param[name].default
        try:
            value = int(value) if str(value).isdigit() else value
            setattr(target, name, default if value is None else value)
        except ValueError as error:
            setattr(target, name, default)
            yield f"{name}={value!r}: {error}"
