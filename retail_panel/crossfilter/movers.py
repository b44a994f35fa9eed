"""Who went from one segment to another between two days, as a filter on the customers of a scene."""

import threading

from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS, moves_question

#: How many pairs of days a scene keeps at most.
MOST_KEPT = 8


class Movers:
    """The movers of one scene, worked out when they are asked for first: they depend on days that the user chooses.

    Parameters
    ----------
    store : Store
        Where the rows lie.
    name : str
        Stem of the names of the scratch tables.
    lines : ibis.Table
        Order lines in scope.
    definition : RFMDefinition
        What R, F and M mean.
    """

    def __init__(self, store, name, lines, definition):
        self._store, self._name, self._lines, self._definition = store, name, lines, definition
        self._kept, self._made, self._asking = {}, 0, threading.Lock()

    def customers(self, clause):
        """Return the customers that a :class:`retail_panel.crossfilter.clause.Move` picks, a ``customer_key`` each."""
        table = self._table(clause.from_day, clause.to_day)
        if clause.source:
            came = table.source.isnull() if clause.source == NOT_YET else table.source == SOURCES.index(clause.source)
            table = table.filter(came)
        if clause.target:
            table = table.filter(table.target == TARGETS.index(clause.target))
        return table.select("customer_key")

    def _table(self, *days):
        with self._asking:
            if days not in self._kept:
                while len(self._kept) >= MOST_KEPT:
                    self._store.forget(self._kept.pop(next(iter(self._kept))).op().name)
                question = moves_question(self._lines, self._definition, *days)
                self._made += 1
                self._kept[days] = self._store.keep(f"{self._name}_moves{self._made}", question)
            return self._kept[days]

    def dispose(self):
        """Drop the scratch tables."""
        with self._asking:
            for table in self._kept.values():
                self._store.forget(table.op().name)
            self._kept.clear()
