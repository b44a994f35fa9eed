"""Fisher's exact test of over-representation, for many pairs at once."""

import numpy as np
from scipy.special import gammaln

_NEGLIGIBLE = 1e-17


def over_representation(both, left, right, number):
    """Return the chance of so many baskets with both, or more, were two values independent of each other.

    Parameters
    ----------
    both, left, right : numpy.ndarray of int
        Baskets with both values, with the one, with the other.
    number : int or numpy.ndarray of int
        Baskets in all.

    Returns
    -------
    numpy.ndarray of float
        Upper tail of the hypergeometric distribution, including ``both``.

    Notes
    -----
    :func:`scipy.stats.hypergeom.sf` says the same, but takes 0.14 ms a pair up to 104,723 baskets, several seconds for
    all pairs. Here the terms follow from each other by their ratio, away from the mean on the side where they die out.

    Source: Fisher (1922), On the interpretation of chi-squared from contingency tables, J. R. Stat. Soc. 85.

    Examples
    --------
    >>> over_representation(np.array([3]), np.array([3]), np.array([3]), 6).round(4).tolist()
    [0.05]
    """
    both, left, right, number = np.broadcast_arrays(*(np.asarray(n, float) for n in (both, left, right, number)))
    neither = number - left - right
    is_above = both * number > left * right
    # The tail itself from the mean upward, what it leaves from there downward.
    start = np.where(is_above, both, both - 1)
    log_start = _log_choose(left, start) + _log_choose(number - left, right - start) - _log_choose(number, right)
    total = _series(start, is_above, left, right, neither)
    with np.errstate(divide="ignore"):
        side = np.exp(np.minimum(log_start + np.log(total), 0))
    return np.where(is_above, side, 1 - side)


def _series(start, is_above, left, right, neither):
    """Add up the terms from ``start`` on, the first being 1; 0 where there are none."""
    possible = (start >= 0) & (neither + start >= 0) & (start <= np.minimum(left, right))
    total = possible.astype(float)
    left_of, rows = total.copy(), np.flatnonzero(possible)
    at = start.copy()
    while rows.size:
        x, up = at[rows], is_above[rows]
        a, b, d = left[rows], right[rows], neither[rows]
        rising = np.maximum((a - x) * (b - x), 0) / np.maximum((x + 1) * (d + x + 1), 1)
        falling = np.maximum(x * (d + x), 0) / np.maximum((a - x + 1) * (b - x + 1), 1)
        left_of[rows] *= np.where(up, rising, falling)
        total[rows] += left_of[rows]
        at[rows] += np.where(up, 1, -1)
        rows = rows[left_of[rows] > _NEGLIGIBLE * total[rows]]
    return total


def _log_choose(n, k):
    return gammaln(n + 1) - gammaln(np.maximum(k, 0) + 1) - gammaln(np.maximum(n - k, 0) + 1)
