"""Means, shares and ratios with their intervals, from sufficient statistics: the rows stay in the store."""

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri, stdtr, stdtrit

#: Confidence of every interval shown.
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and how far it is to be trusted.

    Attributes
    ----------
    value : float or None
        The figure; None of nothing.
    low, high : float or None
        Ends of its interval; None where one observation, or none, says nothing about spread.
    n : float
        Observations behind it.
    std_error, df : float or None
        Standard error and degrees of freedom; None as the ends are.
    std : float or None
        Standard deviation of the observations.
    effective_n : float or None
        Of a share: how many independent observations the ``n`` are worth.
    """

    value: float | None
    low: float | None
    high: float | None
    n: float
    std_error: float | None = None
    df: float | None = None
    std: float | None = None
    effective_n: float | None = None


@dataclass(frozen=True)
class Difference:
    """The first figure less the second.

    Attributes
    ----------
    value, low, high : float or None
        The difference and its interval; None where either figure has no spread to judge by.
    relative : float or None
        The difference as a share of the second figure; None where that is zero.
    effect : float or None
        Cohen's d (means: the difference in standard deviations) or h (shares); about 0.2 is small, 0.5 medium, 0.8
        large. None where nothing varies.
    p : float or None
        Chance of a difference at least as large if there were none.
    df : float or None
        Degrees of freedom; None for shares.

    Source
    ------
    J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988, chapters 2 and 6.
    """

    value: float | None
    low: float | None
    high: float | None
    relative: float | None
    effect: float | None
    p: float | None
    df: float | None = None


def estimate(value, std_error, df, n, std=None, level=LEVEL):
    """Return an estimate with the t interval of a standard error; without one below one degree of freedom."""
    if value is None or std_error is None or df is None or df < 1:
        return Estimate(value, None, None, n, std=std)
    half = _t(level, df) * std_error
    return Estimate(value, value - half, value + half, n, std_error, df, std)


def mean_interval(n, mean, variance, level=LEVEL):
    """Return a mean of independent observations with its t interval.

    Parameters
    ----------
    n : int
        Observations.
    mean, variance : float or None
        Their mean and variance (ddof 1).
    level : float
        Confidence.

    Returns
    -------
    Estimate

    Source
    ------
    Student, The Probable Error of a Mean, Biometrika 6 (1908).
    """
    if not n:
        return Estimate(None, None, None, 0)
    if n < 2 or variance is None or math.isnan(variance):
        return Estimate(mean, None, None, n)
    return estimate(mean, math.sqrt(variance / n), n - 1, n, math.sqrt(variance), level)


def ratio_interval(clusters, top, bottom, top_top, top_bottom, bottom_bottom, std=None, level=LEVEL):
    """Return a ratio of two sums whose terms come in clusters, such as the lines of a customer.

    With ``bottom`` the number of observations of each cluster it is a mean with a cluster-robust interval.

    Parameters
    ----------
    clusters : int
        Independent clusters.
    top, bottom : float
        Sum over the clusters of the numerator's and the denominator's sums of a cluster.
    top_top, top_bottom, bottom_bottom : float
        Sums over the clusters of the squares and the product of a cluster's two sums.
    std : float, optional
        Handed on to the estimate.
    level : float
        Confidence.

    Returns
    -------
    Estimate
        ``n`` is ``bottom``, ``df`` is clusters less one.

    Source
    ------
    W. G. Cochran, Sampling Techniques, 1977, section 6.3 (delta method); for a mean it is the sandwich of K.-Y. Liang
    and S. L. Zeger, Biometrika 73 (1986), with the correction G / (G - 1).
    """
    if not clusters or not bottom:
        return Estimate(None, None, None, 0)
    ratio = top / bottom
    if clusters < 2:
        return Estimate(ratio, None, None, bottom, std=std)
    residual = max(top_top - 2 * ratio * top_bottom + ratio**2 * bottom_bottom, 0.0)
    std_error = math.sqrt(clusters / (clusters - 1) * residual) / abs(bottom)
    return estimate(ratio, std_error, clusters - 1, bottom, std, level)


def share_interval(count, n, design_effect=1.0, level=LEVEL):
    """Return a share with its Wilson interval, which stays within 0 and 1 and holds for few observations too.

    Parameters
    ----------
    count, n : float
        Observations that have the property, and all.
    design_effect : float
        Variance of the share over what it would be were observations independent; the interval is that of ``n``
        divided by it.
    level : float
        Confidence.

    Returns
    -------
    Estimate
        Without ``df``; ``std_error`` is that of the plain normal approximation.

    Source
    ------
    E. B. Wilson, JASA 22 (1927); E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998), for clustered samples.
    """
    if not n:
        return Estimate(None, None, None, 0)
    share, size, z = count / n, n / design_effect, float(ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * math.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    std = math.sqrt(share * (1 - share))
    low, high = (0.0 if not count else middle - half), (1.0 if count == n else middle + half)
    return Estimate(share, low, high, n, std / math.sqrt(size), None, std, size)


def difference_of_means(first, second, covariance=0.0, level=LEVEL):
    """Compare two means of unequal variance.

    Parameters
    ----------
    first, second : Estimate
        As :func:`mean_interval` or :func:`ratio_interval` return.
    covariance : float
        Of the two means, where some customers are behind both; see :mod:`retail_panel.insight.groups`.
    level : float
        Confidence.

    Returns
    -------
    Difference
        ``effect`` is Cohen's d over the root of the mean of the two variances.

    Source
    ------
    B. L. Welch, Biometrika 34 (1947); F. E. Satterthwaite, Biometrics Bulletin 2 (1946), for the degrees of freedom.
    """
    if first.std_error is None or second.std_error is None:
        return _unknown(first, second)
    gap = first.value - second.value
    parts = first.std_error**2, second.std_error**2
    variance, weight = sum(parts) - 2 * covariance, parts[0] / sum(parts) if sum(parts) else 1.0
    df = 1 / (weight**2 / first.df + (1 - weight) ** 2 / second.df)
    std = math.sqrt((first.std**2 + second.std**2) / 2) if first.std is not None and second.std is not None else 0
    # What is left of a variance that cancels to nothing is rounding.
    std_error = math.sqrt(variance) if variance > 1e-12 * sum(parts) else 0.0
    p = 2 * float(stdtr(df, -abs(gap) / std_error)) if std_error else float(gap == 0)
    half = _t(level, df) * std_error
    return Difference(gap, gap - half, gap + half, _relative(gap, second), gap / std if std else None, p, df)


def difference_of_shares(first, second):
    """Compare two shares of different observations.

    Parameters
    ----------
    first, second : Estimate
        As :func:`share_interval` returns, design effects included; the interval of the difference has their level.

    Returns
    -------
    Difference
        ``effect`` is Cohen's h; ``p`` is that of the chi-square test of the 2 x 2 table without continuity correction,
        on effective counts.

    Source
    ------
    R. G. Newcombe, Statistics in Medicine 17 (1998), method 10, for the interval; J. N. K. Rao and A. J. Scott,
    Biometrics 48 (1992), for effective counts.
    """
    if not first.n or not second.n:
        return _unknown(first, second)
    gap = first.value - second.value
    sizes = first.effective_n, second.effective_n
    pooled = (first.value * sizes[0] + second.value * sizes[1]) / sum(sizes)
    std_error = math.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    p = 2 * float(ndtr(-abs(gap) / std_error)) if std_error else 1.0
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    effect = 2 * math.asin(math.sqrt(first.value)) - 2 * math.asin(math.sqrt(second.value))
    return Difference(gap, gap - below, gap + above, _relative(gap, second), effect, p)


def _unknown(first, second):
    if first.value is None or second.value is None:
        return Difference(None, None, None, None, None, None)
    gap = first.value - second.value
    return Difference(gap, None, None, _relative(gap, second), None, None)


def _relative(gap, second):
    return gap / abs(second.value) if second.value else None


def _t(level, df):
    return float(stdtrit(df, (1 + level) / 2))
