"""Pareto curve: how much of net sales the best customers bring."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.customers.pareto import TARGET_PERCENT, pareto
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study
from retail_panel.views.palette import BRUSH

BEST = 20


def _answer(asking):
    found = pareto(asking.ask, asking.merged)
    if not found.customers:
        raise Nothing("No order lines of customers are selected. Clear the selection, or widen the scope.")
    if found.curve.share.isna().any():
        raise Nothing(f"{' '.join(found.notes)} Clear the selection, or widen the scope.")
    return found


def _draw(found, look):
    curve = found.curve.assign(part=found.curve.percent / 100)
    top = max(1.0, curve.share.max())
    span = {"xlim": (0, 1.005), "ylim": (0, 1.05 * top)}
    tips = look.tips(("Best", "part", "share"), ("Bring of net sales", "share", "share"),
                     ("Customers", "customers", "count"), ("Net sales", "net_sales", "money"),
                     ("Each at least", "least_net_sales", "money"))  # fmt: skip
    columns = ["customers", "net_sales", "least_net_sales"]
    even = pd.DataFrame({"part": [0.0, 1.0], "share": [0.0, 1.0]})
    equal = even.hvplot.line(x="part", y="share", color=BRUSH, line_width=1, line_dash="dashed", hover=False, **SHAPE)
    area = curve.hvplot.area(x="part", y="share", color=look.series[0], alpha=0.15, line_alpha=0, hover=False, **SHAPE)
    line = curve.hvplot.line(x="part", y="share", color=look.series[0], line_width=2.5, hover=False, **SHAPE)
    dots = curve.hvplot.scatter(x="part", y="share", color=look.series[0], size=14, alpha=0.9, hover_cols=columns,
                                hover_tooltips=tips, **SHAPE)  # fmt: skip
    marked = curve[curve.percent.isin([BEST])].assign(word=_mark(found, look))
    mark = marked.hvplot.scatter(x="part", y="share", color=look.series[1], size=110, hover=False, **SHAPE)
    word = marked.assign(part=marked.part + 0.025, share=marked.share - 0.06 * top).hvplot.labels(
        "part", "share", "word", text_color=look.text, text_align="left", text_font_size="12px", hover=False, **SHAPE
    )
    plot = equal * area * line * dots * mark * word
    return look.dressed(plot, x="share", y="share", legend=None, xlabel="Customers, the best first",
                        ylabel="Share of net sales", **span)  # fmt: skip


def _mark(found, look):
    share = found.curve.set_index("percent").share[BEST]
    return f"best {BEST}% bring {look.write(share, 'share', 'tile')}"


def _table(found, look):
    return found.curve.assign(percent=found.curve.percent / 100).rename(columns={
        "percent": "Best customers", "customers": "Customers", "net_sales": "Net sales", "share": "Share of net sales",
        "least_net_sales": "Each at least",
    })  # fmt: skip


def _says(found, look):
    share = found.curve.set_index("percent").share[BEST]
    whole, needed = look.write(found.net_sales, "money", "tile"), look.write(found.customers_for_target)
    best, part = (look.write(value, "share", "tile") for value in (share, found.share_for_target))
    said = (f"The best {BEST}% of {look.write(found.customers)} customers bring {best} of their net sales of {whole}; "
            f"{needed} ({part}) bring {TARGET_PERCENT}%. Gini coefficient {found.gini:.2f} (0 is all alike).")
    return " ".join([said, *found.notes])


CONCENTRATION = Study(
    name="concentration",
    title="Pareto curve",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Customers with any line in the selection, ranked by net sales in it, the best first, added up; the "
    "dashed line is where all spend alike. Who returned more than they bought comes last and brings the curve down. "
    "The Gini coefficient counts them as zero.",
    needs=("customer_key",),
    units={"Best customers": "share", "Net sales": "money", "Share of net sales": "share", "Each at least": "money"},
    height=332,
)  # fmt: skip
