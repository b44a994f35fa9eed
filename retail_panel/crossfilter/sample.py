"""A first answer over very many lines: from those of some customers, with how far it may be off.

Customers are drawn rather than lines, each with all they bought, so that their R, F, M, orders and rates are whole.
Guests are drawn by their orders.
"""

import math

import numpy as np

from retail_panel.figures import combined, figures, leaves_of
from retail_panel.measures import MEASURES

#: Order lines from which on there is a first answer: below, the exact one takes about a second.
SAMPLED_FROM = 5_000_000
#: A sample has at most so many lines, on average.
MOST_LINES = 500_000
#: A sample with fewer lines in scope tells nothing.
LEAST_LINES = 2_000
#: Groups of customers that a figure is taken without, one after the other.
GROUPS = 20
#: The 97.5th percentile of Student's t with one degree of freedom less than groups.
QUANTILE = 2.093
_SPAN, _ODD = 2**32, 2_654_435_761


def one_in(rows):
    """Return how many customers there are for each that is drawn; 1 where lines are few enough to need no sample."""
    return 1 if rows < SAMPLED_FROM else 2 ** math.ceil(math.log2(rows / MOST_LINES))


def is_drawn(lines, one_in):
    """Return the predicate of the lines that a sample has.

    Parameters
    ----------
    lines : ibis.Table
        The store's order lines.
    one_in : int
        As :func:`one_in` returns it.
    """
    by_order = lines.order_key % one_in == 0
    return lines.customer_key.isnull().ifelse(by_order, _scattered(lines.customer_key) < _SPAN // one_in)


def drawn_customers(customers, one_in):
    """Return the customers of a sample, as the store's customers."""
    return customers.filter(_scattered(customers.customer_key) < _SPAN // one_in) if one_in > 1 else customers


def _scattered(key):
    return (key.cast("int64") * _ODD) % _SPAN


def _group(lines, one_in):
    by_order = (lines.order_key.abs() % (one_in * GROUPS) / one_in).floor().cast("int64")
    if "customer_key" not in lines.columns:
        return by_order
    return lines.customer_key.isnull().ifelse(by_order, _scattered(lines.customer_key) % GROUPS)


def scaled(arrays, one_in):
    """Return histograms of a sample as estimates of the whole.

    Parameters
    ----------
    arrays : dict of Key to numpy.ndarray or Exception
        As :func:`retail_panel.crossfilter.histogram.histograms` returns them; errors stay.
    """
    return {
        key: array if isinstance(array, Exception) or not _grows(key.measure) else array * one_in
        for key, array in arrays.items()
    }


def _grows(name):
    """Whether a figure grows with the number of customers: sums and counts do."""
    return MEASURES[name].whole is None


def estimates(store, lines, names, one_in, ticket=None):
    """Estimate measures of the whole.

    Parameters
    ----------
    store : Store
        Where to ask.
    lines : ibis.Table
        Coded lines of a sample, those selected.
    names : sequence of str
        Measures.
    one_in : int
        As :func:`one_in` returned it.
    ticket : Ticket, optional
        To call the question off.

    Returns
    -------
    tuple of (dict of str to float or None, dict of str to float)
        Figures by measure, money in currency units, and half the width of their 95 % intervals, where they have one:
        by the jackknife over :data:`GROUPS` groups of customers (Wolter, Introduction to Variance Estimation, ch. 4).
    """
    leaves = list(leaves_of(names))
    groups = figures(store, {"order_line": lines}, leaves, lambda table: _group(table, one_in), ticket=ticket)
    # A customer and an order are in one group alone, so that their counts add up as well.
    counted = np.zeros((GROUPS, len(leaves)))
    for row in groups:
        counted[int(row["value"])] = [(row[leaf] or 0) * MEASURES[leaf].scale for leaf in leaves]
    whole = counted.sum(axis=0)
    found = _combined(names, leaves, whole * one_in)
    without = [_combined(names, leaves, (whole - group) * one_in * GROUPS / (GROUPS - 1)) for group in counted]
    return found, {name: half for name in names if (half := _half_width([one[name] for one in without])) is not None}


def _combined(names, leaves, figures_of_leaves):
    return combined(names, dict(zip(leaves, map(float, figures_of_leaves), strict=True)))


def _half_width(values):
    if any(value is None for value in values):
        return None
    values = np.array(values, float)
    return QUANTILE * float(np.sqrt((GROUPS - 1) / GROUPS * ((values - values.mean()) ** 2).sum()))
