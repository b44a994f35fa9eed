"""Reading ahead: the next batches of a source are read while the pump commits those before."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

#: Batches that are read and not yet handed out; with the one being read they are what memory must hold.
AHEAD = 3


class ReadAhead:
    """Hands out what another source reads in a thread of its own; a :class:`retail_panel.feed.Source` itself.

    For a source whose reading takes as long as the commit does, such as files. Its methods are called in that thread,
    one at a time and in the order asked for.

    Parameters
    ----------
    source : Source
        Without ``restartable`` and ``lag``, which are not passed on.

    Attributes
    ----------
    name : str
        That of the source.
    position : str or None
        After the batch handed out last; the source itself may be further.
    """

    def __init__(self, source):
        self.name, self.position = source.name, source.position
        self._source = source
        self._reader = ThreadPoolExecutor(1, thread_name_prefix=f"read {source.name}")
        self._read = deque()

    def recall(self, positions):
        """Let the source learn what was committed, where it wants to."""
        if hasattr(self._source, "recall"):
            self._source.recall(positions)

    def open(self, position):
        """Open the source."""
        self._source.open(position)
        self.position = self._source.position

    def history(self, load):
        """Append the source's past."""
        self._source.history(load)

    def committed(self, position):
        """Tell the source, once it has read what it was asked for."""
        if hasattr(self._source, "committed"):
            self._reader.submit(self._source.committed, position)

    def next_batch(self):
        """Return the batch that is next, and have those after it read; an empty one is followed by none.

        Raises
        ------
        SourceDown
            The source could not be read when this batch was due; what was asked for after it is asked for anew.
        """
        if not self._read:
            self._ask()
        try:
            batch, self.position = self._read.popleft().result()
        except Exception:
            self._read = deque(later for later in self._read if not later.cancel())
            raise
        if batch is not None and (batch.num_rows or getattr(batch, "moved", False)):
            while len(self._read) < AHEAD:
                self._ask()
        return batch

    def _ask(self):
        self._read.append(self._reader.submit(self._read_one))

    def _read_one(self):
        return self._source.next_batch(), self._source.position

    def close(self):
        """Wait for the batch that is being read, and close the source."""
        self._reader.shutdown(cancel_futures=True)
        self._source.close()
