"""Intervals and tests of what customers answered."""

import numpy as np
from scipy.special import gammaln
from scipy.stats import norm, ttest_ind_from_stats
from scipy.stats import t as student

CONFIDENCE = 0.95
_Z = norm.ppf(0.5 + CONFIDENCE / 2)
#: Standard deviations beyond which a table of fixed margins has no chance that a float could tell.
_FAR = 40
#: Tables whose chances differ by less, relatively, differ by rounding alone.
_TIE = 1e-7


def share_interval(hits, answers):
    """Return the 95 % interval of a share; arrays of both ends, NaN without answers.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    hits, answers = np.asarray(hits, float), np.asarray(answers, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / answers
        middle = (share + _Z**2 / (2 * answers)) / (1 + _Z**2 / answers)
        half = _Z * np.sqrt(share * (1 - share) / answers + _Z**2 / (4 * answers**2)) / (1 + _Z**2 / answers)
    # All or nothing ends at the bound itself, which rounding would miss.
    return np.where(hits == 0, np.minimum(share, 0), middle - half), np.where(hits == answers, share, middle + half)


def nps_interval(promoters, detractors, answers):
    """Return the 95 % interval of an NPS, -100 to 100; arrays of both ends, NaN without answers.

    Source: Rocks (2016), Interval estimation for the Net Promoter Score, The American Statistician 70: the adjusted
    Wald interval, with three quarters of an answer added to promoters and to detractors, and three to all.
    """
    promoters, detractors, answers = (np.asarray(n, float) for n in (promoters, detractors, answers))
    up, down = (promoters + 0.75) / (answers + 3), (detractors + 0.75) / (answers + 3)
    half = _Z * np.sqrt((up + down - (up - down) ** 2) / (answers + 3))
    ends = (np.clip(100 * (up - down + sign * half), -100, 100) for sign in (-1, 1))
    return tuple(np.where(answers > 0, end, np.nan) for end in ends)


def difference_of_shares(hits, answers):
    """Compare two shares.

    Parameters
    ----------
    hits, answers : pair of int
        Of the one and of the other; both have answers.

    Returns
    -------
    low, high : float
        95 % interval of the first share less the second.
    p_value : float
        Fisher's exact test, two-sided.

    Notes
    -----
    Source: Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17, method 10.
    """
    share = np.asarray(hits) / np.asarray(answers)
    low, high = share_interval(hits, answers)
    gap = share[0] - share[1]
    below = np.hypot(share[0] - low[0], high[1] - share[1])
    above = np.hypot(high[0] - share[0], share[1] - low[1])
    return float(gap - below), float(gap + above), fisher_p(hits, answers)


def fisher_p(hits, answers):
    """Return how likely two shares are so unlike each other, or more, were they of one whole: Fisher's test, two-sided.

    Parameters
    ----------
    hits, answers : pair of int
        Of the one and of the other.

    Returns
    -------
    float
        The chances of all tables with these margins that are no likelier than the one seen.

    Notes
    -----
    :func:`scipy.stats.fisher_exact` says the same, but takes some milliseconds a table of thousands of answers, and a
    page compares dozens.

    Source: Fisher (1922), On the interpretation of chi-squared from contingency tables, J. R. Stat. Soc. 85.
    """
    number, every, own, seen = sum(answers), sum(hits), answers[0], hits[0]
    mean = own * every / number
    deviation = np.sqrt(mean * (1 - every / number) * (number - own) / max(number - 1, 1))
    least = max(0, own + every - number, min(seen, int(mean - _FAR * deviation)))
    most = min(own, every, max(seen, int(mean + _FAR * deviation) + 1))
    k = np.arange(least, most + 1)
    chance = -sum(gammaln(cell + 1) for cell in (k, own - k, every - k, number - own - every + k))
    chance = np.exp(chance - chance.max())
    return float(chance[chance <= chance[seen - least] * (1 + _TIE)].sum() / chance.sum())


def difference_of_nps(promoters, detractors, answers):
    """Compare two Net Promoter Scores.

    Parameters
    ----------
    promoters, detractors, answers : pair of int
        Of the one and of the other; both have two answers or more.

    Returns
    -------
    low, high : float
        95 % interval of the first NPS less the second, in points.
    p_value : float
        Welch's test on 100 a promoter, -100 a detractor and 0 for the rest; 1 where neither varies and both are equal,
        0 where neither varies and they differ.
    """
    promoters, detractors, answers = (np.asarray(n, float) for n in (promoters, detractors, answers))
    up, down = promoters / answers, detractors / answers
    mean = 100 * (up - down)
    spread = 100 * np.sqrt(np.maximum(up + down - (up - down) ** 2, 0) * answers / (answers - 1))
    gap = float(mean[0] - mean[1])
    if not spread.any():
        return gap, gap, float(gap == 0)
    test = ttest_ind_from_stats(mean[0], spread[0], answers[0], mean[1], spread[1], answers[1], equal_var=False)
    error = np.sqrt((spread**2 / answers).sum())
    degrees = error**4 / ((spread**2 / answers) ** 2 / (answers - 1)).sum()
    half = float(student.ppf(0.5 + CONFIDENCE / 2, degrees) * error)
    return gap - half, gap + half, float(test.pvalue)
