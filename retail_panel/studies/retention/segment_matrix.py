"""Segment migration as a matrix, with the money that moved."""

from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS
from retail_panel.studies.forms.heatmap import heatmap
from retail_panel.studies.retention.moves import DAYS, RULE, large_moves, moves
from retail_panel.studies.retention.segment_flows import TABLE_UNITS, table
from retail_panel.studies.study import Choice, Study

FIGURES = {"Customers": "customers", "Percent of segment": "share", "Money gained": "gained", "Money after": "monetary"}
UNITS = {"customers": "count", "percent": "count", "gained": "money", "monetary": "money"}
BEST = ("Champions", "Loyal")
SHORT = {"Potential Loyalist": "Potential", "Needs Attention": "Attention", "About to Sleep": "To Sleep",
         "Hibernating": "Hibernate", NOT_YET: "New since"}  # fmt: skip


def _answer(asking):
    return {"moves": moves(asking), "figure": asking.choices["figure"]}


def _draw(found, look):
    held = found["moves"].table.set_index(["source", "target"])
    frame = held.reindex([(source, target) for source in SOURCES for target in TARGETS]).reset_index()
    frame["gained"] = frame.monetary - frame.monetary_before
    frame["to"] = frame.target.map(lambda name: SHORT.get(name, name))
    frame["from"] = frame.source.map(lambda name: SHORT.get(name, name))
    figure = found["figure"]
    tips = (("Customers", "customers", "count"), ("Of their segment before", "share", "share"),
            ("Monetary value before", "monetary_before", "money"), ("Monetary value after", "monetary", "money"),
            ("Gained", "gained", "money"))  # fmt: skip
    # Whole percents without their sign fit into cells; money does not, and has a colour bar.
    frame["percent"] = 100 * frame["share"]
    value = "percent" if figure == "share" else figure
    plot = heatmap(frame, "to", "from", value, look, UNITS[value], tips, words=UNITS[value] == "count",
                   diverging=figure == "gained")  # fmt: skip
    # Upright labels would have to be cut to a few letters.
    names = [SHORT.get(name, name) for name in TARGETS]
    return plot.opts(xrotation=45, xticks=list(enumerate(names)))


def _says(found, look):
    known = found["moves"].table
    known = known[known.source != NOT_YET]
    if known.empty:
        return "Nobody was a customer on the first day yet: all are new since."
    was, is_now = known.source.isin(BEST), known.target.isin(BEST)
    left, came = known[was & ~is_now], known[~was & is_now]

    def money(part):
        return look.write(part.monetary.sum(), "money", "tile")

    return (f"Champions and Loyal lost {_people(left, look)} ({money(left)}) and won {_people(came, look)} "
            f"({money(came)}), newcomers aside; money is monetary value up to the second day.")  # fmt: skip


def _people(part, look):
    customers = int(part.customers.sum())
    return "1 customer" if customers == 1 else f"{look.write(customers)} customers"


SEGMENT_MATRIX = Study(
    name="segment_matrix",
    title="Segment migration in figures",
    answer=_answer, draw=_draw, table=table, says=_says, large=large_moves,
    definition="A row is a segment on the first day, a column one on the second. Money after is the monetary value of "
    "these customers up to the second day; money gained is that less their value up to the first. " + RULE.strip(),
    needs=("customer_key",),
    choices=(*DAYS, Choice("figure", "Figure", FIGURES)),
    units=TABLE_UNITS,
    height=420,
)  # fmt: skip
