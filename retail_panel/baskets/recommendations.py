"""What to offer whom: values that go with what a segment's customers buy, and that they buy less of than others do."""

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from retail_panel.baskets.affinity import FALSE_DISCOVERY
from retail_panel.baskets.exact import over_representation
from retail_panel.baskets.membership import BITS, numbered

#: Only the pairs of highest lift are looked at, of so many items together, so that the question stays small.
MOST_PAIRS = 60
#: So many bits of what a customer bought are looked at together.
PIECE = 4
LEAST_CUSTOMERS = 30
COLUMNS = ("segment", "bought", "offer", "customers", "rate", "others_rate", "gap", "added_orders", "lift", "p_value",
           "p_adjusted", "evidence")  # fmt: skip
ASSUMPTION = (
    "Assumed: the offer brings the segment's rate up to that of the other customers, by one order for each customer "
    "gained. Who has bought more often has had more chances to buy both."
)


@dataclass(frozen=True)
class Recommendations:
    """Offers by segment.

    Attributes
    ----------
    table : pandas.DataFrame
        One row an offer, by segment, most added orders first: ``segment`` (index), ``bought`` and ``offer`` (values of
        the column), ``customers`` (the segment's who bought ``bought``), ``rate`` (share of them who bought ``offer``),
        ``others_rate`` (that share among all other scored customers who bought ``bought``), ``gap`` (the difference),
        ``added_orders`` (customers x gap), ``lift`` (of the pair in baskets), ``p_value`` (one-sided, Fisher's exact
        test), ``p_adjusted`` (Benjamini-Hochberg over all segments and pairs tested), ``evidence`` (a sentence).
    tested : int
        Comparisons made, on all of which the adjustment rests.
    assumption : str
        What the added orders take for granted.
    """

    table: pd.DataFrame = field(repr=False)
    tested: int
    assumption: str = ASSUMPTION


def recommendations(ask, lines, scored, affinity, groups, column="segment", names=None, most=5):
    """Return what to offer the customers of each segment.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope and selection, those that ``affinity`` is of.
    scored : ibis.Table
        Scored customers: ``customer_key`` and ``column``.
    affinity : Affinity
        Pairs of values bought together; its significant ones with a lift above 1 are looked at, both ways round.
    groups : sequence of str
        Names of the segments, by index.
    column : str
        ``segment`` or ``cluster``.
    names : dict, optional
        Words for the values; a value without any speaks for itself.
    most : int
        Most offers for a segment; each value is offered once, for the reason that brings most.

    Returns
    -------
    Recommendations
        Only gaps beyond noise (``p_adjusted`` at most 0.05) on at least :data:`LEAST_CUSTOMERS` customers, in the
        segment and elsewhere. Our definition: there is no standard one.
    """
    pairs, items = _looked_at(affinity)
    if not pairs:
        return Recommendations(pd.DataFrame(columns=list(COLUMNS)), 0)
    found = _counted(ask, lines, scored, affinity.by, column, pairs, items)
    found = found[(found.customers >= LEAST_CUSTOMERS) & (found.others >= LEAST_CUSTOMERS)].reset_index(drop=True)
    found["rate"], found["others_rate"] = found.both / found.customers, found.others_both / found.others
    found["gap"] = found.others_rate - found.rate
    found["added_orders"] = found.customers * found.gap
    # Too few in the segment is too many elsewhere: of all who bought the one, who bought the other, and who is where.
    whole = found.others + found.customers
    found["p_value"] = over_representation(found.others_both, found.others, found.others_both + found.both, whole)
    found["p_adjusted"] = false_discovery_control(found.p_value) if len(found) else found.p_value
    kept = found[(found.p_adjusted <= FALSE_DISCOVERY) & (found.gap > 0)]
    kept = kept.sort_values(["segment", "added_orders", "offer", "bought"], ascending=[True, False, True, True])
    kept = kept.drop_duplicates(["segment", "offer"]).groupby("segment").head(most).reset_index(drop=True)
    words = names or {}
    kept["evidence"] = [_evidence(row, groups[row.segment], words) for row in kept.itertuples()]
    return Recommendations(kept[list(COLUMNS)], len(found))


