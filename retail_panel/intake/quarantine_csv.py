"""Rows set aside as a CSV that a spreadsheet opens without running anything."""

import csv
from pathlib import Path

from retail_panel.errors import UnusableInput
from retail_panel.schema import QUARANTINE
from retail_panel.spreadsheet import guarded

HEADER = tuple(column.name for column in QUARANTINE)


class QuarantineCsv:
    """Writes quarantine tables to a CSV file (UTF-8 with byte order mark), one after the other.

    Parameters
    ----------
    path : str or pathlib.Path
    """

    def __init__(self, path):
        self.path = Path(path)

    def __enter__(self):
        try:
            self._stream = self.path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise UnusableInput(f"{self.path}: cannot be written ({error.strerror})") from error
        self._writer = csv.writer(self._stream)
        self._writer.writerow(HEADER)
        return self

    def add(self, rows):
        """Append a table with the columns of ``schema.QUARANTINE``."""
        columns = (rows[name].to_pylist() for name in HEADER)
        self._writer.writerows([guarded(value) for value in row] for row in zip(*columns, strict=True))

    def __exit__(self, *_):
        self._stream.close()
