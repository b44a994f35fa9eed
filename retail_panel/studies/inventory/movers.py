"""Products that lie on the shelf, and products that fly off it."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np

from retail_panel.measures import MEASURES
from retail_panel.operations.inventory import inventory
from retail_panel.operations.movers import FAST_WEEKS, SLOW_WEEKS, movers
from retail_panel.studies.baskets.bought_together import product_words, told_apart
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.inventory.counted import OBEYS, counted, narrowed, no_counts, shared
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study

MOST = 10
MOST_ROWS = 500
FIGURES = ("weeks_of_cover", "inventory_turnover", "closing_stock", "counted_units", "average_stock_value",
           "stock_out_rate", "gmroi")  # fmt: skip
RANKED = {"slow": "weeks_of_cover", "fast": "inventory_turnover"}
ELSE = {
    "slow": f"No product has more than {SLOW_WEEKS:g} weeks of cover on the last day counted",
    "fast": f"No product has less than {FAST_WEEKS:g} weeks of cover on the last day counted",
}


def _answer(pace):
    def answer(asking):
        found = movers(_products(asking), pace, limit=MOST_ROWS)
        if not found.products:
            raise no_counts(asking)
        if found.rows.empty:
            raise Nothing(f"{ELSE[pace]}, of {found.products:,} products counted. Widen the scope to see more of them.")
        words = product_words(asking, found.rows["product"])
        rows = found.rows.assign(name=[words[code] for code in found.rows["product"]])
        return found, rows, narrowed(asking)

    return answer


def _products(asking):
    """Return the stock of each product, asked for once by both studies."""
    key = ("products counted", repr(shared(asking)))
    return asking.once(key, lambda: inventory(asking.ask, counted(asking, by="product"), "product"))


def _draw(pace):
    column = RANKED[pace]
    unit = MEASURES[column].unit
    colour = {"slow": 1, "fast": 2}[pace]

    def draw(answer, look):
        shown = answer[1].head(MOST).iloc[::-1]
        known = shown[column].dropna()
        top = known.max() if len(known) else 1.0
        # What sold nothing lasts for ever: its bar fills the chart, and the hover says so.
        shown = shown.assign(
            label=told_apart([cut(name, 26) for name in shown["name"]]), length=shown[column].fillna(1.06 * top),
            figure=[look.write(value, unit) if np.isfinite(value) else "for ever: nothing sold"
                    for value in shown[column]],
        )  # fmt: skip
        told = [(MEASURES[name].label, name, MEASURES[name].unit) for name in FIGURES if name != column]
        bars = shown.hvplot.barh(
            x="label", y="length", color=look.series[colour], ylim=(0, 1.06 * top),
            bar_width=min(0.72, 0.1 * len(shown)),
            hover_cols=["name", "product", "figure", *FIGURES],
            hover_tooltips=look.tips(("", "name"), ("Product", "product"), (MEASURES[column].label, "figure"), *told),
            **SHAPE,
        )  # fmt: skip
        return look.dressed(bars, x=unit, legend=None)

    return draw


def _table(answer, look):
    headings = {"product": "Product", "name": "Name", **{name: MEASURES[name].label for name in FIGURES}}
    return answer[1][list(headings)].rename(columns=headings)


def _says(pace):
    def says(answer, look):
        found, rows, narrow = answer
        first = rows.iloc[0]
        many = f"{look.write(found.matching)} of {look.write(found.products)} products counted are {pace} movers"
        if pace == "slow":
            tied = look.write(rows.average_stock_value.sum(), "money", "tile")
            cover = look.write(first.weeks_of_cover, "weeks") if first.counted_units > 0 else "without any sale"
            worth = f" and tie up {tied} of stock at cost on average" if len(rows) == found.matching else ""
            text = f"{many}{worth}. Slowest: {first['name']} ({cover}{' of cover' if first.counted_units > 0 else ''})."
        else:
            turned = look.write(first.inventory_turnover, "ratio", "tile")
            text = (
                f"{many}: less than {FAST_WEEKS:g} weeks of cover are left. Fastest: {first['name']}, whose stock was "
                f"sold {turned} times over while it was counted."
            )
        return f"{text} {narrow}".strip()

    return says


def _study(pace, title):
    return Study(
        name=f"{pace}_movers",
        title=title,
        answer=_answer(pace), draw=_draw(pace), table=_table, says=_says(pace),
        definition=(
            f"Slow: more than {SLOW_WEEKS:g} weeks of cover on the last day counted, or stock on hand and no net sales "
            "while stock was counted; ranked by weeks of cover. "
            if pace == "slow" else
            f"Fast: less than {FAST_WEEKS:g} weeks of cover on the last day counted, and net sales while stock was "
            "counted; ranked by inventory turnover. "
        ) + f"Weeks of cover: {MEASURES['weeks_of_cover'].definition} "
        f"Inventory turnover: {MEASURES['inventory_turnover'].definition} {OBEYS}",
        needs=("stock", "product"),
        units={MEASURES[name].label: MEASURES[name].unit for name in FIGURES},
        height=280,
    )  # fmt: skip


SLOW_MOVERS = _study("slow", "Slow movers: weeks of cover")
FAST_MOVERS = _study("fast", "Fast movers: stock turned over")
