"""Deciding from a whole column whether the day or the month is written first."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.errors import UnusableInput
from retail_panel.intake.date_shapes import match_shapes
from retail_panel.intake.decimal_marks import STRAY_SHARE


class OrderEvidence:
    """What a column's texts say about the order of day and month, gathered block by block."""

    def __init__(self):
        self.day_first = self.month_first = self.either = self.zoned = 0
        self.shapes = {}
        self.example = {}

    def add(self, texts, counts):
        """Add distinct texts (pyarrow strings without nulls) and how often each came (int array)."""
        try:
            pc.cast(texts, pa.timestamp("us"))
            self._count("year-first", counts.sum())
            return
        except pa.ArrowInvalid:
            pass
        for shape, indices, fields in match_shapes(texts):
            self._count(shape, counts[indices].sum())
            if "zone" in fields:
                self.zoned += int(counts[indices][np.asarray(pc.not_equal(fields["zone"], ""))].sum())
            if "a" not in fields:
                continue
            first, second = (np.asarray(fields[name].cast(pa.int64())) for name in "ab")
            small = (first >= 1) & (second >= 1)
            for name, hits in (
                ("day_first", small & (first > 12) & (first <= 31) & (second <= 12)),
                ("month_first", small & (second > 12) & (second <= 31) & (first <= 12)),
                ("either", small & (first <= 12) & (second <= 12) & (first != second)),
            ):
                if hits.any():
                    setattr(self, name, getattr(self, name) + int(counts[indices][hits].sum()))
                    self.example.setdefault(name, texts[int(indices[np.argmax(hits)])].as_py()[:40])

    def _count(self, shape, rows):
        self.shapes[shape] = self.shapes.get(shape, 0) + int(rows)

    def decide(self, where):
        """Return day-first, month-first, or None when no date of the column depends on it.

        Raises
        ------
        UnusableInput
            Both orders are used, or every date can be read both ways.
        """
        if (
            self.day_first
            and self.month_first
            and min(self.day_first, self.month_first) > STRAY_SHARE * (self.day_first + self.month_first)
        ):
            raise UnusableInput(
                f"{where}: date formats are mixed: {self.day_first:,} dates have the day first (such as "
                f"{self.example['day_first']!r}) and {self.month_first:,} the month (such as "
                f"{self.example['month_first']!r}); say which with --date-format day-first or month-first (date_format "
                "in a mapping file); the others are then set aside"
            )
        if self.day_first or self.month_first:
            return "day-first" if self.day_first >= self.month_first else "month-first"
        if self.either:
            raise UnusableInput(
                f"{where}: whether the day or the month comes first cannot be told: no day is above 12 (such as "
                f"{self.example['either']!r}); say it with --date-format day-first or month-first (date_format in a "
                "mapping file)"
            )
        return None
