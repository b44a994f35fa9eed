"""A ledger: the coded lines that the scenes of one scope share while rows arrive, each of them written once.

What belongs to the line stands in it. What belongs to the customer, such as a segment, is another for each scene, and
is joined to the lines when somebody asks.
"""

import threading

import ibis

from retail_panel.crossfilter.bins import MISSING
from retail_panel.crossfilter.coded import KEYS, MOMENT, VALUES, code_of
from retail_panel.dimensions import DIMENSIONS
from retail_panel.store import EVERYTHING
from retail_panel.store.policy import STAND_INS
from retail_panel.store.tables import unbound

#: Stands for the lines that are added, whose table has another name each time.
LINES = STAND_INS[0]
#: Columns that belong to the line, beside its codes.
OWN = (*VALUES, *KEYS, MOMENT, "is_return", "is_discount", "has_customer")


def of_lines(bins):
    """Return the bins of the dimensions that belong to the line."""
    return {name: cut for name, cut in bins.items() if DIMENSIONS[name].level != "customer"}


class Ledger:
    """Lines in codes, from the first version to the last one that any scene has asked for.

    Parameters
    ----------
    store : SeenStore or Store
        Where it lies.
    name : str
        Name of the scratch table.
    coded : Coded
        Lines that it begins with.
    version : int
        The store's version that they show.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    """

    def __init__(self, store, name, coded, version, policy=EVERYTHING, ticket=None):
        self._store, self.name, self._policy = store, name, policy
        self.bins = of_lines(coded.bins)
        own = [c for c in coded.table.columns if c in OWN or c.removeprefix("c_") in self.bins]
        lines = coded.table.select(*own, version=ibis.literal(version, "int32"))
        self.table = store.keep(name, lines, policy, ticket)
        self._reached, self._recode, self._scenes = version, "", 1
        # Two visitors may have a scene of other versions each made out of it at the same time.
        self._writing, self._counting = threading.Lock(), threading.Lock()

    def add(self, scoped, version, ticket=None):
        """Write down the lines in scope up to a version, those that are not there yet."""
        with self._writing:
            if version <= self._reached:
                return
            fresh = scoped.filter(scoped.version > self._reached, scoped.version <= version)
            fresh = self._store.keep(f"{self.name}_fresh", fresh, self._policy, ticket)
            try:
                # To ask for some twenty codes takes longer than to answer it, so the question is put once.
                self._recode = self._recode or self._store.sql(self._question(fresh), self._policy)
                names = ", ".join(f'"{name}"' for name in self.table.columns)
                sql = f"SELECT {names} FROM ({self._recode.replace(LINES, fresh.op().name)})"
                # Never called off: it could not be told whether the lines are there.
                self._store.extend(self.name, sql, self._policy)
            finally:
                self._store.forget(f"{self.name}_fresh")
            self._reached = version

    def _question(self, fresh):
        lines = unbound(LINES, fresh.schema().to_pyarrow(), scratch=True)
        codes = {f"c_{name}": code_of(name, cut, lines) for name, cut in self.bins.items()}
        more = {"is_discount": lines.kind == "Discount", "has_customer": lines.customer_key.notnull()}
        held = [c for c in self.table.columns if c not in codes and c not in more]
        return lines.select(*held, **codes, **more)

    def lines(self, version):
        """Return the lines of one version, without what belongs to the customer."""
        return self.table.filter(self.table.version <= version).drop("version")

    def since(self, before, version):
        """Return the lines that arrived after one version and up to another, with their ``version``."""
        return self.table.filter(self.table.version > before, self.table.version <= version)

    def question(self, people, columns, version):
        """Ask for the lines of one scene.

        Parameters
        ----------
        people : ibis.Table
            Customers of that scene, one row a ``customer_key``: ``first_day`` and codes ``c_``.
        columns : sequence of str
            Columns asked for, in their order.
        version : int
            The store's version that it shows.

        Returns
        -------
        ibis.Table
            As ``table`` of :class:`retail_panel.crossfilter.coded.Coded`.
        """
        joined = self.lines(version).left_join(people, "customer_key", rname="people_{name}")
        others = {"is_first_day": joined.ordered_at.date() == joined.first_day}
        # A guest, or a customer without a purchase, has no row of codes.
        others |= {c: joined[c].fill_null(MISSING).cast("uint8") for c in people.columns if c.startswith("c_")}
        return joined.select(**{c: others[c] if c in others else joined[c] for c in columns})

    def hold(self):
        """Take it for one more scene; returns whether it is still there."""
        with self._counting:
            self._scenes += self._scenes > 0
            return self._scenes > 0

    def give_back(self):
        """Let go of it; with the last scene it goes."""
        with self._counting:
            self._scenes -= 1
            is_last = self._scenes == 0
        if is_last:
            self._store.forget(self.name)

