"""Growth: customers brought up to date from the rows that arrived since an earlier scene, instead of from all rows."""

from dataclasses import dataclass, field

import ibis

from retail_panel.crossfilter.catalogue import between
from retail_panel.store import EVERYTHING
from retail_panel.store.prepared import Parameter, Prepared

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
        versions = Parameter(before.version), Parameter(known.version)
        touched = store.keep(f"{name}_touched", Prepared(_touched, store.lines, *versions), policy, ticket)
        return cls(store, name, previous, touched, known.version, policy, ticket)

    def dispose(self):
        """Drop the scratch table that only the making needs."""
        self.store.forget(f"{self.name}_touched")


def _touched(lines, after, until):
    lines = between(lines, after, until)
    return lines.filter(lines.customer_key.notnull()).select("customer_key").distinct()
