"""What a source of new rows promises; adding one is one file with a class that keeps to it."""

from typing import Protocol


class Source(Protocol):
    """Rows that keep coming, read in order from a position.

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
        pyarrow.Table or None
            Clean order lines with the columns of ``schema.ORDER_LINE``. An empty batch means nothing yet, None that
            nothing will ever come.
        """

    def close(self):
        """Let go of files and connections."""
