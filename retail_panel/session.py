"""One visitor: scope, selection, pipeline and what they do; every state is a URL query."""

from urllib.parse import parse_qsl, urlencode

import param

from retail_panel.answers import Answers
from retail_panel.crossfilter.clause import both, decode
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.scene import definition_of
from retail_panel.crossfilter.scope import Scope
from retail_panel.crossfilter.selection import History, Selection
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.store import EVERYTHING

CHART_MEASURES = ("net_sales", "gross_sales", "returns_value", "units", "lines", "orders", "customers", "gross_margin")
PIPELINE = ("frequency", "monetary", "returns", "method", "k")
OWN = ("measure", "compare", "page")


class Session(param.Parameterized):
    """What one visitor looks at.

    Parameters
    ----------
    store : Store
        Where to ask.
    scenes, workers, defer
        As in :class:`retail_panel.answers.Answers`.
    currency : str
        ISO code.
    policy : RowPolicy
        The rows that the visitor may see.
    owner : str
        Who the visitor is, for saved views.
    """

    measure = param.Selector(default="net_sales", objects=list(CHART_MEASURES), doc="What charts of lines measure.")
    compare = param.Selector(default=WAYS[0], objects=list(WAYS), doc="What tiles compare the period with.")
    page = param.String(default="overview", doc="The page that is open.")
    paused = param.Boolean(default=False, doc="Whether new rows wait until the visitor goes on.")
    busy = param.Boolean(default=False, doc="Whether a new scene is being made.")
    problem = param.String(default="", doc="What went wrong last, in words for the visitor; empty when nothing did.")
    query = param.String(default="", doc="The whole state as URL query.")
    scene = param.Parameter(default=None, doc="What is on the screen; None until the first one is made.")

    def __init__(self, store, scenes, workers, defer, currency="GBP", policy=EVERYTHING, owner="local"):
        super().__init__()
        self.store, self.currency, self.policy, self.owner = store, currency, policy, owner
        self.scope, self.selection, self.history = Scope(), Selection(), History()
        self.pipeline = CustomersPipeline()
        self.answers = Answers(self, scenes, workers, defer)
        self._restoring = False
        scoped = [name for name in self.scope.param if name != "name"]
        self.scope.param.watch(lambda *events: self._changed(rescope=True), scoped)
        self.pipeline.param.watch(lambda *events: self._changed(rescope=True), list(PIPELINE))
        self.selection.param.watch(lambda event: self._changed(), "clauses")
        self.param.watch(lambda *events: self._changed(), list(OWN))

    def state(self):
        """Return the whole state as URL parameters, defaults left out."""
        query = {**self.scope.query(), **self.selection.query()}
        query |= {f"rfm.{n}": str(v) for n, v in _changes(self.pipeline, PIPELINE).items()}
        return query | _changes(self, OWN)

    def restore(self, query):
        """Take the state from a URL query; what cannot be read is told in :attr:`problem` and left out.

        Parameters
        ----------
        query : str or dict of str to str
            As :attr:`query` or :meth:`state` return.
        """
        wanted = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)) if isinstance(query, str) else dict(query)
        before = (self.scope.query(), definition_of(self.pipeline))
        self._restoring = True
        try:
            problems = [*_read(self.scope, wanted), *_read(self.selection, wanted)]
            problems += _set(self.pipeline, PIPELINE, {n: wanted.get(f"rfm.{n}") for n in PIPELINE})
            problems += _set(self, OWN, wanted)
        finally:
            self._restoring = False
        self.problem = "; ".join(problems)
        self._changed(rescope=before != (self.scope.query(), definition_of(self.pipeline)))

    def _changed(self, rescope=False):
        if self._restoring:
            return
        self.query = urlencode(self.state())
        self.history.visit(self.query)
        if rescope or self.scene is None:
            self.answers.rescope()
        else:
            self.answers.settle()

    def undo(self):
        """Go back one state."""
        state = self.history.undo()
        if state is not None:
            self.restore(state)

    def redo(self):
        """Go forward one state."""
        state = self.history.redo()
        if state is not None:
            self.restore(state)

    def clear(self, names=None):
        """Clear the selection, or the filters on some of its dimensions."""
        if names is None:
            self.selection.clear()
        else:
            self.selection.set(dict.fromkeys(names))

    def brush(self, chart, ranges, final):
        """Answer a brush, and take it into the selection once it rests.

        Parameters
        ----------
        chart : Chart
            Where the brush is.
        ranges : tuple of (int, int) or None
            First piece and the one after the last, a pair a dimension; None takes the brush away.
        final : bool
            Whether it rests.
        """
        if self.scene is None or any(d not in self.scene.coded.bins for d in chart.dims):
            return
        if ranges is not None:
            self.answers.move(chart, ranges)
        if final:
            self.answers.rest()
            self.selection.set(self.answers.clauses_of(chart, ranges))

    def click(self, chart, code, add):
        """Pick a category: alone, or beside those picked; a picked one is let go."""
        (name,) = chart.dims
        if self.scene is None or name not in self.scene.coded.bins:
            return
        cut = self.scene.coded.bins[name]
        clause = self.selection.clauses.get(name)
        picked = set(cut.codes(clause)) if clause else set()
        wanted = picked ^ {code} if add else (set() if picked == {code} else {code})
        self.selection.set({name: cut.clause(sorted(wanted))})

    def filter(self, name, text):
        """Set a filter from its URL text, as a keyboard user's choice is; an empty text clears it."""
        self.selection.set({name: decode(name, text) if text else None})

    def make_scope(self):
        """Turn the selection into scope: filters on lines are added, filters on customers keep those customers."""
        clauses = dict(self.selection.clauses)
        if not clauses:
            return
        scope = self.scope.query()
        narrowed = {
            name: both(self.scope.clauses().get(name), clause).encode(DIMENSIONS[name])
            for name, clause in clauses.items()
            if DIMENSIONS[name].level == "line"
        }
        if len(narrowed) < len(clauses):
            narrowed |= {"within.scope": urlencode(scope), "within.selection": urlencode(self.selection.query())}
        rest = {name: text for name, text in self.state().items() if not name.startswith("sel.")}
        self.restore({**rest, **narrowed})

    def sentence(self):
        """Return scope and selection in English, a pair of texts; empty where there is no filter."""
        return tuple("; ".join(part.sentences(self.currency)) for part in (self.scope, self.selection))

    def tick(self):
        """Notice new rows; returns whether a refresh began."""
        due = self.answers.behind and not self.paused and not self.busy
        if due:
            self.answers.rescope()
        return due

    def close(self):
        """Let go of everything that visitors share."""
        self.answers.close()


def _changes(target, names):
    return {n: getattr(target, n) for n in names if getattr(target, n) != target.param[n].default}


def _read(part, wanted):
    try:
        part.read(wanted)
    except (UnusableInput, ValueError) as error:
        yield str(error)


def _set(target, names, wanted):
    for name in names:
        value = wanted.get(name)
        if value is not None and str(value).isdigit():
            value = int(value)
        try:
            setattr(target, name, target.param[name].default if value is None else value)
        except ValueError as error:
            yield f"{name}={value!r}: {error}"
