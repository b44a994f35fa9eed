"""Whether groups differ by more than chance would have it: an omnibus test, and each group against the rest."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc, fdtrc

from retail_panel.insight.correction import Q, adjusted
from retail_panel.insight.groups import group_moments
from retail_panel.insight.interval import (
    Difference,
    Estimate,
    difference_of_means,
    difference_of_shares,
    estimate,
    share_interval,
)

#: Fewest observations, and fewest clusters (customers; guests' orders each), on both sides of what is compared.
LEAST = 30
#: Smallest gap that is sold as a finding, however many rows: of means relative to the rest, of shares in points.
LEAST_GAP = 0.01
LEAST_POINTS = 0.005
WELCH = "Welch's analysis of variance, customers as clusters"
CHI2 = "chi-square test on effective counts, customers as clusters"


@dataclass(frozen=True)
class Standing:
    """One value of a column against all others together.

    Attributes
    ----------
    value : object
        As found in the column.
    customers, clusters : int
        Distinct known customers; clusters, where each order of a guest is one too.
    estimate, rest : Estimate
        Mean (or share) of the value, and of all others together.
    difference : Difference
        The first less the second.
    enough : bool
        Whether there are 30 observations of 30 customers on both sides; without, nothing is tested.
    p_adjusted : float or None
        Adjusted over everything compared in one call.
    beyond_noise : bool
        Whether the gap is beyond chance after correction, the omnibus test too, and not trivially small.
    """

    value: object
    customers: int
    clusters: int
    estimate: Estimate
    rest: Estimate
    difference: Difference
    enough: bool
    p_adjusted: float | None = None
    beyond_noise: bool = False

    @property
    def is_large(self):
        """Whether the value itself has 30 observations of 30 customers, and so takes part in the omnibus test."""
        return min(self.estimate.n, self.clusters) >= LEAST


@dataclass(frozen=True)
class Comparison:
    """The values of one column compared.

    Attributes
    ----------
    name, unit : str
        As in :class:`retail_panel.insight.groups.Groups`.
    standings : tuple of Standing
        Most observations first.
    test : str
        Which omnibus test, in words.
    statistic, df : float or None, tuple
        Its F or chi-square, and degrees of freedom; None where fewer than two values have enough observations.
    p, p_adjusted : float or None
        Of the omnibus test.
    beyond_noise : bool
        Whether any standing is.
    """

    name: str
    unit: str
    standings: tuple
    test: str
    statistic: float | None
    df: tuple
    p: float | None
    p_adjusted: float | None = None
    beyond_noise: bool = False


def compare_groups(ask, lines, by, unit="transaction", q=Q):
    """Compare an average between the values of one or more columns.

    Parameters
    ----------
    ask, lines
        As in :func:`retail_panel.insight.groups.group_moments`.
    by : str, callable, or dict of str to str or callable
        Column to compare by; several under their names.
    unit : str
        ``transaction``: absolute value of a transaction; ``customer``: net sales of a customer; ``return``: share of
        lines returned.
    q : float
        Share of chance finds that is put up with.

    Returns
    -------
    tuple of Comparison
        One a column, all p values adjusted together.
    """
    columns = by if isinstance(by, dict) else {by if isinstance(by, str) else "value": by}
    return judge([compared(group_moments(ask, lines, column, unit, name)) for name, column in columns.items()], q)


def compared(groups):
    """Compare groups by their moments; nothing is judged yet, see :func:`judge`.

    Returns
    -------
    Comparison

    Source
    ------
    B. L. Welch, On the Comparison of Several Mean Values, Biometrika 38 (1951), with cluster-robust variances. Where
    customers are in several groups the sum of squares takes the covariances of their means in (Wald); where none are it
    is Welch's own. Shares: J. N. K. Rao and A. J. Scott, Biometrics 48 (1992), the chi-square test on counts divided by
    their design effects.
    """
    shares, standings = groups.unit == "return", []
    for row in groups.table.itertuples():
        own = _figure(shares, row.n, row.mean, row.variance, row.std_error, row.clusters)
        rest = _figure(shares, row.rest_n, row.rest_mean, row.rest_variance, row.rest_std_error, row.rest_clusters)
        gap = difference_of_shares(own, rest) if shares else difference_of_means(own, rest, row.rest_covariance)
        enough = min(row.n, row.clusters, row.rest_n, row.rest_clusters) >= LEAST
        standings.append(Standing(row.value, int(row.customers), int(row.clusters), own, rest, gap, enough))
    large = np.array([standing.is_large for standing in standings], bool)
    figures = [standing.estimate for standing in standings if standing.is_large]
    found = (None, (), None)
    if len(figures) > 1:
        found = _chi2(figures) if shares else _welch(figures, groups.covariance[np.ix_(large, large)])
    return Comparison(groups.name, groups.unit, tuple(standings), CHI2 if shares else WELCH, *found)


def p_values(comparisons):
    """Return the p values of each comparison's omnibus test, then of its standings; None where nothing is tested."""
    return [p for c in comparisons for p in (c.p, *(s.difference.p if s.enough else None for s in c.standings))]


