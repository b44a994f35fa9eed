"""What to offer the customers of a segment, by what goes with what they buy."""

from retail_panel.baskets.recommendations import LEAST_CUSTOMERS, recommendations
from retail_panel.crossfilter.clause import Values
from retail_panel.studies.baskets.bought_together import LONGEST, product_affinity, product_words
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.forms.ranking import place_of, ranking
from retail_panel.studies.study import Choice, Nothing, Study

MOST = 8
#: Letters of a line on a phone.
NARROW = 60
ALL = "all"
PEOPLE = ("segment", "cluster", "r", "f", "m", "recency_days", "frequency", "monetary")
COLUMNS = {
    "who": "Segment", "offer": "Offer", "bought": "to who bought", "added_orders": "Orders gained",
    "customers": "Customers", "rate": "of whom bought both", "others_rate": "Among other customers", "lift": "Lift",
    "p_adjusted": "p, adjusted", "evidence": "Evidence",
}  # fmt: skip


def _segments(asking):
    """Offer all segments and each that holds customers; one that is selected comes first."""
    population = asking.scene.population
    held = [group.name for group in population.segments if group.customers] if population else []
    picked = asking.filters["segment"].values if "segment" in asking.filters else ()
    options = {"All segments": ALL} | {name: name for name in held}
    return dict(sorted(options.items(), key=lambda option: option[1] not in picked))


def _answer(asking):
    whole, found = product_affinity(asking, *PEOPLE)
    names = [group.name for group in asking.scene.population.segments]

    def make():
        before = len(asking.asked)
        words = product_words(whole, {*found.pairs.left, *found.pairs.right})
        made = recommendations(whole.ask, whole.single_lines, asking.scored, found, names, names=words, most=MOST)
        return made, words, tuple(asking.asked[before:])

    made, words, statements = asking.studied(("product offers", repr(whole.filters)), make)
    asking.asked.extend(statement for statement in statements if statement not in asking.asked)
    segment = asking.choices["segment"]
    own = made.table.assign(who=[names[index] for index in made.table.segment])
    if segment == ALL:
        own = own.sort_values(["added_orders", "segment"], ascending=[False, True])
    else:
        own = own[own.who == segment]
    own = own.reset_index(drop=True)
    if own.empty:
        whom = "any segment" if segment == ALL else segment
        raise Nothing(
            f"Nothing to offer {whom} in particular: in none of the {made.tested:,} comparisons of products and "
            "segments do they buy less of what goes with their purchases than others do, beyond noise. A wider scope "
            "has more customers to compare."
        )
    own[["bought", "offer"]] = own[["bought", "offer"]].map(words.__getitem__)
    return made, own, segment


def _draw(answer, look):
    _, own, segment = answer
    shown = own.head(MOST)
    shown = shown.assign(label=[_label(row, segment == ALL, look.narrow) for row in shown.itertuples()])
    tips = [("Segment", "who"), ("Offer", "offer"), ("to who bought", "bought"),
            ("Orders gained", "added_orders", "count"), ("Customers", "customers", "count"),
            ("bought both", "rate", "share"), ("among others", "others_rate", "share"), ("Lift", "lift", "ratio")]
    return ranking(shown, "added_orders", look, "count", look.series[2], tips)


def _label(row, is_named, is_narrow):
    offer, bought = cut(row.offer, LONGEST), cut(row.bought, LONGEST)
    text = f"{bought} \u2192 {offer}" if is_narrow else f"{offer} to buyers of {bought}"
    named = f"{row.who}: {text}" if is_named else text
    return f"{row.who}:\n{text}" if is_narrow and len(named) > NARROW else named


def _table(answer, look):
    return answer[1][list(COLUMNS)].rename(columns=COLUMNS)


def _says(answer, look):
    made, own, _ = answer
    return f"{own.evidence[0]} {made.assumption}"


def _publish(answer, x, y):
    place = place_of(y, min(len(answer[1]), MOST))
    return None if place is None else {"segment": Values((answer[1].who[place],))}


OFFERS = Study(
    name="offers",
    title="What to offer whom: orders it would bring",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("segment",),
    definition="Pairs of products that are bought together beyond chance, of which the segment's customers who bought "
    "the one buy the other less often than other customers do, beyond noise (Fisher's exact test, corrected for all "
    f"segments and pairs after Benjamini and Hochberg at 5%), on at least {LEAST_CUSTOMERS} customers on either side. "
    "Orders gained: customers times the gap of the two rates, were it closed by one order each. What is selected of "
    "customers, categories or products does not narrow it; a selected segment is the one that is shown first. Our "
    "definition: there is no standard one.",
    needs=("product", "customer_key"),
    choices=(Choice("segment", "Segment", _segments),),
    units={"Orders gained": "count", "of whom bought both": "share", "Among other customers": "share", "Lift": "ratio",
           "p, adjusted": "share"},
    width=12,
    height=380,
)  # fmt: skip
