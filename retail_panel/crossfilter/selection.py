"""Selection: the brushes and clicks on charts, and the history behind undo and redo."""

import param

from retail_panel.crossfilter.clause import decode
from retail_panel.dimensions import DIMENSIONS


class Selection(param.Parameterized):
    """Clauses by dimension; it filters what was scored and never re-scores."""

    clauses = param.Dict(default={}, doc="Clause by dimension name; empty means nothing is selected.")

    def set(self, changes):
        """Set or clear several clauses at once.

        Parameters
        ----------
        changes : dict of str to clause or None
            By dimension name; None clears the dimension's clause.
        """
        merged = {**self.clauses, **changes}
        self.clauses = {name: clause for name, clause in merged.items() if clause is not None}

    def clear(self):
        """Clear every clause."""
        self.clauses = {}

    def sentences(self, currency):
        """Return the selection in English, one part a clause, whatever the order they were set in."""
        return [self.clauses[name].sentence(d, currency) for name, d in DIMENSIONS.items() if name in self.clauses]

    def query(self):
        """Return the selection as URL parameters, each dimension's name behind ``sel.``."""
        return {f"sel.{name}": clause.encode(DIMENSIONS[name]) for name, clause in sorted(self.clauses.items())}

    def read(self, query):
        """Take the state from URL parameters; raises ``UnusableInput`` where one cannot be read."""
        names = [key.removeprefix("sel.") for key in query if key.startswith("sel.")]
        self.clauses = {name: decode(name, query[f"sel.{name}"]) for name in names}


class History(param.Parameterized):
    """States one can go back to; a state is a URL query, so whatever the URL restores, undo restores."""

    past = param.List(default=[], doc="Earlier states, oldest first.")
    future = param.List(default=[], doc="Undone states, the next to redo last.")
    now = param.String(default="", doc="The present state.")
    depth = param.Integer(default=100, bounds=(1, None), doc="How many states are kept.")

    def visit(self, state):
        """Note a new state; what had been undone is forgotten. The present state again changes nothing."""
        if state != self.now:
            self.param.update(past=[*self.past, self.now][-self.depth :], future=[], now=state)

    def undo(self):
        """Step back; returns the state to restore, or None at the beginning."""
        if not self.past:
            return None
        self.param.update(future=[*self.future, self.now], now=self.past[-1], past=self.past[:-1])
        return self.now

    def redo(self):
        """Step forward; returns the state to restore, or None at the end."""
        if not self.future:
            return None
        self.param.update(past=[*self.past, self.now], now=self.future[-1], future=self.future[:-1])
        return self.now
