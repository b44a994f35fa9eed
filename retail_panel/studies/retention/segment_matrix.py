"""Segment migration as a matrix, with the money that moved."""

from bokeh.models import Quad

from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.layers import Layer
from retail_panel.studies.retention.moves import DAYS, MOVED, RULE, large_moves, move, moved, moves
from retail_panel.studies.retention.segment_flows import TABLE_UNITS, table
from retail_panel.studies.study import Choice, Study

FIGURES = {"Customers": "customers", "Percent of segment": "share", "Money gained": "gained", "Money after": "monetary"}
UNITS = {"customers": "count", "percent": "count", "gained": "money", "monetary": "money"}
BEST = ("Champions", "Loyal")
SHORT = {"Potential Loyalist": "Potential", "Needs Attention": "Attention", "About to Sleep": "To Sleep",
         "Hibernating": "Hibernate", NOT_YET: "New since"}  # fmt: skip


def _answer(asking):
    return {"moves": moves(asking), "figure": asking.choices["figure"], "picked": move(asking)}


def _cells(found):
    held = found["moves"].table.set_index(["source", "target"])
    return held.reindex([(source, target) for source in SOURCES for target in TARGETS]).reset_index()


def _publish(found, x, y):
    cell = picked(_cells(found), "target", "source", x, y)
    held = found["moves"].table
    taken = cell and ((held.target == cell[0]) & (held.source == cell[1])).any()
    return moved(found, cell[1], cell[0]) if taken else None


def _draw(found, look):
    frame = _cells(found)
    frame["gained"] = frame.monetary - frame.monetary_before
    frame["to"] = frame.target.map(lambda name: SHORT.get(name, name))
    frame["from"] = frame.source.map(lambda name: SHORT.get(name, name))
    figure, clause = found["figure"], found["picked"]
    tips = (("Customers", "customers", "count"), ("Of their segment before", "share", "share"),
            ("Monetary value before", "monetary_before", "money"), ("Monetary value after", "monetary", "money"),
            ("Gained", "gained", "money"))  # fmt: skip
    # Whole percents without their sign fit into cells; money does not, and has a colour bar.
    frame["percent"] = 100 * frame["share"]
    value = "percent" if figure == "share" else figure
    # Upright labels would have to be cut to a few letters.
    names = [SHORT.get(name, name) for name in TARGETS]
    return heatmap(frame, "to", "from", value, look, UNITS[value], tips, words=UNITS[value] == "count",
                   diverging=figure == "gained", layers=_frame(clause, look), xrotation=45,
                   xticks=list(enumerate(names)))  # fmt: skip


def _frame(clause, look):
    """Return a frame around the cells whose customers are selected."""
    if clause is None:
        return []
    columns, rows = ([names.index(name)] * 2 if name else [0, len(names) - 1]
                     for names, name in ((TARGETS, clause.target), (SOURCES, clause.source)))  # fmt: skip
    ends = {"left": [columns[0] - 0.5], "right": [columns[1] + 0.5], "top": [rows[0] - 0.5], "bottom": [rows[1] + 0.5]}
    return [Layer(Quad, ends, {"fill_alpha": 0, "line_color": look.text, "line_width": 2})]


def _says(found, look):
    known = found["moves"].table
    known = known[known.source != NOT_YET]
    if known.empty:
        return "Nobody was a customer on the first day yet: all are new since."
    was, is_now = known.source.isin(BEST), known.target.isin(BEST)
    left, came = known[was & ~is_now], known[~was & is_now]

    lost, won = (_people(part, look) for part in (left, came))
    return (f"Champions and Loyal lost {lost} and won {won}, newcomers aside; money is monetary value up to the second "
            "day.")  # fmt: skip


def _people(part, look):
    customers, money = int(part.customers.sum()), look.write(part.monetary.sum(), "money", "tile")
    if not customers:
        return "nobody"
    return f"1 customer ({money})" if customers == 1 else f"{look.write(customers)} customers ({money})"


SEGMENT_MATRIX = Study(
    name="segment_matrix",
    title="Segment migration in figures",
    answer=_answer, draw=_draw, table=table, says=_says, publish=_publish, large=large_moves,
    dims=(MOVED,),
    definition="A row is a segment on the first day, a column one on the second. Money after is the monetary value of "
    "these customers up to the second day; money gained is that less their value up to the first. " + RULE.strip(),
    needs=("customer_key",),
    choices=(*DAYS, Choice("figure", "Figure", FIGURES)),
    units=TABLE_UNITS,
    height=420,
)  # fmt: skip
