"""Pareto curve: how much of net sales the best customers bring."""

from dataclasses import dataclass

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
from bokeh.models import Scatter

from retail_panel.crossfilter.clause import Range
from retail_panel.customers.pareto import TARGET_PERCENT, Pareto, pareto
from retail_panel.studies.layers import Layer, area, line, words
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study
from retail_panel.views.palette import BRUSH

BEST = 20
RANK = "sales_rank"


@dataclass(frozen=True)
class Concentration:
    """The curve, whether the selection narrows its lines, and the percents that are selected of it."""

    pareto: Pareto
    is_whole: bool
    picked: tuple | None


def _answer(asking):
    if not asking.scene.population.customers:
        raise Nothing("Nobody in scope has bought anything, so nobody has a rank. Widen the scope.")
    lines, scored = asking.merged_ignoring(RANK), asking.scored
    found = pareto(asking.ask, lines, scored)
    if found.curve.share.isna().any():
        raise Nothing("The net sales selected are not positive, so nobody has a share of them. Clear the selection, or "
                      "widen the scope.")  # fmt: skip
    codes = asking.scene.coded.bins[RANK].codes(asking.filters[RANK]) if RANK in asking.filters else None
    picked = (codes[0], codes[-1] + 1) if codes else None
    return Concentration(found, not set(asking.filters) - {RANK}, picked)


def _draw(answer, look):
    found = answer.pareto
    curve = found.curve.assign(part=found.curve.percent / 100)
    top = max(1.0, curve.share.max())
    span = {"xlim": (0, 1.005), "ylim": (0, 1.05 * top)}
    tips = look.tips(("Best", "part", "share"), ("Bring of net sales", "share", "share"),
                     ("Customers", "customers", "count"), ("Net sales", "net_sales", "money"),
                     ("Each in scope at least", "least_net_sales", "money"))  # fmt: skip
    columns = ["customers", "net_sales", "least_net_sales"]
    low, high = answer.picked or (0, 100)
    picked, marked = curve[curve.percent.between(low, high)], curve[curve.percent == BEST]
    spot = {"x": marked.part.to_numpy(), "y": marked.share.to_numpy()}
    layers = [
        line((0.0, 1.0), (0.0, 1.0), BRUSH, width=1, line_dash="dashed"),
        area(picked.part, 0.0, picked.share, look.series[0], 0.3 if answer.picked else 0.15),
        line(curve.part, curve.share, look.series[0], width=2.5),
        Layer(Scatter, spot, {"size": 10.5, "fill_color": look.series[1], "line_color": look.series[1]}),
        words(spot["x"] + 0.025, spot["y"] - 0.04 * top, [_mark(found, look)], look.text, text_align="left",
              text_baseline="top", text_font_size="12px"),
    ]  # fmt: skip
    dots = curve.hvplot.scatter(x="part", y="share", color=look.series[0], size=14, alpha=0.9, hover_cols=columns,
                                hover_tooltips=tips, **SHAPE)  # fmt: skip
    return look.dressed(dots, x="share", y="share", legend=None, layers=layers, xlabel="Customers, the best first",
                        ylabel="Share of net sales", **span)  # fmt: skip


def _mark(found, look):
    share = found.curve.set_index("percent").share[BEST]
    # On a phone one line would run into that of equal shares.
    space = "\n" if look.narrow else " "
    return f"best {BEST}%{space}bring {look.write(share, 'share', 'tile')}"


def _table(answer, look):
    found = answer.pareto
    return found.curve.assign(percent=found.curve.percent / 100).rename(columns={
        "percent": "Best customers", "customers": "Customers", "net_sales": "Net sales", "share": "Share of net sales",
        "least_net_sales": "Each in scope at least",
    })  # fmt: skip


def _says(answer, look):
    found = answer.pareto
    share = found.curve.set_index("percent").share[BEST]
    whole, needed = look.write(found.net_sales, "money", "tile"), look.write(found.customers_for_target)
    best, part = (look.write(value, "share", "tile") for value in (share, found.share_for_target))
    if answer.is_whole:
        said = (f"The best {BEST}% of {look.write(found.customers)} customers bring {best} of their net sales of "
                f"{whole}; {needed} ({part}) bring {TARGET_PERCENT}%. Gini coefficient {found.gini:.2f} (0 is all "
                "alike).")  # fmt: skip
    else:
        said = (f"Of the net sales selected, {whole}, the best {BEST}% of all {look.write(found.customers)} customers "
                f"in scope bring {best}; {needed} ({part}) bring {TARGET_PERCENT}%.")  # fmt: skip
    if found.unranked_net_sales:
        lost = look.write(found.unranked_net_sales, "money", "tile")
        said += f" Customers with returns only ({lost}) have no rank."
    return " ".join([said, *found.notes])


def _publish(answer, x, y):
    # Round steps, so that a second click meets what the first one took.
    return _brush(answer, 0.0, max(0.01, round(20 * x) / 20)) if 0 <= x < 0.975 else None


def _brush(answer, low, high):
    low, high = (min(max(round(100 * end), 0), 100) for end in (low, high))
    if low >= high or (low, high) == (0, 100):
        return None
    return {RANK: Range(low or None, high if high < 100 else None)}


CONCENTRATION = Study(
    name="concentration",
    title="Pareto curve",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, brush=_brush, dims=(RANK,),
    definition="All customers in scope, ranked by their net sales in it, the best first, and what they bring of the "
    "net sales selected, added up: a selection ranks nobody anew, so that the same click means the same customers. The "
    "dashed line is where all spend alike. Who returned more than they bought comes last and brings the curve down. "
    "The Gini coefficient counts them as zero. A click selects the best customers up to there, dragging those between.",
    needs=("customer_key",),
    units={"Best customers": "share", "Net sales": "money", "Share of net sales": "share",
           "Each in scope at least": "money"},
    height=332,
)  # fmt: skip
