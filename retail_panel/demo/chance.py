"""Random draws that give the same values with every version of NumPy, on every machine.

NumPy promises the raw stream of :class:`numpy.random.PCG64`, from which ``Generator.random`` takes its numbers one by
one, but not the streams of the other methods (NEP 19). So every draw here is made from uniform numbers.
"""

import zlib

import numpy as np


class Chance:
    """One stream of random numbers, named after the part of the demo data that it makes.

    Parameters
    ----------
    seed : int
        Zero or more; the same seed gives the same stream.
    part : str
        Parts have streams of their own, so that a change in one leaves the others as they were.
    """

    def __init__(self, seed, part):
        self._draws = np.random.Generator(np.random.PCG64([seed, zlib.crc32(part.encode())]))

    def uniform(self, count):
        """Return `count` numbers from 0 (included) to 1 (excluded)."""
        return self._draws.random(count)

    def between(self, low, high, count):
        """Return `count` numbers from `low` (included) to `high` (excluded); both may be arrays of that length."""
        return low + (np.asarray(high) - low) * self.uniform(count)

    def whole(self, low, high, count):
        """Return `count` whole numbers from `low` to `high`, both included."""
        return np.floor(self.between(low, np.asarray(high) + 1, count)).astype(np.int64)

    def yes(self, chance, count):
        """Return `count` booleans, each true with its `chance` (one number or an array)."""
        return self.uniform(count) < chance

    def pick(self, weights, count):
        """Return `count` positions in `weights` (1-d), each position as likely as its weight."""
        edges = np.cumsum(weights)
        return np.searchsorted(edges / edges[-1], self.uniform(count), side="right")

    def pick_in(self, weights, rows):
        """Return one column position per entry of `rows`, by the weights in that row of `weights` (2-d)."""
        edges = np.cumsum(weights, axis=1)
        edges = edges / edges[:, -1:]
        starts = (edges + np.arange(len(edges))[:, None]).ravel()
        found = np.searchsorted(starts, rows + self.uniform(len(rows)), side="right") - rows * weights.shape[1]
        return np.clip(found, 0, weights.shape[1] - 1)

    def exponential(self, count):
        """Return `count` numbers of an exponential distribution with mean 1, to nine decimals."""
        return _steady(-np.log1p(-self.uniform(count)))

    def normal(self, count):
        """Return `count` numbers of a normal distribution with mean 0 and deviation 1, to nine decimals."""
        radius = np.sqrt(2 * self.exponential(count))
        return _steady(radius * np.cos(2 * np.pi * self.uniform(count)))

    def rounded(self, values):
        """Return `values` rounded up or down at random such that the mean stays as it is."""
        return np.floor(values + self.uniform(len(values))).astype(np.int64)


def _steady(values):
    """Drop the last digits, in which processors differ (logarithm and cosine are not rounded alike everywhere)."""
    return np.round(values, 9)
