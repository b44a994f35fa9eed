"""Contrast: the figures of any two sets of order lines side by side, and which differences are beyond noise."""

import math
from dataclasses import dataclass, replace
from functools import partial

from retail_panel.figures import combined, figures, leaves_of
from retail_panel.formats import change
from retail_panel.insight.comparison import LEAST, LEAST_GAP, LEAST_POINTS
from retail_panel.insight.correction import Q, adjusted
from retail_panel.insight.finding import written
from retail_panel.insight.interval import difference_of_means, difference_of_shares, share_interval
from retail_panel.insight.paired_sums import estimates, is_ratio, is_share_of_customers, paired_sums
from retail_panel.measures import MEASURES
from retail_panel.store import EVERYTHING

MEANS = "Welch's test of two ratios of sums, customers as clusters"
SHARES = "chi-square test of two shares"


@dataclass(frozen=True)
class Contrast:
    """One measure in A and in B.

    Attributes
    ----------
    name, label, unit : str
        As in :class:`retail_panel.measures.Measure`.
    a, b : float, int, date or None
        The figures, money in currency units.
    difference, relative : float or None
        a less b, and as a share of b's size; None where there is nothing to compare with, and for dates.
    low, high : float or None
        95 % interval of the difference; None where it is not tested.
    clusters : tuple of int
        Customers (and guests' orders) behind a and b; empty where it is not tested.
    test : str
        Which test; empty where there is none: a total has no chance to judge by, it grows with customers and days.
    p, p_adjusted : float or None
        Chance of such a difference between equals, and adjusted over all measures of the call; None also below 30
        clusters on either side.
    beyond_noise : bool or None
        Whether the difference is beyond chance and not trivially small (1 %, of shares half a percentage point); None
        where it could not be tested.
    """

    name: str
    label: str
    unit: str
    a: object
    b: object
    difference: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    clusters: tuple = ()
    test: str = ""
    p: float | None = None
    p_adjusted: float | None = None
    beyond_noise: bool | None = None

    def sentence(self, currency="GBP"):
        """Say it in plain English."""
        a, b = (written(value, self.unit, currency) for value in (self.a, self.b))
        if self.difference is None:
            return f"{self.label}: {a} in A, {b} in B."
        text = f"{self.label}: {a} in A, {b} in B ({change(self.a, self.b, self.unit, currency)})"
        if self.beyond_noise is None:
            return f"{text}."
        small = "too small to matter" if self.p_adjusted <= Q else "within noise"
        return f"{text}, a difference {'beyond noise' if self.beyond_noise else small}."


def contrast(store, a, b, names, policy=EVERYTHING, ticket=None, rows=math.inf):
    """Set two sets of order lines side by side.

    Parameters
    ----------
    store : Store
        Where they lie.
    a, b : ibis.Table
        Order lines as :func:`retail_panel.measures.facts` returns them: scopes, selections, segments. They may share
        customers and even lines; the intervals take that in.
    names : collection of str
        Measures of order lines.
    policy, ticket
        As in :meth:`retail_panel.store.Store.ask`.
    rows : int
        As in :func:`retail_panel.insight.paired_sums.paired_sums`.

    Returns
    -------
    tuple of Contrast
        One per name, in their order. Tested are the measures that divide one figure by another.

    Raises
    ------
    UnusableInput
        If a measure is unknown.

    Source
    ------
    W. G. Cochran, Sampling Techniques, 1977, section 6.3 (ratios of sums over customers, delta method); B. L. Welch,
    Biometrika 34 (1947); Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B 57 (1995).
    """
    ask = partial(store.ask, policy=policy, ticket=ticket)
    counted = [name for name in names if not any(MEASURES[leaf].whole for leaf in leaves_of([name]))]
    found = {row.name: row for row in _contrasts(ask, a, b, counted, rows)}
    others = [name for name in names if name not in found]
    one, other = (figures(store, {"order_line": lines}, others, policy=policy, ticket=ticket) for lines in (a, b))
    return judged([found.get(name) or _contrast(name, one[name], other[name], None) for name in names])


def _contrasts(ask, a, b, names, rows):
    """Set A and B side by side in one question, by measures that are sums, counts, or made of them."""
    if not names:
        return []
    leaves, ratios = list(leaves_of(names)), [name for name in names if is_ratio(name)]
    sums = paired_sums(ask, a, b, ratios, leaves, rows)
    one, other = (combined(names, {leaf: sums[f"{side}_{leaf}"] for leaf in leaves}) for side in "ab")
    return [_contrast(name, one[name], other[name], sums if name in ratios else None) for name in names]


def judged(rows):
    """Adjust the p values of all rows together and say which differences are beyond noise; a tuple of Contrast."""
    found = []
    for row, p in zip(rows, adjusted([row.p for row in rows]), strict=True):
        gap, least = (row.difference, LEAST_POINTS) if row.unit == "share" else (row.relative, LEAST_GAP)
        beyond = None if p is None else p <= Q and (gap is None or abs(gap) >= least)
        found.append(replace(row, p_adjusted=p, beyond_noise=beyond))
    return tuple(found)


def _contrast(name, a, b, sums):
    measure = MEASURES[name]
    row = Contrast(name, measure.label, measure.unit, a, b)
    if a is None or b is None or measure.unit == "day":
        return row
    row = replace(row, difference=a - b, relative=(a - b) / abs(b) if b else None)
    if sums is None:
        return row
    clusters = tuple(int(sums[f"{name}_{side}_clusters"]) for side in "ab")
    if is_share_of_customers(name) and not sums[f"{name}_ab_shared"]:
        counts = [(sums[f"{name}_{side}_x"], sums[f"{name}_{side}_y"]) for side in "ab"]
        gap, test = difference_of_shares(*(share_interval(*pair) for pair in counts)), SHARES
    else:
        gap, test = difference_of_means(*estimates(name, sums)), MEANS
    p = gap.p if min(clusters) >= LEAST else None
    return replace(row, low=gap.low, high=gap.high, clusters=clusters, test=test, p=p)
