"""One visitor: scope, selection, pipeline and what they do; every state is a URL query."""

from urllib.parse import parse_qsl, urlencode

import param

from retail_panel.answers import Answers
from retail_panel.crossfilter.clause import decode
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.scenes import definition_of
from retail_panel.crossfilter.scope import RFM, Scope
from retail_panel.crossfilter.seen_scenes import SeenScenes
from retail_panel.crossfilter.selection import History, Selection
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.errors import UnusableInput
from retail_panel.portal.person import LOCAL, Refused
from retail_panel.state import OWN, scoped, take, written

CHART_MEASURES = ("net_sales", "gross_sales", "returns_value", "units", "lines", "orders", "customers", "gross_margin")


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
    person : Person
        Who the visitor is: the rows they may see, what they may do, whose saved views these are.
    record : callable, optional
        ``record(what, **facts)`` writes down what the visitor did, for the audit; default: nothing is written.
    rest_s : float
        Seconds that the screen rests at most between two refreshes as rows arrive; it rests a quarter as long as one
        takes, and half as long on a page with studies.

    Attributes
    ----------
    visitor : str or None
        What logs name the visitor by.
    """

    measure = param.Selector(default="net_sales", objects=list(CHART_MEASURES), doc="What charts of lines measure.")
    compare = param.Selector(default=WAYS[0], objects=list(WAYS), doc="What tiles compare the period with.")
    page = param.String(default="overview", doc="The page that is open.")
    paused = param.Boolean(default=False, doc="Whether new rows wait until the visitor goes on.")
    busy = param.Boolean(default=False, doc="Whether a new scene is being made.")
    problem = param.String(default="", doc="What went wrong last, in words for the visitor; empty when nothing did.")
    comparison = param.String(default="", doc="What the tiles are compared with, in words; empty until they are known.")
    choices = param.Dict(default={}, doc="What was chosen about studies: study and choice to value.")
    file = param.Tuple(
        default=None, length=3, allow_None=True,
        doc="A file on its way to the visitor: name, media type, bytes; None when there is none.",
    )
    query = param.String(default="", doc="The whole state as URL query.")
    scene = param.Parameter(default=None, doc="What is on the screen; None until the first one is made.")

    def __init__(self, store, scenes, workers, defer, currency="GBP", person=LOCAL, rest_s=0.0, record=None):
        super().__init__()
        # Nothing of a visitor's has another way to the rows.
        self.store = store.seen_by(person.policy)
        self.currency, self.person, self.policy, self.owner = currency, person, person.policy, person.name
        self.rest_s, self.record = rest_s, record or _nothing
        self.visitor = None
        self.scope, self.selection, self.history = Scope(), Selection(), History()
        self.pipeline = CustomersPipeline()
        self.answers = Answers(self, SeenScenes(scenes, self.store), workers, defer)
        self._restoring = False
        filters = [name for name in self.scope.param if name != "name"]
        self.scope.param.watch(lambda *events: self._changed(rescope=True), filters)
        self.pipeline.param.watch(lambda *events: self._changed(rescope=True), list(RFM))
        self.selection.param.watch(lambda event: self._changed(), "clauses")
        # After whoever builds the page that opens, so that what it shows is asked for.
        self.param.watch(lambda *events: self._changed(), list(OWN), precedence=1)

    def state(self):
        """Return the whole state as URL parameters, defaults left out."""
        return written(self)

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
            problems = take(self, wanted)
        finally:
            self._restoring = False
        rescope = before != (self.scope.query(), definition_of(self.pipeline))
        self._changed(rescope, "; ".join(problems))

    def _changed(self, rescope=False, problem=""):
        if self._restoring:
            return
        # What one does beside a brush is later than the brush.
        self.answers.brush.rest()
        self.problem = problem
        self.query = urlencode(self.state())
        if self.scene is None:
            self.history.now = self.query
        else:
            self.history.visit(self.query)
        if rescope or self.scene is None:
            self.answers.rescope()
        else:
            self.align()
            self.answers.settle()

    def align(self):
        """Move the selection to whole pieces of the scene's bins, so that words, URL and figures say the same."""
        bins = self.scene.coded.bins
        clauses = {n: bins[n].aligned(c) if n in bins else c for n, c in self.selection.clauses.items()}
        if clauses == self.selection.clauses:
            return
        self._restoring = True
        try:
            self.selection.clauses = clauses
        finally:
            self._restoring = False
        self.query = self.history.now = urlencode(self.state())

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
            self.answers.brush.move(chart, ranges)
        if final:
            self.answers.brush.rest()
            before = self.selection.clauses
            self.selection.set(self.answers.brush.clauses_of(chart, ranges))
            if self.selection.clauses == before:
                self.answers.settle()

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

    def choose(self, name, value):
        """Choose about one study.

        Parameters
        ----------
        name : str
            The study's name and the choice's, with a point between.
        value : str or None
            None goes back to the default.
        """
        chosen = {**self.choices, name: value}
        self.choices = {n: v for n, v in chosen.items() if v is not None}
        self.query = urlencode(self.state())
        self.history.visit(self.query)

    def make_scope(self):
        """Turn the selection into scope: filters on lines are added, filters on customers keep those customers.

        A selection that has nothing in common with the scope is told in :attr:`problem` and changes nothing.
        """
        if not self.selection.clauses:
            return
        try:
            self.restore(scoped(self))
        except UnusableInput as error:
            self.problem = str(error)

    def bring(self, name, media_type, content):
        """Send a file to the visitor; the one way that any takes.

        Raises
        ------
        Refused
            If the visitor has no right to take files along.
        """
        if not self.person.may("export"):
            raise Refused(f"{name}: you have no right to take files along; ask whoever runs this workbench for it")
        self.record("exported", file=name, bytes=len(content), query=self.query)
        self.file = (name, media_type, content)

    def sentence(self):
        """Return scope and selection in English, a pair of texts; empty where there is no filter."""
        return tuple("; ".join(part.sentences(self.currency)) for part in (self.scope, self.selection))

    def tick(self):
        """Notice new rows, once the screen has rested after the last refresh; tells whether one began."""
        answers = self.answers
        # Rows that were taken out are taken off a page that holds new ones back, too.
        is_wrong = self.scene is not None and self.store.rewritten > self.scene.version
        is_calm = answers.rested and answers.brush.is_calm and not self.paused or is_wrong
        due = is_calm and not self.busy and answers.behind
        if due:
            self.answers.rescope(quiet=True)
        return due

    @property
    def is_due_soon(self):
        """Whether there are new rows to show, once what is being answered is on the screen and has rested."""
        return not self.paused and self.answers.behind

    def close(self):
        """Let go of everything that visitors share."""
        self.answers.close()


def _nothing(what, **facts):
    """Write nothing down."""
