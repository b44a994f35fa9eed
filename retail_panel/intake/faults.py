"""Rows that cannot be loaded: the first reason found for each, and the quarantine table."""

import numpy as np
import pyarrow as pa

from retail_panel.schema import QUARANTINE, arrow_schema

EMPTY_ROW = "every recognised column is empty"


class Faults:
    """Collects why rows of a block cannot be loaded; the first reason counts.

    Parameters
    ----------
    size : int
        Rows of the block.
    """

    def __init__(self, size):
        self._reason = np.zeros(size, np.int16)
        self._reasons = [("", None)]

    @property
    def good(self):
        """Bool per row: nothing speaks against it."""
        return self._reason == 0

    def add(self, rows, reason, column=None):
        """Say what is wrong with some rows.

        Parameters
        ----------
        rows : ndarray of bool
        reason : str
            Short and stable; rows are counted by it.
        column : str, optional
            Source column at fault.
        """
        fresh = rows & (self._reason == 0)
        if fresh.any():
            self._reason[fresh] = len(self._reasons)
            self._reasons.append((reason, column))

    def add_status(self, status, present, words, what, column):
        """Say what is wrong with the values of a required column, by their status and whether they are there."""
        self.add(~present, f"{what} is missing", column)
        for value, words_of_value in words.items():
            self.add(present & (status == value), f"{what} {words_of_value}", column)

    def quarantine(self, block):
        """Return the rows at fault, those that could not be split included, as ``schema.QUARANTINE``."""
        indices = np.flatnonzero(self._reason)
        positions, texts = block.places(indices) if indices.size else ([], [])
        found = [self._reasons[i] for i in self._reason[indices]]
        rejected = block.rejected
        return pa.table(
            [
                pa.array([block.source] * (len(found) + len(rejected)), pa.string()),
                pa.array([*positions, *(str(row.position) for row in rejected)], pa.string()),
                pa.array([*(column for _, column in found), *(None for _ in rejected)], pa.string()),
                pa.array([*(reason for reason, _ in found), *(row.reason for row in rejected)], pa.string()),
                pa.array([*texts, *(row.text[:2_000] for row in rejected)], pa.string()),
            ],
            schema=arrow_schema(QUARANTINE),
        )