def judge(comparisons, q=Q, beside=()):
    """Adjust the p values of all comparisons together and say what is beyond noise.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Everything that is looked at together.
    q : float
        Share of chance finds that is put up with.
    beside : sequence of float or None
        P values of other tests that are looked at together with these.

    Returns
    -------
    tuple of Comparison
    """
    fixed, judged = iter(adjusted([*p_values(comparisons), *beside])), []
    for comparison in comparisons:
        p = next(fixed)
        gate, least = p is not None and p <= q, LEAST_POINTS if comparison.unit == "return" else LEAST_GAP
        standings = []
        for standing in comparison.standings:
            own = next(fixed)
            gap = standing.difference.value if comparison.unit == "return" else standing.difference.relative
            beyond = gate and own is not None and own <= q and (gap is None or abs(gap) >= least)
            standings.append(replace(standing, p_adjusted=own, beyond_noise=beyond))
        beyond = any(standing.beyond_noise for standing in standings)
        judged.append(replace(comparison, standings=tuple(standings), p_adjusted=p, beyond_noise=beyond))
    return tuple(judged)


def _figure(is_share, n, mean, variance, std_error, clusters):
    if not n:
        return Estimate(None, None, None, 0)
    if not is_share:
        std = None if math.isnan(variance) else math.sqrt(variance)
        return estimate(mean, None if math.isnan(std_error) else std_error, clusters - 1, int(n), std)
    plain = mean * (1 - mean) / (n - 1) if n > 1 else 0.0
    design_effect = max(1.0, std_error**2 / plain) if plain > 0 and not math.isnan(std_error) else 1.0
    return share_interval(round(mean * n), int(n), design_effect)


def _welch(figures, covariance):
    """Return F, its degrees of freedom and p."""
    k, means = len(figures), np.array([figure.value for figure in figures])
    largest = np.diag(covariance).max()
    if not largest > 0:
        return None, (), float(np.ptp(means) == 0)
    # A group in which nothing varies would otherwise weigh infinitely much.
    covariance = covariance + np.diag(np.where(np.diag(covariance) < 1e-9 * largest, 1e-9 * largest, 0))
    weights = 1 / np.diag(covariance)
    contrasts = np.eye(k)[1:] - np.eye(k)[0]
    gaps = contrasts @ means
    squares = float(gaps @ np.linalg.pinv(contrasts @ covariance @ contrasts.T, hermitian=True) @ gaps)
    freedom = np.array([figure.df for figure in figures])
    spread = float(((1 - weights / weights.sum()) ** 2 / freedom).sum())
    statistic = squares / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    df = (k - 1, (k**2 - 1) / (3 * spread))
    return statistic, df, float(fdtrc(*df, statistic))


def _chi2(figures):
    """Return chi-square, its degrees of freedom and p."""
    sizes = np.array([figure.effective_n for figure in figures])
    shares = np.array([figure.value for figure in figures])
    pooled = float(sizes @ shares / sizes.sum())
    if pooled in (0.0, 1.0):
        return 0.0, (len(figures) - 1,), 1.0
    statistic = float((sizes * (shares - pooled) ** 2).sum() / (pooled * (1 - pooled)))
    return statistic, (len(figures) - 1,), float(chdtrc(len(figures) - 1, statistic))