def _looked_at(affinity):
    """Return the (left, right, lift) of the pairs to look at, and the items in them."""
    pairs, items = [], {}
    strong = affinity.pairs[affinity.pairs.is_significant & (affinity.pairs.lift > 1)]
    for left, right, lift in strong[["left", "right", "lift"]].itertuples(index=False, name=None):
        more = items | dict.fromkeys((left, right))
        if len(pairs) == MOST_PAIRS or len(more) > BITS:
            break
        pairs.append((left, right, lift))
        items = more
    return pairs, list(items)


def _counted(ask, lines, scored, by, column, pairs, items):
    """Count the customers of each segment who bought an item, and who bought both of a pair; one row a way round."""
    sales, codes = lines.filter(~lines.is_return & lines.customer_key.notnull()), numbered(items, lines[by].type())
    # What a customer bought is two numbers with a bit a pair: whether its first item, and whether its second.
    masks = [[sum(1 << i for i, pair in enumerate(pairs) if pair[way] == item) for item in items] for way in (0, 1)]
    first, second = (ibis.literal(mask, "array<int64>")[codes.code] for mask in masks)
    codes = codes.select("item", one=first, two=second)
    sales = sales.join(codes, sales[by] == codes.item).select("customer_key", "one", "two")
    bought = sales.group_by("customer_key").aggregate(one=sales.one.bit_or(), two=sales.two.bit_or())
    bought = bought.inner_join(scored.select("customer_key", segment=scored[column]), "customer_key")
    segments, counts = _by_bit(ask(_pieces(bought, len(pairs))), len(pairs))
    rows = []
    for segment, held in zip(segments.tolist(), counts.tolist(), strict=True):
        for (left, right, lift), (of_left, of_right, both) in zip(pairs, held, strict=True):
            rows.append((segment, left, right, lift, of_left, both))
            rows.append((segment, right, left, lift, of_right, both))
    found = pd.DataFrame(rows, columns=["segment", "bought", "offer", "lift", "customers", "both"])
    whole = found.groupby(["bought", "offer"])[["customers", "both"]].transform("sum")
    found["others"], found["others_both"] = whole.customers - found.customers, whole.both - found.both
    return found


def _pieces(bought, many):
    """Ask how many customers of each segment have which bits, a few at a time: bit by bit takes ten times as long."""
    places = ibis.range(-(-many // PIECE)).unnest().name("place").as_table()
    each = bought.cross_join(places)
    one, two = ((each[name] >> each.place * PIECE) & ((1 << PIECE) - 1) for name in ("one", "two"))
    each = each.select("segment", place=each.place.cast("int8"), piece=((one << PIECE) | two).cast("int16"))
    return each.group_by("segment", "place", "piece").aggregate(customers=each.count())


def _by_bit(found, many):
    """Return the segments, and for each and each bit the customers who have it in one, in two and in both."""
    segment, place, piece, customers = (found[name].to_numpy() for name in ("segment", "place", "piece", "customers"))
    segments, row = np.unique(segment, return_inverse=True)
    counts = np.zeros((len(segments), -(-many // PIECE) * PIECE, 3), np.int64)
    for bit in range(PIECE):
        one, two = piece >> PIECE + bit & 1, piece >> bit & 1
        np.add.at(counts, (row, place * PIECE + bit), np.stack([one, two, one & two], 1) * customers[:, None])
    return segments, counts[:, :many]


def _evidence(row, segment, names):
    bought, offer = (str(names.get(value, value)) for value in (row.bought, row.offer))
    chance = "p < 0.001" if row.p_adjusted < 0.001 else f"p = {row.p_adjusted:.3f}"
    return (
        f"{segment}: of the {row.customers:,} who bought {bought}, {row.rate:.1%} also bought {offer}, against "
        f"{row.others_rate:.1%} of the {row.others:,} others ({chance}, adjusted); at their rate it would be "
        f"{row.added_orders:,.0f} more. The two are in one basket {row.lift:.1f} times as often as by chance."
    )
