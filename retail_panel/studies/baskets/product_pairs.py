"""Which products are bought together: the strongest rules."""

from retail_panel.crossfilter.clause import NONE
from retail_panel.dimensions import DIMENSIONS
from retail_panel.studies.baskets.bought_together import GOODS, LONGEST, product_affinity, product_words
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.forms.ranking import ranking
from retail_panel.studies.study import Choice, Nothing, Study

MOST = 10
RANKS = {"Lift": "lift", "Confidence": "confidence", "Support": "support"}
UNITS = {"lift": "ratio", "confidence": "share", "support": "share"}
COLUMNS = {"bought": "Who buys", "offer": "also buys", "lift": "Lift", "confidence": "Confidence",
           "support": "Support", "both": "Baskets with both", "p_adjusted": "p, adjusted"}  # fmt: skip
MOST_ROWS = 500


def _answer(asking):
    rank = asking.choices["rank"]
    whole, found = product_affinity(asking)
    rules = _among(asking, whole, found.pairs[found.pairs.is_significant])
    if rules.empty:
        raise Nothing(
            f"No two products of the selection are in one basket more often than chance would have it: "
            f"{found.pairs_tested:,} pairs tested over {found.baskets:,} baskets. A wider scope has more baskets."
        )
    turned = rules.confidence_back > rules.confidence
    rules = rules.assign(
        bought=rules.left.where(~turned, rules.right), offer=rules.right.where(~turned, rules.left),
        confidence=rules[["confidence", "confidence_back"]].max(axis=1),
    )  # fmt: skip
    rules = rules.sort_values([rank, "both", "left", "right"], ascending=[False, False, True, True]).head(MOST_ROWS)
    words = product_words(whole, {*rules.bought, *rules.offer})
    rules[["bought", "offer"]] = rules[["bought", "offer"]].map(words.__getitem__)
    return found, rules.reset_index(drop=True), rank, len(found.pairs[found.pairs.is_significant])


def _among(asking, whole, pairs):
    """Keep the pairs of which at least one product is among the goods selected."""
    clauses = {name: clause for name, clause in asking.filters.items() if name in GOODS}
    if not clauses or pairs.empty:
        return pairs
    lines = whole.single_lines
    conditions = [clause.condition(DIMENSIONS[name].expression(lines)) for name, clause in clauses.items()]
    picked = lines.filter(*conditions).select("product").distinct()
    goods = set(asking.ask(picked)["product"].to_pylist()) - {NONE}
    return pairs[pairs.left.isin(goods) | pairs.right.isin(goods)]


def _draw(answer, look):
    _, rules, rank, _ = answer
    shown = rules.head(MOST)
    labels = [f"{cut(row.bought, LONGEST)} \u2192 {cut(row.offer, LONGEST)}" for row in shown.itertuples()]
    shown = shown.assign(label=labels)
    tips = [("Who buys", "bought"), ("also buys", "offer"), ("Lift", "lift", "ratio"),
            ("Confidence", "confidence", "share"), ("Support", "support", "share"), ("Baskets", "both", "count")]
    return ranking(shown, rank, look, UNITS[rank], look.series[0], tips)


def _table(answer, look):
    return answer[1][list(COLUMNS)].rename(columns=COLUMNS)


def _says(answer, look):
    found, rules, rank, many = answer
    first = rules.iloc[0]
    text = (
        f"Of the baskets with {first.bought}, {look.write(first.confidence, 'share', 'tile')} hold {first.offer} too, "
        f"{look.write(first.lift, 'ratio', 'tile')} times as many as by chance ({look.write(first.both)} baskets). "
        f"{look.write(many)} of {look.write(found.pairs_tested)} pairs of products go together beyond chance."
    )
    return " ".join([text, *found.notes])


PRODUCT_PAIRS = Study(
    name="product_pairs",
    title="Products bought together",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="The strongest pairs of products among those that are in one basket more often than chance would have "
    "it (Fisher's exact test, one-sided, corrected for all pairs after Benjamini and Hochberg at 5%), and in at least "
    "0.1% of baskets, and in 10. Lift is how many times as often as by chance; confidence the share of baskets with "
    "the first product that hold the second, told for the way round where it is larger; support the share of all "
    "baskets with both. Baskets are whole orders: a selection of categories or products keeps the pairs of which at "
    "least one is selected. After Agrawal, Imielinski and Swami (1993).",
    needs=("product",),
    choices=(Choice("rank", "Rank by", RANKS),),
    units={"Lift": "ratio", "Confidence": "share", "Support": "share", "p, adjusted": "share"},
    height=388,
)  # fmt: skip
