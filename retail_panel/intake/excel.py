"""A sheet of an Excel workbook (.xlsx) as blocks of rows; needs the extra ``excel``."""

import itertools
import zipfile
from contextlib import contextmanager
from datetime import date, datetime, time

import numpy as np
import pyarrow as pa

from retail_panel.errors import UnusableInput
from retail_panel.intake.block import Block
from retail_panel.intake.database import number_columns
from retail_panel.intake.dialect import columns_of

BLOCK_ROWS = 50_000


class Excel:
    """One sheet; positions are the sheet's row numbers.

    Parameters
    ----------
    file : WatchedFile
    sheet : str, optional
        Sheet name; the first sheet that is not empty by default.
    """

    layout = ""
    steady = True

    def __init__(self, file, sheet=None):
        self.file, self.name = file, file.name
        with self._open() as book:
            if sheet and sheet not in book.sheetnames:
                raise UnusableInput(f"{self.name}: there is no sheet {sheet!r}; it has {', '.join(book.sheetnames)}")
            names = [sheet] if sheet else book.sheetnames
            self._sheet, self._header, header = next(
                ((name, *found) for name in names if (found := _first_row(book[name]))), (None, None, None)
            )
        if self._sheet is None:
            raise UnusableInput(f"{self.name}: the workbook is empty; a header and rows are expected")
        self.columns = columns_of(header, self.name)
        with self._open() as book:
            rows = book[self._sheet].iter_rows(min_row=self._header + 1, max_row=self._header + 1_000, values_only=True)
            self.typed = number_columns(self.columns, list(rows))
        self.decisions = {"format": "Excel", "sheet": self._sheet}

    @contextmanager
    def _open(self):
        try:
            import openpyxl
        except ImportError:
            raise UnusableInput(
                f"{self.name}: reading Excel needs openpyxl: pip install 'retail-panel[excel]'"
            ) from None
        self.file.check_unchanged()
        with self.file.guard(), self.file.path.open("rb") as raw:
            try:
                book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
            except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
                raise UnusableInput(f"{self.name}: not a readable Excel workbook ({error})") from error
            try:
                yield book
            finally:
                book.close()
        self.file.check_unchanged()

    def blocks(self):
        """Yield the rows as :class:`~retail_panel.intake.block.Block`, in the order of the sheet."""
        width = len(self.columns)
        with self._open() as book:
            sheet = book[self._sheet]
            total = max(sheet.max_row or 1, 1)
            rows = enumerate(sheet.iter_rows(values_only=True), 1)
            rows = ((at, row) for at, row in rows if at > self._header and any(value is not None for value in row))
            while part := list(itertools.islice(rows, BLOCK_ROWS)):
                positions = np.array([at for at, _ in part], np.int64)
                table = pa.table(
                    [
                        pa.array([_text(row[i]) if i < len(row) else None for _, row in part], pa.string())
                        for i in range(width)
                    ],
                    names=list(self.columns),
                )
                yield Block(
                    table, self.name, lambda positions=positions: positions, share=min(positions[-1] / total, 1.0)
                )


def _first_row(sheet):
    for at, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(value is not None for value in row):
            values = ["" if value is None else str(value) for value in row]
            while not values[-1].strip():
                values.pop()
            return at, values
    return None


def _text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
