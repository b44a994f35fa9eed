"""Segment migration drawn: who went from which segment to which between two days."""

from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS
from retail_panel.studies.forms.sankey import laid, sankey
from retail_panel.studies.retention.moves import DAYS, MOVED, RULE, large_moves, move, moved, moves, stayed
from retail_panel.studies.study import Choice, Study

WIDTHS = {"Customers": "customers", "Money": "monetary"}
UNITS = {"customers": "count", "monetary": "money"}


def _answer(asking):
    return {"moves": moves(asking), "width": asking.choices["width"], "picked": move(asking)}


def _shown(found):
    table = found["moves"].table
    shown = table[table[found["width"]] > 0]
    # The bars of either side stand in the order of the segments, whoever went where.
    rank = {name: i for i, name in enumerate(SOURCES)}
    return shown.sort_values(["source", "target"], key=lambda names: names.map(rank)).reset_index(drop=True)


def _draw(found, look):
    shown, width = _shown(found), found["width"]
    tips = (("Customers", "customers", "count"), ("Of their segment before", "share", "share"),
            ("Monetary value before", "monetary_before", "money"), ("Monetary value after", "monetary", "money"))
    clause, picked = found["picked"], None
    if clause is not None:
        picked = shown.source.isin([clause.source or name for name in SOURCES])
        picked &= shown.target.isin([clause.target or name for name in TARGETS])
    return sankey(shown, width, look, UNITS[width], _colours(look), tips, TARGETS, picked)


def _colours(look):
    return {name: look.series[i % len(look.series)] for i, name in enumerate(TARGETS)} | {NOT_YET: "#94a3b8"}


def _publish(found, x, y):
    shown = _shown(found)
    at = laid(shown, found["width"], TARGETS).picked(x, y)
    if at is None:
        return None
    flow, part = shown.loc[at[0]], at[1]
    return moved(found, "" if part == "target" else flow.source, "" if part == "source" else flow.target)


def table(found, look):
    """Return the table of the moves, one row per pair of segments."""
    columns = {"source": "From", "target": "To", "customers": "Customers", "share": "Of segment before",
               "monetary_before": "Monetary value before", "monetary": "Monetary value after"}  # fmt: skip
    return found["moves"].table.rename(columns=columns)[list(columns.values())]


TABLE_UNITS = {"Of segment before": "share", "Monetary value before": "money", "Monetary value after": "money"}


def _says(found, look):
    made = found["moves"]
    before, same = stayed(made.table)
    new = made.customers - before
    days = f"From {look.write(made.from_day)} to {look.write(made.to_day)}"
    if not before:
        return f"{days} all {look.write(new)} customers bought for the first time."
    moved = made.table[(made.table.source != NOT_YET) & (made.table.source != made.table.target)]
    said = (f"{days} {look.write(before - same)} of {look.write(before)} customers "
            f"({look.write(1 - same / before, 'share', 'tile')}) changed segment, and {look.write(new)} bought for the "
            "first time.")  # fmt: skip
    if len(moved):
        most = moved.loc[moved.customers.idxmax()]
        said += f" Most went from {most.source} to {most.target}: {look.write(most.customers)}."
    return said


SEGMENT_FLOWS = Study(
    name="segment_flows",
    title="Segment migration",
    answer=_answer, draw=_draw, table=table, says=_says, publish=_publish, large=large_moves,
    dims=(MOVED,),
    definition="Left the segments on the first day, right those on the second; a band is as wide as the customers who "
    "took that way, or their monetary value up to the second day, where that is above zero. " + RULE.strip(),
    needs=("customer_key",),
    choices=(*DAYS, Choice("width", "Width", WIDTHS)),
    units=TABLE_UNITS,
    height=420,
)  # fmt: skip
