"""Revenue by channel, month by month."""

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.studies.apart import Groups, month_of_order
from retail_panel.studies.forms.bars import month_ticks
from retail_panel.studies.span import span
from retail_panel.studies.study import Nothing, Study
from retail_panel.studies.trends.partial import partly
from retail_panel.studies.trends.series import nearest, series
from retail_panel.trends.monthly import over_time


def _answer(asking):
    labels = asking.labels("channel")
    lines = asking.own_lines
    lines = lines.filter(lines.c_channel < len(labels))
    over = over_time(asking.ask, lines, "month", "c_channel", span(asking), ("net_sales",))
    if over.table.empty:
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    rows = {code: over.of(code).table for code in over.values}
    empty = next(iter(rows.values())).assign(net_sales=0.0)
    parts = [rows.get(code, empty).assign(series=label, place=range(len(empty))) for code, label in enumerate(labels)]
    return pd.concat(parts, ignore_index=True).rename(columns={"net_sales": "value"}), labels


def _draw(answer, look):
    frame, labels = answer
    colours = dict(zip(labels, np.resize(look.series, len(labels)), strict=True))
    tips = (("", "label"), ("", "series"), ("Net sales", "value", "money"))
    return series(frame, colours, look, "money", month_ticks(frame.period), tips)


def _table(answer, look):
    frame, _ = answer
    return pd.DataFrame({
        "Month": frame.label, "Channel": frame.series, "Net sales": frame.value,
        "Whole month": np.where(frame.is_partial, "no", "yes"),
    })  # fmt: skip


def _says(answer, look):
    frame, labels = answer
    whole, cut = frame[~frame.is_partial], partly(list(frame.label[frame.is_partial].unique()))
    if whole.empty:
        return f"There is no whole month to look at.{cut}"
    best = whole.loc[whole.groupby("series", sort=False).value.idxmax()]
    best = best[best.value > 0].head(4)
    rows = [f"{row.series} {row.label} ({look.write(row.value, 'money', 'tile')})" for row in best.itertuples()]
    listed = "; ".join(rows)
    return f"Best months: {listed}.{cut}" if listed else f"No channel has net sales above zero in a whole month.{cut}"


def _publish(answer, x, y):
    row = nearest(answer[0], x, y)
    return None if row is None else {"channel": Values((row.series,))}


CHANNEL_SALES = Study(
    name="channel_sales",
    title="Revenue by channel over time",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("channel",),
    definition="Net sales (sales less returns) of each month by channel. A month that scope, a brush on time or the "
    "source cuts off is partial.",
    needs=("channel",),
    groups=Groups(("channel", month_of_order), is_whole=True),
    units={"Net sales": "money"},
)  # fmt: skip
