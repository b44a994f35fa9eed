"""Opening files as byte streams: decompressed by what they begin with, and watched while they are read."""

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from retail_panel.errors import RetailPanelError, UnusableInput

MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
)
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)


class WatchedFile:
    """A file that must stay as it is from the first look to the last row.

    Parameters
    ----------
    path : str or pathlib.Path
        A regular file.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.name
        try:
            self._stamp = self._look()
        except FileNotFoundError:
            raise UnusableInput(f"{path}: there is no such file") from None
        if not self.path.is_file():
            raise UnusableInput(f"{path}: not a regular file; pipes and devices cannot be read twice, save it first")
        self.size = self._stamp[0]
        with self.guard(), self.path.open("rb") as stream:
            self.head = stream.read(8)
        self.compression = next((kind for magic, kind in MAGIC if self.head.startswith(magic)), None)

    def _look(self):
        found = os.stat(self.path)
        return found.st_size, found.st_mtime_ns, found.st_ino

    def check_unchanged(self):
        """Raise :class:`RetailPanelError` if the file has gone or changed since it was first seen."""
        try:
            now = self._look()
        except OSError:
            raise RetailPanelError(
                f"{self.name}: the file vanished while it was being read; nothing was loaded"
            ) from None
        if now != self._stamp:
            raise RetailPanelError(f"{self.name}: the file changed while it was being read; nothing was loaded")

    @contextmanager
    def guard(self):
        """Turn damage met while reading into one clear error."""
        try:
            yield
        except _DAMAGE as error:
            raise UnusableInput(
                f"{self.name}: the {self.compression or 'file'} data is damaged or ends early "
                f"({error}); copy or download it again"
            ) from error
        except FileNotFoundError as error:
            raise RetailPanelError(
                f"{self.name}: the file vanished while it was being read; nothing was loaded"
            ) from error
        except OSError as error:
            if self.compression and error.errno is None:
                raise UnusableInput(
                    f"{self.name}: the {self.compression} data is damaged or ends early "
                    f"({error}); copy or download it again"
                ) from error
            raise RetailPanelError(f"{self.name}: cannot be read ({error.strerror or error})") from error

    @contextmanager
    def stream(self):
        """Open the decompressed bytes.

        Returns
        -------
        tuple of (file-like, callable)
            The stream, and a function giving the share of the file read so far.
        """
        self.check_unchanged()
        with self.guard(), self.path.open("rb") as raw, _decompressed(raw, self) as stream:
            size = max(self.size, 1)
            yield stream, lambda: min(raw.tell() / size, 1.0)
        self.check_unchanged()


@contextmanager
def _decompressed(raw, file):
    if file.compression == "zip":
        with zipfile.ZipFile(raw) as archive, archive.open(zip_member(archive, file.name)) as member:
            yield member
        return
    if file.compression == "zstd":
        with pa.PythonFile(raw, "r") as source, pa.CompressedInputStream(source, "zstd") as stream:
            yield stream
        return
    openers = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    opener = openers.get(file.compression)
    if opener is None:
        yield raw
        return
    with opener(raw, "rb") as stream:
        yield stream


def zip_member(archive, name):
    """Return the one file inside a zip archive, or raise :class:`UnusableInput`."""
    members = [m for m in archive.namelist() if not m.endswith("/") and not m.startswith("__MACOSX")]
    if len(members) != 1:
        raise UnusableInput(
            f"{name}: the zip archive holds {len(members)} files ({', '.join(members[:5])}); one is "
            "allowed: unpack it and give the folder"
        )
    return members[0]
