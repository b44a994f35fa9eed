"""The studies of a page under way: several at once, let end as rows arrive, called off by whatever is asked next."""

from retail_panel.store import Ticket


class Lanes:
    """Runs the studies that one visitor waits for.

    Parameters
    ----------
    run : callable
        ``run(work, ticket)`` runs a generator off the event loop and what it yields on it.
    end : callable
        Called on the event loop as a lane ends.

    Attributes
    ----------
    is_cut_short : bool
        Whether the studies asked for last were called off before they ended.
    """

    def __init__(self, run, end):
        self._run, self._end = run, end
        self._under_way, self._ticket = 0, None
        self.is_cut_short = False

    @property
    def are_free(self):
        """Whether no study is under way."""
        return self._under_way == 0

    def begin(self, work, at_once):
        """Ask instead of what was asked before; ``work(ticket)`` is a generator, of which so many run at once."""
        self.call_off()
        ticket = self._ticket = Ticket()
        self.is_cut_short, self._under_way = False, at_once
        for _ in range(at_once):
            self._run(lambda: self._lane(work, ticket), ticket)

    def _lane(self, work, ticket):
        yield from work(ticket)
        yield self._leave

    def _leave(self):
        # None is left where another one has failed.
        self._under_way = max(0, self._under_way - 1)
        self._end()

    def call_off(self):
        """Call off what is under way."""
        if self._ticket is not None:
            self._ticket.cancel()
        self.is_cut_short = self.is_cut_short or not self.are_free
        self._under_way = 0

    def give_up(self):
        """Wait no longer for any, as one has failed."""
        self._under_way = 0
