"""What is bought together: pairs of values, how often, and whether more often than chance would have it."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from retail_panel.baskets.exact import over_representation
from retail_panel.baskets.membership import baskets, together
from retail_panel.errors import UnusableInput

#: Only the most frequent values are paired, so that the join of baskets with themselves stays small.
MOST_ITEMS = 300
LEAST_SUPPORT = 0.001
LEAST_COUNT = 10
#: Expected share of false finds among those called significant (Benjamini-Hochberg).
FALSE_DISCOVERY = 0.05
COLUMNS = ("left", "right", "both", "left_baskets", "right_baskets", "support", "confidence", "confidence_back", "lift",
           "p_value", "p_adjusted", "is_significant")  # fmt: skip


@dataclass(frozen=True)
class Affinity:
    """Pairs of values bought together.

    Attributes
    ----------
    by : str
        The column.
    pairs : pandas.DataFrame
        One row a pair that reaches ``least_support`` and ``least_count``, significant ones first, then highest lift:
        ``left`` and ``right`` (in the engine's order), ``both`` (baskets with both), ``left_baskets``,
        ``right_baskets``, ``support`` (both / baskets), ``confidence`` (both / left_baskets), ``confidence_back``
        (both / right_baskets), ``lift`` (support / product of the single supports), ``p_value`` (one-sided, Fisher's
        exact test: chance of so many or more, were the two independent), ``p_adjusted`` (Benjamini-Hochberg over
        ``pairs_tested``), ``is_significant`` (``p_adjusted`` at most :data:`FALSE_DISCOVERY`).
    baskets : int
        Baskets with a sale line, also those without a value.
    basket : str
        What a basket is: ``order``, ``customer`` or ``customer and day``.
    items, items_left_out : int
        Values paired; values left out because too few baskets hold them, or because more than :data:`MOST_ITEMS` do.
    pairs_tested : int
        All pairs of the values paired, whether they occur or not.
    least_support, least_count : float, int
        What a shown pair must reach.
    notes : tuple of str
        What one should know when reading.
    """

    by: str
    pairs: pd.DataFrame = field(repr=False)
    baskets: int
    basket: str
    items: int
    items_left_out: int
    pairs_tested: int
    least_support: float
    least_count: int
    notes: tuple = ()


def affinity(ask, lines, by, least_support=LEAST_SUPPORT, least_count=LEAST_COUNT, customers=False,
             most_items=MOST_ITEMS):  # fmt: skip
    """Return the pairs of values of a column that are bought together.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope and selection; sale lines count.
    by : str
        Column, text or codes; lines without a value are in no pair.
    least_support : float
        Share of all baskets that a shown pair must reach, 0 to 1.
    least_count : int
        Baskets that a shown pair must reach, 1 or more.
    customers : bool
        Whether a basket is all that a customer bought, rather than one order. Guests are left out then.
    most_items : int
        Most values to pair: those in most baskets.

    Returns
    -------
    Affinity

    Raises
    ------
    UnusableInput
        If a limit is out of its bounds.

    Notes
    -----
    The test takes baskets as independent of each other; orders of one customer are not quite, so that a p value near
    the limit says less than it seems to. Pairs are tested before the limits on support are applied.

    Source: Agrawal, Imielinski and Swami (1993), Mining association rules between sets of items, SIGMOD; Benjamini and
    Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57.
    """
    if not 0 <= least_support <= 1 or least_count < 1 or most_items < 2:
        seen = f"least_support={least_support!r}, least_count={least_count!r}, most_items={most_items!r}"
        raise UnusableInput(f"affinity with {seen}: allowed: 0 to 1, 1 or more, 2 or more")
    def least(number):
        return max(least_count, math.ceil(least_support * number - 1e-9))

    made = baskets(ask, lines, by, customers)
    found = together(ask, made, least, most_items)
    tested = len(found.frequent) * (len(found.frequent) - 1) // 2
    notes = list(made.notes)
    if len(found.frequent) < len(found.held):
        notes.append(f"Paired are the {most_items:,} values in most baskets; others that are frequent are left out.")
    return Affinity(
        by=by,
        pairs=_tested(found, tested, least(found.number)),
        baskets=found.number,
        basket=made.basket,
        items=len(found.frequent),
        items_left_out=found.items - len(found.frequent),
        pairs_tested=tested,
        least_support=least_support,
        least_count=least_count,
        notes=tuple(notes),
    )


def _tested(found, tested, least):
    number, held = found.number, found.held
    rows = [(left, right, both, held[left], held[right]) for left, right, both in found.pairs]
    pairs = pd.DataFrame(rows, columns=COLUMNS[:5])
    both, left, right = (pairs[name].to_numpy(np.int64) for name in COLUMNS[2:5])
    pairs["support"] = both / max(number, 1)
    pairs["confidence"], pairs["confidence_back"] = both / left, both / right
    pairs["lift"] = both / left / right * number
    p = over_representation(both, left, right, number)
    # Pairs that never occur were tested too, with a p of 1.
    whole = np.concatenate([p, np.ones(tested - len(p))])
    pairs["p_value"] = p
    pairs["p_adjusted"] = (false_discovery_control(whole) if tested else whole)[: len(p)]
    pairs["is_significant"] = pairs["p_adjusted"] <= FALSE_DISCOVERY
    shown = pairs[both >= least]
    order = ["is_significant", "lift", "both", "left", "right"]
    return shown.sort_values(order, ascending=[False, False, False, True, True], ignore_index=True)[list(COLUMNS)]
