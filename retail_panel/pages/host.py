"""Messages between an embedded page and the page that hosts it; docs/portal.md lists them."""

from pathlib import Path

import panel as pn
import param

from retail_panel.crossfilter.scope import SCOPED
from retail_panel.errors import UnusableInput

#: What a message may bring: so many filters, each so long. A list of every shop fits, a flood does not.
MOST_FILTERS, MOST_LETTERS = 64, 20_000
THEMES = ("light", "dark")
#: Pixels that the drawer needs, in a frame that is only as high as one chart.
DRAWER_HEIGHT = 560


class Host(pn.custom.JSComponent):
    """Nothing to see: speaks with the host page, and only with one of the origins.

    Parameters
    ----------
    session : Session
        The visitor; what a message brings is read as their address is.
    origins : sequence of str
        Who may host the page, beside the server itself.
    dark : callable
        ``dark(is_dark)`` changes the paper.
    drawer : Drawer
        While it is open, the frame must not be too low for it.
    """

    origins = param.List(default=[], item_type=str, doc="Exact origins whose messages are heard.")
    state = param.Dict(default={}, doc="What the host page is told of the visitor's state.")
    problem = param.String(default="", doc="What went wrong last, in words; empty when nothing did.")
    least_height = param.Integer(default=0, bounds=(0, None), doc="Pixels that the page needs whatever its content.")

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __init__(self, session, origins, dark, drawer, **params):
        super().__init__(origins=list(origins), width=0, height=0, margin=0, **params)
        self._session, self._dark = session, dark
        session.param.watch(lambda *events: self._tell(), ["query", "problem"])
        drawer.param.watch(lambda event: setattr(self, "least_height", DRAWER_HEIGHT * event.new), "open")
        self._tell()

    def _tell(self):
        session = self._session
        scope, selection = session.sentence()
        state = {
            "page": session.page, "query": session.query, "scope": session.scope.query(),
            "selection": _bare(session.selection.query()), "words": {"scope": scope, "selection": selection},
        }  # fmt: skip
        self.param.update(state=state, problem=session.problem)

    def _handle_msg(self, message):
        try:
            self._obey(message)
        except UnusableInput as error:
            self._session.problem = str(error)

    def _obey(self, message):
        message = message if isinstance(message, dict) else {}
        kind = message.get("type")
        if kind == "retail-panel:set-scope":
            self._session.restore(rescoped(self._session, _filters(message, "scope")))
        elif kind == "retail-panel:set-selection":
            self._session.restore(reselected(self._session, _filters(message, "selection")))
        elif kind == "retail-panel:theme":
            if message.get("theme") not in THEMES:
                raise UnusableInput(f"theme {message.get('theme')!r}; allowed: {', '.join(THEMES)}")
            self._dark(message["theme"] == "dark")
        else:
            raise UnusableInput(f"message {str(kind)[:80]!r}; allowed of a host page: set-scope, set-selection, theme")


def rescoped(session, scope):
    """Return a session's state with another scope, a dict of text by dimension and ``without``; the rest stays.

    Raises
    ------
    UnusableInput
        If the scope has a name that is none of a scope.
    """
    unknown = [name for name in scope if name not in SCOPED]
    if unknown:
        raise UnusableInput(f"scope {unknown[0]!r}; allowed: {', '.join(SCOPED)}")
    return {name: text for name, text in session.state().items() if name not in session.scope.query()} | scope


def reselected(session, selection):
    """Return a session's state with another selection, a dict of text by dimension; the rest stays."""
    rest = {name: text for name, text in session.state().items() if name not in session.selection.query()}
    return rest | {f"sel.{name}": text for name, text in selection.items()}


def _bare(query):
    return {name.removeprefix("sel."): text for name, text in query.items()}


def _filters(message, name):
    filters = message.get(name)
    is_text = isinstance(filters, dict) and all(isinstance(part, str) for pair in filters.items() for part in pair)
    if not is_text or len(filters) > MOST_FILTERS or max(map(len, filters.values()), default=0) > MOST_LETTERS:
        raise UnusableInput(
            f"{name} of the host page is not usable; allowed: up to {MOST_FILTERS} texts by dimension, each up to "
            f"{MOST_LETTERS:,} letters"
        )
    return filters
