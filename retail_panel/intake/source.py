"""Opening what the user points at: a file, a folder or a database table, as one or more tables of raw rows."""

from pathlib import Path

from retail_panel.errors import UnusableInput
from retail_panel.intake.compressed import WatchedFile
from retail_panel.intake.database import Database, is_database
from retail_panel.intake.delimited import Delimited
from retail_panel.intake.excel import Excel
from retail_panel.intake.parquet import Parquet

DATA_ENDINGS = ("csv", "tsv", "tab", "txt", "psv", "parquet", "pq", "xlsx", "xlsm", "gz", "bz2", "xz", "zst", "zip")


class Parts:
    """Files of a folder with the same columns, read one after the other as one table.

    Parameters
    ----------
    parts : list
        Opened files, in the order of their names.
    name : str
        Name for reports.
    """

    steady = True

    def __init__(self, parts, name):
        self.parts, self.name = parts, name
        self.columns, self.layout = parts[0].columns, parts[0].layout
        self.typed = frozenset.intersection(*(frozenset(part.typed) for part in parts))

    @property
    def decisions(self):
        """What was decided for the first file, and how many there are."""
        return {**self.parts[0].decisions, "files": ", ".join(part.name for part in self.parts)}

    def blocks(self):
        """Yield the rows of all files as blocks."""
        for index, part in enumerate(self.parts):
            for block in part.blocks():
                share = None if block.share is None else (index + block.share) / len(self.parts)
                yield type(block)(
                    block.rows.select(list(self.columns)),
                    block.source,
                    block.positions,
                    block.text,
                    block.rejected,
                    share,
                )


def open_source(source, encoding=None, delimiter=None):
    """Open a source.

    Parameters
    ----------
    source : str or pathlib.Path
        A file (CSV, plain or compressed; Parquet; Excel, with ``#sheet`` if need be), a folder of such files, or a
        database URL with ``#table``.
    encoding, delimiter : str, optional
        What the user knows about delimited text.

    Returns
    -------
    list
        Opened tables, each with `name`, `columns`, `typed`, `layout`, `steady`, `decisions` and `blocks()`.

    Raises
    ------
    UnusableInput
        Nothing there, not readable, empty, or duplicate column names.
    """
    if is_database(source):
        return [Database(source)]
    path, sheet = Path(source), None
    if not path.exists() and "#" in path.name:
        name, _, sheet = path.name.partition("#")
        path = path.with_name(name)
    if not path.is_dir():
        return [_open_file(path, encoding, delimiter, sheet)]
    files = sorted(
        p
        for p in path.iterdir()
        if p.is_file() and not p.name.startswith(".") and p.suffix.lower().lstrip(".") in DATA_ENDINGS
    )
    if not files:
        raise UnusableInput(f"{path}: the folder has no data files; endings allowed are {', '.join(DATA_ENDINGS)}")
    groups = {}
    for file in files:
        opened = _open_file(file, encoding, delimiter, None)
        groups.setdefault((frozenset(opened.columns), opened.layout), []).append(opened)
    return [parts[0] if len(parts) == 1 else Parts(parts, path.name) for parts in groups.values()]


def _open_file(path, encoding, delimiter, sheet):
    file = WatchedFile(path)
    if file.size == 0:
        raise UnusableInput(f"{file.name}: the file is empty; a header and rows are expected")
    if file.head.startswith(b"PAR1") or path.suffix.lower() in (".parquet", ".pq"):
        return Parquet(file)
    if file.compression == "zip" and path.suffix.lower() in (".xlsx", ".xlsm"):
        return Excel(file, sheet)
    if file.head.startswith(b"\xd0\xcf\x11\xe0") or path.suffix.lower() in (".xlsx", ".xlsm"):
        raise UnusableInput(f"{file.name}: not an Excel workbook of the kind that can be read; save it as .xlsx or CSV")
    return Delimited(file, encoding, delimiter)
