"""Sightings: customers who are seen in a piece of a dimension, by where they were seen before.

``n`` pairs (previous, piece) add ``n`` to each run [a, b) of pieces with previous < a <= piece < b; the code of
``previous`` is one more than its piece, and 0 where there is none. So what is counted once is counted over any run.
All counts come of one pass over lines in memory, piece after piece.
"""

import numpy as np

#: No order has this number.
NO_ORDER = np.iinfo("int64").min


class Sightings:
    """Pairs of pieces of those who are numbered.

    Parameters
    ----------
    many : int
        How many numbers there are, from 0 on.
    pieces : int
        How many pieces, 255 at most.
    """

    def __init__(self, many, pieces):
        self._last, self._is_here, self._pieces = np.zeros(many, "uint8"), np.zeros(many, bool), pieces
        self._groups = []

    def group(self, shape, code=None):
        """Count them apart by a code of theirs.

        Parameters
        ----------
        shape : tuple of int
            What the codes are places in; one of them stands for the values of several dimensions.
        code : callable, optional
            Takes numbers; returns their codes, less than 0 for none. Default: all are counted together.

        Returns
        -------
        numpy.ndarray
            Shape (previous piece + 1, piece, *shape), filled by :meth:`see`.
        """
        array = np.zeros((self._pieces + 1, self._pieces, *shape))
        cells = int(np.prod(shape, dtype=int))
        self._groups.append((array.reshape(self._pieces + 1, self._pieces, cells), cells, code))
        return array

    def see(self, piece, who):
        """Take note of the numbers that are in a piece, each once or more; pieces come in their order."""
        found = _each_once(self._is_here, who)
        before = self._last[found].astype(np.intp)
        self._last[found] = piece + 1
        for array, cells, code in self._groups:
            at = before
            if code is not None:
                codes = code(found)
                at = before * cells + codes
                if codes.min(initial=0) < 0:
                    at = at[codes >= 0]
            rows = int(before.max(initial=0)) + 1
            array[:rows, piece] += np.bincount(at, minlength=rows * cells).reshape(rows, cells)


class Repeats:
    """Pairs of pieces of those who are numbered and have been seen with two orders; ``n`` may be less than 0.

    Parameters
    ----------
    many, pieces : int
        As :class:`Sightings`.

    Attributes
    ----------
    array : numpy.ndarray
        Shape (previous piece + 1, piece).
    """

    def __init__(self, many, pieces):
        self.array = np.zeros((pieces + 1, pieces))
        # Where each was last, with which order, and where last with another one.
        self._last, self._other = np.zeros(many, "uint8"), np.zeros(many, "uint8")
        self._order = np.full(many, NO_ORDER)
        self._is_here, self._has_more, self._now = np.zeros(many, bool), np.zeros(many, bool), np.zeros(many, "int64")

    def see(self, piece, who, order):
        """Take note of numbers in a piece and the order of each; pieces come in their order."""
        found = _each_once(self._is_here, who)
        self._now[who] = order
        self._has_more[who[self._now[who] != order]] = True
        order, several = self._now[found], self._has_more[found]
        self._has_more[found] = False
        told = self._other[found]
        # A run holds two orders if it goes back to the last line of another order than this one.
        back = np.where(order == self._order[found], told, self._last[found])
        back[several] = piece + 1
        self._last[found], self._other[found], self._order[found] = piece + 1, back, order
        size = len(self.array)
        self.array[:, piece] += np.bincount(told, minlength=size) - np.bincount(back, minlength=size)


def _each_once(is_here, who):
    """Return numbers once each, in their order; ``is_here`` is false for all, before and after."""
    if not len(who):
        return who
    low, high = int(who.min()), int(who.max()) + 1
    is_here[who] = True
    found = np.flatnonzero(is_here[low:high]) + low
    is_here[found] = False
    return found
