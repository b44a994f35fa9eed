"""Growth: a scene brought up to date from the rows that arrived since an earlier one, instead of made from all rows."""

from dataclasses import dataclass, field
from functools import partial

import ibis

from retail_panel.crossfilter.coded import Coded, coded_question, people, people_of
from retail_panel.crossfilter.ledger import Ledger, of_lines
from retail_panel.store import EVERYTHING

#: Where more than this share of the lines arrived since, all is read again.
MOST_NEW = 0.25


@dataclass(frozen=True)
class Growth:
    """From an earlier scene to the next one of the same scope, definition and policy.

    Attributes
    ----------
    store : Store
        Where the rows lie.
    name : str
        Stem of the names of its scratch tables.
    previous : Scene
        The earlier scene, held as long as this is used.
    touched : ibis.Table
        Customers with a line since, one row a ``customer_key``.
    version : int
        The store's version that the next scene shows.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    """

    store: object = field(repr=False)
    name: str
    previous: object = field(repr=False)
    touched: ibis.Table = field(repr=False)
    version: int
    policy: object = EVERYTHING
    ticket: object = None

    @classmethod
    def since(cls, store, name, previous, known, policy=EVERYTHING, ticket=None):
        """Return the growth since an earlier scene; None where reading everything is better, or the only way.

        Parameters
        ----------
        previous : Scene or None
            The earlier scene.
        known : Catalogue
            What the store holds now.
        store, name, policy, ticket
            As the attributes.
        """
        if previous is None or previous.members is not None or store.rewritten > previous.version:
            return None
        before = previous.catalogue
        if known.columns != before.columns or known.rows - before.rows > MOST_NEW * before.rows:
            return None
        # Also those whose lines are not in scope: they move a customer's first day.
        lines = store.lines.filter(store.lines.version > before.version, store.lines.version <= known.version)
        own = lines.filter(lines.customer_key.notnull()).select("customer_key").distinct()
        touched = store.keep(f"{name}_touched", own, policy, ticket)
        return cls(store, name, previous, touched, known.version, policy, ticket)

    def dispose(self):
        """Drop the scratch table that only the making needs."""
        self.store.forget(f"{self.name}_touched")

    def grown(self, name, scoped, scored, bins, columns):
        """Return the coded lines of now, made from those of before; None where lines have other codes now.

        Parameters
        ----------
        name : str
            Name of the scratch view.
        scoped : ibis.Table
            Order lines in scope, of now.
        scored, bins, columns
            As in :func:`retail_panel.crossfilter.coded.coded_question`, of now.

        Returns
        -------
        Coded or None
            The same rows as :func:`retail_panel.crossfilter.coded.code_lines` over all lines.
        """
        before = self.previous.coded
        if of_lines(bins) != of_lines(before.bins) or list(bins) != list(before.bins):
            return None
        ledger = self._ledger(name, before)
        try:
            ledger.add(scoped, self.version, self.ticket)
            named = people(self.store.customers, scored, bins)
            named = named.select([c for c in named.columns if c != "customer_id"])
            kept = self.store.keep(people_of(name), named, self.policy, self.ticket)
            question = ledger.question(kept, before.table.columns, self.version)
            table = self.store.keep_view(name, question, self.policy)
        except BaseException:
            ledger.give_back()
            self.store.forget(people_of(name))
            raise
        # Without this growth, which would keep the earlier scene alive, and that one the one before.
        how = partial(_whole_sql, self.store, self.policy, scoped, scored, bins, columns)
        own = ledger.lines(self.version)
        return Coded(self.store, name, table, bins, how, ledger, own, before.sums, self.version)

    def _ledger(self, name, before):
        if before.ledger is not None and before.ledger.hold():
            return before.ledger
        return Ledger(self.store, f"{name}_ledger", before, self.previous.version, self.policy, self.ticket)


def _whole_sql(store, policy, *question):
    return store.sql(coded_question(store, *question), policy)
