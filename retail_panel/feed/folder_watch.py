"""A watched folder as source: every file that comes is read once."""

import json
import time

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.feed.arrival import Arrival, quarantine
from retail_panel.feed.folder_files import FolderFiles, mark_of, stamp_of
from retail_panel.feed.folder_reading import arrivals
from retail_panel.feed.source import SourceDown

UNUSABLE = "the file cannot be read"
GONE = "the file was gone before all of it was read"
CHANGED = "the file changed before all of it was read"


class FolderWatch:
    """Reads the files of a folder in the order of their names; a :class:`retail_panel.feed.Source`.

    The position is JSON: the marks of the files that were read since the position before, and the name, the identity
    and the rows done of the one being read. So it stays small, and :meth:`recall` brings the marks of all.

    Parameters
    ----------
    folder : Path
    reader : MessageReader
        For JSON lines; its source is the name that the position is kept under.
    mapping : Mapping
        How tables are read, beside what is recognised.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount that is not marked as outlier; None means each table's own rule.
    settled_s : float
        Seconds for which a file must have stayed as it is.
    look_s : float
        Seconds between two looks into the folder.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(self, folder, reader, mapping, limits=None, settled_s=2.0, look_s=1.0, clock=time.monotonic):
        self.name, self.position = reader.source, None
        self._files, self._clock, self._look_s = FolderFiles(folder, settled_s, clock), clock, look_s
        self._reader, self._mapping, self._limits = reader, mapping, limits
        self._identities, self._stamps = set(), set()
        self._told, self._under_way, self._reading = [], None, None
        self._look_at = 0.0

    def recall(self, positions):
        """Learn which files were read."""
        for position in positions:
            self._learn(json.loads(position).get("read", ()))

    def _learn(self, marks):
        self._identities.update(identity for identity, _ in marks)
        self._stamps.update(stamp for _, stamp in marks)

    def open(self, position):
        """Go on with the file that was being read, if there was one."""
        found = json.loads(position or "{}")
        self._told, self._under_way = found.get("read", []), found.get("file")
        self._learn(self._told)
        self._reading, self._look_at = None, 0.0
        self._write()

    def _write(self):
        found = {"read": self._told} if self._told else {}
        if self._under_way:
            found["file"] = self._under_way
        self.position = json.dumps(found, separators=(",", ":"))

    def committed(self, position):
        """Forget what a position told that is committed; the next one need not tell it again."""
        known = json.loads(position).get("read", ())
        self._told = [mark for mark in self._told if mark not in known]

    def history(self, load):
        """A folder's past is read as its files."""

    def next_batch(self):
        """Return the next rows of the file being read, or the first ones of the next file.

        Raises
        ------
        SourceDown
            The folder or a file cannot be read at the moment.
        """
        if self._reading is None:
            if self._under_way:
                ended = self._go_on()
                if ended:
                    return ended
            elif not self._begin():
                return Arrival()
        try:
            rows, arrival = next(self._reading, (None, None))
        except UnusableInput as error:
            return self._finish(UNUSABLE, str(error))
        except (RetailPanelError, OSError, MemoryError) as error:
            self._leave()
            raise SourceDown(str(error)) from error
        except Exception as error:
            return self._finish(UNUSABLE, f"{type(error).__name__}: {error}")
        if arrival is None:
            return self._finish()
        if not self._is_as_it_was():
            self._leave()
            return Arrival()
        self._under_way = self._under_way | {"rows": rows}
        self._write()
        return arrival

    def _is_as_it_was(self):
        name, (_, stamp) = self._under_way["name"], self._under_way["mark"]
        try:
            return stamp_of(name, (self._files.folder / name).stat()) == stamp
        except OSError:
            return False

    def _leave(self):
        """Stop reading; a file of which rows were handed out is taken up again, if it still is what it was."""
        self._reading = None
        if not self._under_way["rows"]:
            self._under_way = None

    def _go_on(self):
        """Take up the file under way again; returns an arrival if that has come to its end."""
        path = self._files.folder / self._under_way["name"]
        try:
            # A folder that is away must not count as a file that is gone.
            self._files.settled()
            mark = mark_of(path)
        except FileNotFoundError:
            return self._finish(GONE, f"{self._under_way['rows']:,} rows of {path.name} were read")
        except OSError as error:
            raise SourceDown(f"{path.name}: {error.strerror or error}") from error
        if mark.identity != self._under_way["mark"][0]:
            return self._finish(CHANGED, f"{self._under_way['rows']:,} rows of {path.name} were read")
        self._under_way["mark"] = [mark.identity, mark.stamp]
        self._reading = self._arrivals(path)
        return None

    def _arrivals(self, path):
        return arrivals(path, self._reader, self._mapping, self._limits, self._under_way["rows"])

    def _begin(self):
        """Take up the next file; tells whether there is one."""
        if self._clock() < self._look_at:
            return False
        for path, stamp in self._files.settled():
            if stamp not in self._stamps and (mark := self._new_mark(path, stamp)):
                self._under_way = {"name": path.name, "mark": [mark.identity, mark.stamp], "rows": 0}
                self._reading = self._arrivals(path)
                return True
        self._look_at = self._clock() + self._look_s
        return False

    def _new_mark(self, path, stamp):
        try:
            mark = mark_of(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceDown(f"{path.name}: {error.strerror or error}") from error
        if mark.stamp != stamp:
            return None
        if mark.identity in self._identities:
            self._stamps.add(stamp)
            return None
        return mark

    def _finish(self, reason=None, text=""):
        mark, name = self._under_way["mark"], self._under_way["name"]
        self._learn([mark])
        self._told = [*self._told, mark]
        self._under_way = self._reading = None
        self._write()
        if reason is None:
            return Arrival(moved=True)
        return Arrival(set_aside=quarantine(self.name, [name], [text[:2_000]], reason), moved=True)

    def close(self):
        """Let go of the file."""
        self._reading = None
