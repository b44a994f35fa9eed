"""How the segments grew and shrank, each month scored as of its own end."""

import itertools

import numpy as np

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.evolution import evolution
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.customers.running import months_suffice
from retail_panel.customers.segments import SEGMENTS
from retail_panel.studies.forms.bars import month_ticks
from retail_panel.studies.forms.stacks import stacks
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Nothing, Study, TooSmall

MEANT = ("frequency", "monetary", "returns")
SHOWN = {"customers": ("Customers", "count"), "share": ("Share of customers", "share")}


def _answer(asking):
    meant = {name: asking.definition[name] for name in MEANT if name in asking.definition}
    definition, (_, last_day) = RFMDefinition(**meant), span(asking, selected=False)
    lines = done = None
    if months_suffice(definition):
        done = asking.scope_dated.months if asking.scope_dated else asking.scope_months
    if done is None:
        lines = asking.scope_lines if definition.frequency == "lines" else asking.scope_merged
        lines = lines.filter(lines.customer_key.notnull())
    found = evolution(asking.ask, lines, definition, last_day, int(asking.choices["months"]), done)
    if not len(found.table) or not found.table.customers.any():
        raise Nothing("No customer has bought anything in this scope, so there are no segments. Widen the scope.")
    table = found.table.copy()
    table["label"] = [f"{month:%b %Y}" for month in table.month]
    table["scored"] = [f"{day.day} {day:%b %Y}" for day in table.day]
    table["place"] = np.repeat(range(len(found.months)), len(SEGMENTS))
    return table, asking.choices["shown"]


def _large(answer, least):
    if answer[0].customers.between(1, least - 1).any():
        raise TooSmall(least)
    return answer, 0


def _draw(answer, look):
    table, shown = answer
    colours = dict(zip((segment.name for segment in SEGMENTS), look.series, strict=True))
    tips = (("", "segment"), ("As of", "scored"), ("Customers", "customers", "count"), ("Share", "share", "share"))
    ticks = month_ticks(table.month, 4)
    return stacks(table, "segment", shown, colours, look, SHOWN[shown][1], ticks, tips)


def _table(answer, look):
    table, _ = answer
    columns = {"label": "Month", "scored": "As of", "segment": "Segment", "customers": "Customers",
               "share": "Share of customers", "monetary": "Monetary value"}  # fmt: skip
    return table[list(columns)].rename(columns=columns)


def _says(answer, look):
    table, _ = answer
    held = table.groupby("place").customers.sum()
    first, last = held[held > 0].index[0], table.place.max()
    before, after = (table[table.place == place].set_index("segment") for place in (first, last))
    if first == last:
        biggest = after.share.idxmax()
        return f"{biggest} is largest as of {after.scored.iloc[0]}: {look.write(after.share.max(), 'share', 'tile')}."
    moved = (after.share - before.share).sort_values()
    words = []
    for name in (moved.index[-1], moved.index[0]):
        ends = [look.write(shares[name], "share", "tile") for shares in (before.share, after.share)]
        words.append(f"{name} from {ends[0]} to {ends[1]}")
    text = (f"From {before.scored.iloc[0]} to {after.scored.iloc[0]} the share of {words[0]} grew most, that of "
            f"{words[1]} fell most.")  # fmt: skip
    cut = " The last month is not over." if after.is_partial.iloc[0] else ""
    return f"{text} Lines before the scope do not count.{cut}"


def _publish(answer, x, y):
    table, shown = answer
    column = table[table.place == round(x)]
    if column.empty or y < 0:
        return None
    tops = itertools.accumulate(column[shown])
    name = next((name for name, top in zip(column.segment, tops, strict=True) if y < top), None)
    return None if name is None else {"segment": Values((name,))}


SEGMENT_EVOLUTION = Study(
    name="segment_evolution",
    title="Segments over time",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, large=_large, dims=("segment",),
    definition="Each month is scored by itself as of its last day, from the lines of the scope up to then: recency, "
    "frequency, monetary value and the quintiles of the customers there were. Later lines change nothing. The whole "
    "scope is shown, whatever the selection is, since a selection never scores anew.",
    needs=("customer_key",),
    choices=(
        Choice("shown", "Show", {words: name for name, (words, _) in SHOWN.items()}),
        Choice("months", "Months", {"Last 12 months": "12", "Last 24 months": "24"}),
    ),
    units={"Share of customers": "share", "Monetary value": "money"},
    height=320,
)  # fmt: skip
