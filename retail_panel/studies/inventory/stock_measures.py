"""Any figure of stock by category, store, brand or product."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.crossfilter.clause import Values
from retail_panel.measures import MEASURES
from retail_panel.studies.baskets.bought_together import product_words, told_apart
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.inventory.counted import OBEYS, narrowed, span, stock_by
from retail_panel.studies.layers import upright
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Choice, Nothing, Study

SHOWN = ("inventory_turnover", "days_of_supply", "weeks_of_cover", "sell_through", "stock_out_rate", "gmroi")
MORE = ("average_stock_value", "closing_stock", "counted_units")
BY = {"Category": "category", "Store": "store", "Brand": "brand", "Product": "product"}
MOST = 12


def _answer(asking):
    by, measure = asking.choices["by"], asking.choices["measure"]
    rows, whole = stock_by(asking, by)
    cut_ = asking.scene.coded.bins.get(by)
    order = {value: place for place, value in enumerate((*cut_.values, *cut_.rest) if cut_ else ())}
    rows = rows.assign(place=rows.value.map(lambda value: order.get(value, len(order))))
    rows = rows.sort_values(["place", "value"], ignore_index=True)
    words = product_words(asking, rows.value) if by == "product" else {}
    rows = rows.assign(name=[words.get(value) or value for value in rows.value])
    if rows[measure].isna().all():
        label = MEASURES[measure].label
        raise Nothing(f"{label} cannot be told of what is selected: {MEASURES[measure].definition} Widen the scope.")
    return rows, whole, by, measure, span(asking, by), narrowed(asking, by), len(cut_.values) if cut_ else 0


def _draw(answer, look):
    rows, whole, _, name, *_ = answer
    measure = MEASURES[name]
    shown = rows.head(MOST).iloc[::-1]
    shown = shown.assign(label=told_apart([cut(words, 22) for words in shown["name"]]), figure=shown[name])
    top = max(shown.figure.max(), whole[name] if whole[name] == whole[name] else 0, 1e-9)
    told = [(MEASURES[each].label, each, MEASURES[each].unit) for each in (*SHOWN, *MORE)]
    bars = shown.hvplot.barh(
        x="label", y="figure", color=look.series[0], bar_width=0.72, ylim=(min(0, shown.figure.min()), 1.08 * top),
        hover_cols=["name", *SHOWN, *MORE], hover_tooltips=look.tips(("", "name"), *told), **SHAPE,
    )  # fmt: skip
    return look.dressed(bars, x=measure.unit, legend=None, layers=[upright(whole[name], look.text)])


def _table(answer, look):
    rows, _, by, *_ = answer
    found = rows[["value", *SHOWN, *MORE]]
    if by == "product":
        found.insert(1, "name", rows["name"])
    heads = {"value": by.capitalize(), "name": "Description"}
    return found.rename(columns=heads | {name: MEASURES[name].label for name in (*SHOWN, *MORE)})


def _says(answer, look):
    rows, whole, by, name, when, narrow, _ = answer
    measure = MEASURES[name]
    known = rows[rows[name].notna()]
    first, last = known.loc[known[name].idxmax()], known.loc[known[name].idxmin()]
    write = lambda value: look.write(value, measure.unit)  # noqa: E731
    text = f"{measure.label} {when}: {write(whole[name])} overall (dashed)"
    if len(known) > 1:
        text += f", from {write(last[name])} ({last['name']}) to {write(first[name])} ({first['name']})"
    more = len(rows) - MOST
    left = f" {more} more {_plural(by, more)} in the table." if more > 0 else ""
    return f"{text}.{left} {narrow}".strip()


def _plural(by, number):
    return by if number == 1 else {"category": "categories"}.get(by, f"{by}s")


def _publish(answer, x, y):
    rows, _, by, _, _, _, own = answer
    shown = rows.head(MOST)
    place = len(shown) - 1 - int(y)
    if not (0 <= y < len(shown)) or shown.place[place] >= own:
        return None
    return {by: Values((shown.value[place],))}


STOCK_MEASURES = Study(
    name="stock_measures",
    title="Stock by category, store, brand or product",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=tuple(BY.values()),
    definition=" ".join([*(f"{MEASURES[name].label}: {MEASURES[name].definition}" for name in SHOWN), OBEYS]),
    needs=("stock",),
    choices=(Choice("by", "By", BY), Choice("measure", "Measure", {MEASURES[name].label: name for name in SHOWN})),
    units={MEASURES[name].label: MEASURES[name].unit for name in (*SHOWN, *MORE)},
    height=300,
)  # fmt: skip
