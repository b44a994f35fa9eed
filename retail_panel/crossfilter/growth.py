"""Growth: a scene brought up to date from the rows that arrived since an earlier one, instead of made from all rows."""

from dataclasses import dataclass, field
from functools import partial, reduce
from operator import or_

import ibis

from retail_panel.crossfilter.coded import Coded, code_of, coded_question
from retail_panel.dimensions import DIMENSIONS
from retail_panel.store import EVERYTHING
from retail_panel.store.policy import STAND_INS
from retail_panel.store.tables import unbound

#: Where more than this share of the lines arrived since, or of the customers is coded otherwise, all is read again.
MOST_NEW, MOST_CHANGED = 0.25, 0.25
#: Names that stand for those of tables which differ from scene to scene.
LINES, SCORED = STAND_INS


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
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    """

    store: object = field(repr=False)
    name: str
    previous: object = field(repr=False)
    touched: ibis.Table = field(repr=False)
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
        return cls(store, name, previous, store.keep(f"{name}_touched", own, policy, ticket), policy, ticket)

    def dispose(self):
        """Drop the scratch tables that only the making needs."""
        for part in ("touched", "changed", "fresh"):
            self.store.forget(f"{self.name}_{part}")

    def grown(self, name, scoped, scored, bins, columns):
        """Return the coded lines of now, made from those of before; None where too much of them changed.

        Parameters
        ----------
        name : str
            Name of the scratch table.
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
        if bins != before.bins:
            return None
        version, kept = self.previous.version, before.table
        fresh = scoped.filter(scoped.version > version)
        if scored is not None:
            changed = self._changed(scored, bins)
            if changed is None:
                return None
            fresh = fresh.union(scoped.filter(scoped.version <= version).semi_join(changed, "customer_key"))
            kept = kept.anti_join(changed, "customer_key")
        fresh = self.store.keep(f"{self.name}_fresh", fresh, self.policy, self.ticket)
        # To ask for some forty columns takes longer than to answer it, so the question is put once.
        recode = before.recode or self._recoding(fresh, scored, bins, columns)
        recoded = recode.replace(LINES, fresh.op().name).replace(SCORED, scored.op().name if scored is not None else "")
        names = ", ".join(f'"{name}"' for name in before.table.columns)
        sql = f"{self.store.sql(kept)} UNION ALL SELECT {names} FROM ({recoded})"
        table = self.store.keep(name, sql, ticket=self.ticket)
        # Without this growth, which would keep the earlier scene alive, and that one the one before.
        how = partial(_whole_sql, self.store, self.policy, scoped, scored, bins, columns)
        return Coded(self.store, name, table, bins, how, recode)

    def _recoding(self, fresh, scored, bins, columns):
        """Return the SQL that codes lines, with :data:`LINES` and :data:`SCORED` in place of the tables' names."""
        lines = unbound(LINES, self._schema(fresh), scratch=True)
        stand_in = None if scored is None else unbound(SCORED, self._schema(scored), scratch=True)
        return self.store.sql(coded_question(self.store, lines, stand_in, bins, columns), self.policy)

    @staticmethod
    def _schema(table):
        return table.schema().to_pyarrow()

    def _changed(self, scored, bins):
        """Keep the customers who have new lines or other codes; None where they are too many."""
        names = [name for name in bins if DIMENSIONS[name].level == "customer"]
        before = self.previous.population.table
        now, then = (
            table.select("customer_key", **{f"{name}_{when}": code_of(name, bins[name], table) for name in names})
            for table, when in ((scored, "now"), (before, "then"))
        )
        pairs = now.left_join(then, "customer_key", rname="earlier_{name}")
        differs = (pairs[f"{name}_now"] != pairs[f"{name}_then"] for name in names)
        others = reduce(or_, differs, pairs.earlier_customer_key.isnull())
        moved = pairs.filter(others).select("customer_key")
        changed = self.store.keep(
            f"{self.name}_changed", moved.union(self.touched, distinct=True), self.policy, self.ticket
        )
        count = self.store.ask(changed.aggregate(customers=changed.count()), ticket=self.ticket)
        everyone = self.previous.population.customers
        return changed if count["customers"][0].as_py() <= MOST_CHANGED * everyone else None


def _whole_sql(store, policy, *question):
    return store.sql(coded_question(store, *question), policy)
