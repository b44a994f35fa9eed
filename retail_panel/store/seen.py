"""The store as somebody sees it: visitors get this, and have no way to the rows that their policy hides."""

from retail_panel.errors import RetailPanelError
from retail_panel.store.policy import EVERYTHING
from retail_panel.store.tables import TABLES, unbound

#: What a quality report says in the source's own words.
WORDS = ("examples", "text")


class Permitted(str):
    """SQL that reads permitted rows only, and the policy that permits them."""

    def __new__(cls, text, policy):
        made = super().__new__(cls, text)
        made.policy = policy
        return made


class SeenStore:
    """A store under one row policy: every question is restricted, whatever policy comes with it.

    Parameters
    ----------
    store : Store
        What is seen.
    policy : RowPolicy
        The rows that may be seen.
    """

    lines = unbound("order_line", TABLES["order_line"])
    stock = unbound("stock", TABLES["stock"])
    feedback = unbound("feedback", TABLES["feedback"])
    quarantine = unbound("quarantine", TABLES["quarantine"])
    customers = unbound("customer", TABLES["customer"])

    def __init__(self, store, policy):
        self._store = store
        self.policy = policy

    @property
    def version(self):
        """Number of committed batches."""
        return self._store.version

    @property
    def rewritten(self):
        """The version that changed or took away rows of earlier ones last."""
        return self._store.rewritten

    @property
    def tally(self):
        """Counts and times of all who ask the store; nothing of what they saw."""
        return self._store.tally

    def seen_by(self, policy):
        """Return the same store; raises where that is not the policy it is seen under."""
        self._own(policy)
        return self

    def _own(self, policy):
        # Everything is what functions mean by default that leave the restriction to whoever made the store.
        if policy not in (self.policy, EVERYTHING):
            raise RetailPanelError("this store is seen under one row policy, and answers under no other one")
        return self.policy

    def sql(self, question, policy=EVERYTHING):
        """As :meth:`retail_panel.store.Store.sql`, under the own policy."""
        return self._store.sql(question, self._own(policy))

    def ask(self, question, policy=EVERYTHING, ticket=None):
        """As :meth:`retail_panel.store.Store.ask`, under the own policy."""
        return self._store.ask(question, self._own(policy), ticket)

    def keep(self, name, question, policy=EVERYTHING, ticket=None):
        """As :meth:`retail_panel.store.Store.keep`, under the own policy."""
        return self._store.keep(name, question, self._own(policy), ticket)

    def keep_view(self, name, question, policy=EVERYTHING):
        """As :meth:`retail_panel.store.Store.keep_view`, under the own policy."""
        return self._store.keep_view(name, question, self._own(policy))

    def extend(self, name, question, policy=EVERYTHING):
        """As :meth:`retail_panel.store.Store.extend`, under the own policy."""
        self._store.extend(name, question, self._own(policy))

    def compress(self):
        """As :meth:`retail_panel.store.Store.compress`."""
        return self._store.compress()

    def keep_table(self, name, table):
        """As :meth:`retail_panel.store.Store.keep_table`; only whoever has the same policy can read it."""
        return self._store.keep_table(name, table, self.policy)

    def forget(self, name):
        """Drop a scratch table, if there is one of that name."""
        self._store.forget(name)

    def let_go(self, name):
        """As :meth:`retail_panel.store.Store.let_go`."""
        self._store.let_go(name)

    def reports(self):
        """Return the quality reports of all loads; none under a policy that hides rows, since they count them all."""
        if not self.policy.has_all_rows:
            return []
        found = self._store.reports()
        return [_without_words(report) for report in found] if self.policy.masked else found

    def commits(self, since=0):
        """As :meth:`retail_panel.store.Store.commits`; none under a policy that hides rows, since they count them."""
        return self._store.commits(since) if self.policy.has_all_rows else []

    def saved_views(self, owner):
        """Return the saved views of one user: name to URL query, by name."""
        return self._store.saved_views(owner)

    def save_view(self, owner, name, query):
        """Save a view under a name; a query of None removes it."""
        self._store.save_view(owner, name, query)


def _without_words(report):
    if isinstance(report, dict):
        return {name: _without_words(value) for name, value in report.items() if name not in WORDS}
    return [_without_words(value) for value in report] if isinstance(report, list) else report
