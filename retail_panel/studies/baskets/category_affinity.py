"""Which categories are bought together more often than chance would have it."""

import ibis
import pandas as pd

from retail_panel.baskets.affinity import FALSE_DISCOVERY, affinity
from retail_panel.crossfilter.clause import NONE, Values
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.study import Nothing, Study

COLUMNS = {"left": "Category", "right": "Together with", "lift": "Lift", "support": "Support", "both": "Baskets",
           "confidence": "Confidence", "p_adjusted": "p, adjusted"}  # fmt: skip


def _answer(asking):
    cut = asking.scene.coded.bins["category"]
    labels = list(cut.labels)
    named = [code for code, value in enumerate(cut.values) if value != NONE]
    lines = asking.own_lines_ignoring("category", "product")
    code = lines.c_category
    found = affinity(asking.ask, lines.mutate(c_category=ibis.ifelse(code.isin(named), code, None)), "c_category")
    if not found.baskets:
        raise Nothing("No sales are selected, so there are no baskets. Clear the selection, or widen the scope.")
    pairs = found.pairs[found.pairs.is_significant].copy()
    if pairs.empty:
        raise Nothing(
            f"No two categories are in one basket more often than chance would have it: {found.pairs_tested:,} "
            f"pairs tested over {found.baskets:,} baskets. A longer period or a wider scope has more baskets."
        )
    back = {"left": "right", "right": "left", "left_baskets": "right_baskets", "right_baskets": "left_baskets",
            "confidence": "confidence_back", "confidence_back": "confidence"}  # fmt: skip
    both_ways = pd.concat([pairs, pairs.rename(columns=back)[pairs.columns]], ignore_index=True)
    words = dict(enumerate(labels))
    for rows in (pairs, both_ways):
        rows[["left", "right"]] = rows[["left", "right"]].map(words.__getitem__)
    return found, pairs, both_ways, [labels[code] for code in named]


def _draw(answer, look):
    return heatmap(
        _grid(answer), "right", "left", "lift", look, "ratio",
        tips=(("Lift", "lift", "ratio"), ("Confidence", "confidence", "share"), ("Support", "support", "share"),
              ("Baskets", "both", "count")),
    )  # fmt: skip


def _grid(answer):
    """One row a cell, also of pairs that are not beyond chance."""
    _, _, both_ways, order = answer
    cells = pd.MultiIndex.from_product([order, order], names=["left", "right"]).to_frame(index=False)
    return cells.merge(both_ways, "left", ["left", "right"])


def _table(answer, look):
    return answer[2][list(COLUMNS)].rename(columns=COLUMNS)


def _says(answer, look):
    found, pairs, _, _ = answer
    first = pairs.iloc[0]
    text = (
        f"{first.left} and {first.right} go together most: in one basket {look.write(first.lift, 'ratio')} "
        f"times as often as by chance, in {look.write(first.both)} of {look.write(found.baskets)} baskets. "
        f"{len(pairs)} of {found.pairs_tested} pairs are beyond chance; the others are blank."
    )
    return " ".join([text, *found.notes])


def _publish(answer, x, y):
    cell = picked(_grid(answer), "right", "left", x, y)
    return {"category": Values(tuple(dict.fromkeys(reversed(cell))))} if cell else None


CATEGORY_AFFINITY = Study(
    name="category_affinity",
    title="Categories bought together",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("category",),
    definition="Lift: how many times as often two categories are in one basket as they would be if they had nothing to "
    "do with each other; shown where that is beyond chance (Fisher's exact test, one-sided, corrected for all pairs "
    f"after Benjamini and Hochberg at {FALSE_DISCOVERY:.0%}) and the pair is in at least 0.1% of baskets, and in 10. "
    "Support is the share of all baskets that hold both, confidence the share of baskets with the one (row) that hold "
    "the other (column). A basket is the sale lines of one order. What is selected of categories does not narrow it. "
    "After Agrawal, Imielinski and Swami (1993).",
    needs=("category",),
    units={"Lift": "ratio", "Support": "share", "Confidence": "share", "p, adjusted": "share"},
    height=420,
)  # fmt: skip
