"""The eleven RFM segments: a table of rules over the scores that is total and disjoint."""

from dataclasses import dataclass

import ibis
import numpy as np


@dataclass(frozen=True)
class Segment:
    """One segment: its name and what its customers have in common."""

    name: str
    description: str


SEGMENTS = (
    Segment("Champions", "Bought in the latest fifth, often, and for good money."),
    Segment("Loyal", "Buy often, and have been in not too long ago."),
    Segment("Potential Loyalist", "Recent customers with a few purchases: on the way to becoming loyal."),
    Segment("New", "Bought most recently, with the fewest purchases."),
    Segment("Promising", "Bought fairly recently, with the fewest purchases."),
    Segment("Needs Attention", "Middling recency, with average frequency or above-average spend."),
    Segment("About to Sleep", "Middling recency, with few purchases and no great spend."),
    Segment("At Risk", "Bought often or spent well, but not for a while."),
    Segment("Can't Lose", "Bought most often or spent most, but not for a while."),
    Segment("Hibernating", "Few purchases, the last one a while ago."),
    Segment("Lost", "Few purchases, the last one longest ago."),
)

#: (segment, recency scores, frequency scores, monetary scores), each range with both its ends. Every one of the 125
#: cells lies in exactly one row. R x F is the grid in common use; M tells Champions from Loyal, raises big spenders of
#: middling recency to Needs Attention, and tells Can't Lose from At Risk. Our definition: there is no standard one.
RULES = (
    ("Champions", (5, 5), (4, 5), (3, 5)),
    ("Loyal", (5, 5), (4, 5), (1, 2)),
    ("Loyal", (3, 4), (4, 5), (1, 5)),
    ("Potential Loyalist", (4, 5), (2, 3), (1, 5)),
    ("New", (5, 5), (1, 1), (1, 5)),
    ("Promising", (4, 4), (1, 1), (1, 5)),
    ("Needs Attention", (3, 3), (3, 3), (1, 5)),
    ("Needs Attention", (3, 3), (1, 2), (4, 5)),
    ("About to Sleep", (3, 3), (1, 2), (1, 3)),
    ("Can't Lose", (1, 2), (5, 5), (4, 5)),
    ("Can't Lose", (1, 2), (4, 4), (5, 5)),
    ("At Risk", (1, 2), (5, 5), (1, 3)),
    ("At Risk", (1, 2), (4, 4), (1, 4)),
    ("At Risk", (1, 2), (3, 3), (1, 5)),
    ("At Risk", (1, 2), (2, 2), (4, 5)),
    ("Hibernating", (2, 2), (2, 2), (1, 3)),
    ("Hibernating", (2, 2), (1, 1), (1, 5)),
    ("Lost", (1, 1), (2, 2), (1, 3)),
    ("Lost", (1, 1), (1, 1), (1, 5)),
)

INDEX = {segment.name: i for i, segment in enumerate(SEGMENTS)}


def segment_table():
    """Return the segment of each cell of scores.

    Returns
    -------
    numpy.ndarray
        int8, shape (5, 5, 5): index in :data:`SEGMENTS` at ``[r - 1, f - 1, m - 1]``.
    """
    table = np.full((5, 5, 5), -1, np.int8)
    for name, r, f, m in RULES:
        table[r[0] - 1 : r[1], f[0] - 1 : f[1], m[0] - 1 : m[1]] = INDEX[name]
    return table


def segment_expression(r, f, m):
    """Return the segment of scores in the engine.

    Parameters
    ----------
    r, f, m : ibis integer columns
        Scores 1 to 5.

    Returns
    -------
    ibis column
        int8, index in :data:`SEGMENTS`.
    """
    branches = [(r.between(*rs) & f.between(*fs) & m.between(*ms), INDEX[name]) for name, rs, fs, ms in RULES]
    return ibis.cases(*branches).cast("int32").cast("int8")
