"""What a source of new rows promises; adding one is one file with a class that keeps to it."""

from typing import Protocol

from retail_panel.errors import RetailPanelError

#: Where the very first run of a source may begin, beside a time.
EARLIEST, LATEST = "earliest", "latest"


class SourceDown(RetailPanelError):
    """A source cannot be read at the moment; the pump waits and tries again."""


class Source(Protocol):
    """Rows that keep coming, read in order from a position.

    A source may have five things more. With ``restartable = True`` it may be closed and opened again where it stopped,
    which the pump does when errors go on. With a method ``lag()`` it tells (rows, seconds) that it is behind: rows
    that it could hand out at the moment, and the age of the last one handed out while others wait; None for what it
    does not know. With a method ``committed(position)`` it learns, in the pump's thread, that everything before a
    position is in the store. With a method ``recall(positions)`` it is given, before it is opened by a new pump, every
    position committed so far, newest first and read as it asks for them: so a position need only tell what is new
    since the last commit, and stays small. With a method ``announce(tell)`` it is given what to call, from any thread,
    when rows have come, so that it need not be asked again and again.

    Attributes
    ----------
    name : str
        Under which the position is kept; the same in every run.
    position : str or None
        What to read *next*: everything before it was handed out, nothing from it on. It moves with each batch that is
        not empty, and stays where it was when reading fails.
    """

    name: str
    position: str | None

    def open(self, position):
        """Start reading.

        Parameters
        ----------
        position : str or None
            Where an earlier run left off; None for the first run, which starts where the live part begins.
        """

    def history(self, load):
        """Append what lies before the live part to a :class:`retail_panel.store.load.Load`; asked for once only.

        A source without a past does nothing.
        """

    def next_batch(self):
        """Return the rows that have come in since, without waiting for any.

        Returns
        -------
        pyarrow.Table, Arrival or None
            Clean order lines with the columns of ``schema.ORDER_LINE``, or an
            :class:`~retail_panel.feed.arrival.Arrival` with what was set aside beside them. An empty batch means
            nothing yet, None that nothing will ever come.
        """

    def close(self):
        """Let go of files and connections."""
