"""The files of a watched folder: which have stopped growing, and what makes a file the one that was read."""

import os
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from retail_panel.feed.source import SourceDown

TABLES = (".csv", ".tsv", ".tab", ".txt", ".psv", ".parquet", ".pq")
JSON_LINES = (".jsonl", ".ndjson")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
UNFINISHED = (".tmp", ".part")


@dataclass(frozen=True)
class Mark:
    """What a file is known by: `identity` by name, size and content, `stamp` by name, size and time of change."""

    identity: str
    stamp: str


class FolderFiles:
    """Looks into a folder; its folders are not looked into.

    Parameters
    ----------
    folder : Path
    settled_s : float
        Seconds for which a file must have stayed as it is, counted from when it was first seen so.
    clock : callable
        Seconds of any steady clock.
    """

    def __init__(self, folder, settled_s, clock=time.monotonic):
        self.folder, self._settled_s, self._clock = folder, settled_s, clock
        self._seen = {}

    def settled(self):
        """Return the paths of files that have stopped growing, in the order of their names, with their stamps.

        Raises
        ------
        SourceDown
            The folder cannot be read.
        """
        now, seen = self._clock(), {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if is_wanted(entry.name) and entry.is_file():
                        stamp = stamp_of(entry.name, entry.stat())
                        before, since = self._seen.get(entry.name, (None, now))
                        seen[entry.name] = stamp, since if before == stamp else now
        except OSError as error:
            raise SourceDown(f"folder {self.folder}: {error.strerror or error}") from error
        self._seen = seen
        return [
            (self.folder / name, stamp)
            for name, (stamp, since) in sorted(seen.items())
            if now - since >= self._settled_s
        ]


def is_wanted(name):
    """Tell by its name whether a file is to be read."""
    lower = name.lower()
    if lower.startswith(".") or lower.endswith(UNFINISHED):
        return False
    return lower.endswith(TABLES + PACKED) or is_json_lines(name)


def is_json_lines(name):
    """Tell by its name whether a file holds JSON lines, packed or not."""
    path = Path(name.lower())
    return (path.with_suffix("") if path.suffix in PACKED else path).suffix in JSON_LINES


def stamp_of(name, found):
    """Return a file's stamp from its ``os.stat``."""
    return _digest(f"{name}\0{found.st_size}\0{found.st_mtime_ns}".encode("utf-8", "surrogateescape"), 8)


def mark_of(path):
    """Return a file's :class:`Mark`; all of it is read.

    Raises
    ------
    OSError
        It cannot be read.
    """
    content = blake2b(digest_size=16)
    with open(path, "rb") as stream:
        found = os.fstat(stream.fileno())
        while chunk := stream.read(1 << 20):
            content.update(chunk)
    about = f"{path.name}\0{found.st_size}\0{content.hexdigest()}"
    return Mark(_digest(about.encode("utf-8", "surrogateescape"), 16), stamp_of(path.name, found))


def _digest(text, size):
    return blake2b(text, digest_size=size).hexdigest()
