"""What the money in stock brings back: GMROI by category, ranked."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.crossfilter.clause import NONE, Values
from retail_panel.measures import MEASURES
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.inventory.counted import OBEYS, narrowed, span, stock_by
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study

MOST = 12
COLUMNS = {"value": "Category", "gmroi": "GMROI", "counted_margin": "Gross margin while counted",
           "average_stock_value": "Average stock at cost"}  # fmt: skip


def _answer(asking):
    rows, whole = stock_by(asking, "category")
    rows = rows[rows.gmroi.notna()].sort_values(["gmroi", "value"], ascending=[False, True], ignore_index=True)
    if rows.empty:
        raise Nothing("GMROI needs stock at cost and sales with a unit cost, and what is selected has none. Widen it.")
    cut_ = asking.scene.coded.bins.get("category")
    own = set(cut_.values) - {NONE} if cut_ else set()
    return rows, whole, span(asking, "category"), narrowed(asking, "category"), own


def _draw(answer, look):
    shown = answer[0].head(MOST).iloc[::-1]
    shown = shown.assign(label=[cut(value, 22) for value in shown.value])
    bars = shown.hvplot.barh(
        x="label", y="gmroi", color=look.series[2], bar_width=0.72,
        ylim=(min(0, 1.06 * shown.gmroi.min()), max(1.06 * shown.gmroi.max(), 1e-9)),
        hover_cols=["value", "counted_margin", "average_stock_value"],
        hover_tooltips=look.tips(
            ("", "value"), ("GMROI", "gmroi", "ratio"), ("Gross margin", "counted_margin", "money"),
            ("Average stock at cost", "average_stock_value", "money"),
        ), **SHAPE,
    )  # fmt: skip
    return look.dressed(bars, x="ratio", legend=None)


def _table(answer, look):
    return answer[0][list(COLUMNS)].rename(columns=COLUMNS)


def _says(answer, look):
    rows, whole, when, narrow, _ = answer
    first, sign = rows.iloc[0], look.write(1, "money")
    text = (
        f"Each {sign} of stock in {first.value} brought back {look.write(first.gmroi, 'money')} of gross margin "
        f"{when}, the most; {look.write(whole.gmroi, 'money')} over all categories."
    )
    if len(rows) > 1:
        last = rows.iloc[-1]
        text += f" {last.value} brought least, {look.write(last.gmroi, 'money')}."
    return f"{text} {narrow}".strip()


def _publish(answer, x, y):
    shown = answer[0].head(MOST)
    value = shown.value[len(shown) - 1 - int(y)] if 0 <= y < len(shown) else None
    return {"category": Values((value,))} if value in answer[-1] else None


GMROI = Study(
    name="gmroi",
    title="What the money in stock brings back (GMROI)",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("category",),
    definition=f"GMROI: {MEASURES['gmroi'].definition} {OBEYS} Source: {MEASURES['gmroi'].source}.",
    needs=("stock", "category"),
    units={"GMROI": "ratio", "Gross margin while counted": "money", "Average stock at cost": "money"},
    height=348,
)  # fmt: skip
