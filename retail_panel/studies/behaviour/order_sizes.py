"""How large orders are: lines, units and value."""

import math

import numpy as np
import pandas as pd

from retail_panel.baskets.size import sizes, sizes_held
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.forms.bars import bars, ticks_of
from retail_panel.studies.study import Choice, Nothing, Study

MEASURES = {"amount": ("Value", "money"), "lines": ("Lines", "count"), "units": ("Units", "count")}


def _measures(asking):
    return {words: name for name, (words, _) in MEASURES.items() if name != "units" or asking.has("quantity")}


def _answer(asking):
    held, measure = asking.column_orders, asking.choices["measure"]
    if held is not None:
        sold = np.flatnonzero(~held.is_return)
        units = None if held.units is None else held.units[sold]
        figures = {"lines": held.lines[sold], "units": units, "amount": held.amount[sold] / MONEY_SCALE}
        found = sizes_held(figures, held.is_named, currency=asking.currency)
    else:
        found = sizes(asking.ask, asking.orders, currency=asking.currency)
    if not found.orders:
        raise Nothing("No orders are selected, returns alone have no size. Clear the selection, or widen the scope.")
    if measure not in set(found.summary.measure):
        raise Nothing(f"These orders have no {MEASURES[measure][0].lower()} to show. Choose another measure.")
    return found, measure


def _draw(answer, look):
    found, measure = answer
    frame = found.histogram[found.histogram.measure == measure].reset_index(drop=True)
    frame = frame.assign(place=range(len(frame)), colour=look.series[0])
    if measure == "amount":
        edges = [look.write(low, "money", form="tick") for low in frame.low]
        ticks = ticks_of(edges, most=7, first=-0.5)
    else:
        ticks = ticks_of([f"{low:,.0f}{'+' if math.isinf(high) else ''}" for low, high in zip(
            frame.low, frame.high, strict=True)])  # fmt: skip
    tips = ((MEASURES[measure][0], "label"), ("Orders", "orders", "count"), ("Share", "share", "share"))
    return bars(frame, "orders", look, "count", ticks, tips)


def _table(answer, look):
    found, measure = answer
    frame = found.histogram[found.histogram.measure == measure]
    columns = {"label": f"{MEASURES[measure][0]} per order", "orders": "Orders", "share": "Share of orders"}
    return pd.DataFrame({words: frame[name].to_numpy() for name, words in columns.items()})


def _says(answer, look):
    found, measure = answer
    row = found.summary[found.summary.measure == measure].iloc[0]
    words, unit = MEASURES[measure]
    mean, median = (look.write(row[name], "ratio" if unit == "count" and name == "mean" else unit)
                    for name in ("mean", "median"))  # fmt: skip
    single = look.write(row.single_line_share, "share", "tile")
    orders = f"{look.write(row.orders)} orders"
    return " ".join([
        f"{orders}: {words.lower()} {mean} on average, median {median}; {single} have one line.", *found.notes,
    ])  # fmt: skip


ORDER_SIZES = Study(
    name="order_sizes",
    title="Order size",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Orders by their lines, units or value within the selection, before returns; a sale line without an "
    "order id is an order of its own. The last bar takes all orders above the 95th percentile or so.",
    choices=(Choice("measure", "Measure", _measures),),
    units={"Share of orders": "share"},
    width=4,
    height=230,
)  # fmt: skip
