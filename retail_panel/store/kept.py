"""A scratch table that several read, and that goes once nobody holds it any more."""

import weakref

from retail_panel.store.policy import EVERYTHING


class Kept:
    """An answer kept in the engine while this object lives.

    Parameters
    ----------
    store : Store or SeenStore
        Where.
    name : str
        Of the scratch table; free.
    question, policy, ticket
        As :meth:`retail_panel.store.Store.keep` takes them.

    Attributes
    ----------
    table : ibis.Table
        To build further questions from.
    """

    def __init__(self, store, name, question, policy=EVERYTHING, ticket=None):
        self.table = store.keep(name, question, policy, ticket)
        # Whoever lets go of it last may be amid a question of their own, or hold a lock: the table is only named here.
        weakref.finalize(self, store.let_go, name).atexit = False
