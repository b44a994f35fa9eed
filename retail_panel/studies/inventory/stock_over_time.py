"""Stock from count to count: what ran out, and what lies on the shelves at cost."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.operations.levels import levels
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.months import day_number, month_ticks
from retail_panel.studies.inventory.counted import OBEYS, counted, narrowed, no_counts
from retail_panel.studies.layers import line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study

COLUMNS = {"day": "Day counted", "counts": "Counts", "stock_outs": "Stock-outs", "stock_out_rate": "Stock-out rate",
           "on_hand": "Units on hand", "at_cost": "Stock at cost"}  # fmt: skip


def _answer(column):
    def answer(asking):
        rows = levels(asking.ask, counted(asking, "ordered_at"))
        if rows.empty:
            raise no_counts(asking)
        if rows[column].isna().all():
            raise Nothing("The stock counts of what is selected carry no unit cost, so their value is not known.")
        rows = rows.assign(at=pd.to_datetime(rows.day), words=[f"{d.day} {d:%b %Y}" for d in rows.day])
        picked = asking.filters.get("ordered_at")
        inside = pd.Series(True, rows.index)
        if picked is not None:
            inside = (rows["at"] >= (picked.low or rows["at"].min())) & (rows["at"] < (picked.high or pd.Timestamp.max))
        return rows.assign(inside=inside), narrowed(asking)

    return answer


def _draw(column, unit, colour):
    def draw(answer, look):
        rows = answer[0].copy()
        top = 1.1 * (rows[column].max() or 1e-9)
        ticks = month_ticks(rows["at"])
        rows["place"] = [day_number(at) for at in rows["at"]]
        tips = look.tips(("", "words"), ("Stock-out rate", "stock_out_rate", "share"),
                         ("Stock-outs", "stock_outs", "count"), ("Counts", "counts", "count"),
                         ("Units on hand", "on_hand", "count"), ("At cost", "at_cost", "money"))  # fmt: skip
        shape = {"x": "place", "xlim": (rows.place.min() - 0.5, rows.place.max() + 0.5), "xticks": ticks,
                 "ylim": (0, top), "hover_tooltips": tips, **SHAPE,
                 "hover_cols": ["words", "stock_out_rate", "stock_outs", "counts", "on_hand", "at_cost"]}  # fmt: skip
        behind = rows.hvplot.line(y=column, color="#94a3b8", line_width=1.4, **shape)
        shown = line(rows.place, rows[column].where(rows.inside), look.series[colour], width=2.2, is_below=False)
        return look.dressed(behind, y=unit, legend=None, layers=[shown])

    return draw


def _table(answer, look):
    rows = answer[0]
    return rows[rows.inside][list(COLUMNS)].rename(columns=COLUMNS)


def _stock_outs_say(answer, look):
    rows, narrow = answer
    inside = rows[rows.inside]
    if inside.empty:
        return f"No day counted lies in the time selected. {narrow}".strip()
    rate = inside.stock_outs.sum() / inside.counts.sum()
    worst = inside.loc[inside.stock_out_rate.idxmax()]
    return (
        f"{look.write(rate, 'share', 'tile')} of the counts from {inside.words.iloc[0]} to {inside.words.iloc[-1]} "
        f"found nothing on hand ({look.write(inside.stock_outs.sum())} of {look.write(inside.counts.sum())}); most on "
        f"{worst.words}, {look.write(worst.stock_out_rate, 'share', 'tile')}. {narrow}"
    ).strip()


def _levels_say(answer, look):
    rows, narrow = answer
    inside = rows[rows.inside & rows.at_cost.notna()]
    if inside.empty:
        return f"No day counted lies in the time selected. {narrow}".strip()
    first, last, most = inside.iloc[0], inside.iloc[-1], inside.loc[inside.at_cost.idxmax()]
    text = (
        f"{look.write(last.at_cost, 'money', 'tile')} at cost on hand on {last.words}, after "
        f"{look.write(first.at_cost, 'money', 'tile')} on {first.words}; most on {most.words}, "
        f"{look.write(most.at_cost, 'money', 'tile')}."
    )
    if inside.counts.min() < inside.counts.max():
        text += f" Not every day has as many counts ({inside.counts.min():,} to {inside.counts.max():,})."
    return f"{text} {narrow}".strip()


STOCK_OUTS = Study(
    name="stock_outs",
    title="Stock-outs over time",
    answer=_answer("stock_out_rate"), draw=_draw("stock_out_rate", "share", 3), table=_table, says=_stock_outs_say,
    definition="Share of the counts of one product in one store on one day that found nothing on hand. A selection of "
    f"time is drawn in colour, the rest stays in grey behind. {OBEYS}",
    needs=("stock",),
    groups=Groups(),
    units={"Stock-out rate": "share", "Stock at cost": "money"},
    height=220,
)  # fmt: skip
STOCK_AT_COST = Study(
    name="stock_at_cost",
    title="Stock on hand, at cost",
    answer=_answer("at_cost"), draw=_draw("at_cost", "money", 0), table=_table, says=_levels_say,
    definition="Units on hand times unit cost, of each day on which stock was counted. A day on which fewer stores "
    "were counted has less for that alone. A selection of time is drawn in colour, the rest stays in grey behind. "
    f"{OBEYS}",
    needs=("stock",),
    groups=Groups(),
    units={"Stock-out rate": "share", "Stock at cost": "money"},
    height=220,
)  # fmt: skip
