"""CSAT and NPS with their intervals by channel, by store and by segment."""

from dataclasses import replace

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
from bokeh.models import Segment

from retail_panel.crossfilter.clause import NONE, Values
from retail_panel.dimensions import DIMENSIONS
from retail_panel.operations.satisfaction import satisfaction, satisfaction_by_group
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import Layer, line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.satisfaction.scales import (
    COLUMNS,
    DEFINITION,
    SCALE,
    TABLE_UNITS,
    TITLES,
    UNITS,
    WHISKER,
    counted,
    narrowed,
    nobody,
    on_scale,
    span,
    tips,
    writer,
)
from retail_panel.studies.satisfaction.standouts import TESTED, told
from retail_panel.studies.study import Study

MOST = 12


def _answer(name):
    def answer(asking):
        scale = asking.choices["scale"]
        part = replace(asking, filters={n: clause for n, clause in asking.filters.items() if n != name})
        whole = on_scale(satisfaction(asking.ask, part.tables).rows, scale)
        if whole.empty:
            raise nobody(asking, f"Nobody answered on the {TITLES[scale]} scale.")
        labels = asking.labels(name)
        if name == "segment":
            found = satisfaction_by_group(asking.ask, part.tables, asking.scored, name)
            rows = found.rows.assign(value=found.rows.value.map(dict(enumerate(labels))))
        else:
            found = satisfaction(asking.ask, part.tables, name)
            rows = found.rows
        order = {label: place for place, label in enumerate(labels)}
        rows = rows.assign(place=rows.value.map(lambda value: order.get(value, len(order))))
        rows = rows.sort_values(["place", "value"], ignore_index=True)
        if on_scale(rows, scale).empty:
            raise nobody(asking, f"No {TITLES[scale]} answer says its {DIMENSIONS[name].label.lower()}.")
        clickable = set(labels) - {NONE} - {label for label in labels if label.startswith("Other (")}
        return rows, whole.iloc[0], scale, found.left_out, narrowed(asking, name), clickable

    return answer


def _draw(answer, look):
    rows, whole, scale, *_ = answer
    shown = on_scale(rows, scale).head(MOST).iloc[::-1].reset_index(drop=True)
    labels = [cut(value, 24) for value in shown.value]
    shown = shown.assign(at=shown.index.astype(float))
    low, high = span(shown, scale)
    shape = {"ylim": (-0.6, len(shown) - 0.4), "xlim": (low, high), **SHAPE}
    spans = {"x0": shown.low.to_numpy(), "x1": shown.high.to_numpy(), "y": shown["at"].to_numpy()}
    bars = Layer(Segment, spans, {"y0": "y", "y1": "y", "line_color": look.series[0], **WHISKER})
    mean = line([whole.figure] * 2, shape["ylim"], look.text, width=1.2, line_dash="dashed")
    dots = shown.hvplot.scatter(
        x="figure", y="at", color=look.series[0], size=64, hover_cols=["value", "low", "high", "answers"],
        hover_tooltips=tips(look, scale, ("", "value")), yticks=list(enumerate(labels)), **shape,
    )  # fmt: skip
    return look.dressed(dots, x=UNITS[scale], legend=None, layers=[mean, bars])


def _table(name):
    heading = DIMENSIONS[name].label

    def table(answer, look):
        return answer[0].rename(columns={"value": heading, **COLUMNS})[[heading, *COLUMNS.values()]]

    return table


def _says(name):
    plural = f"{DIMENSIONS[name].label.lower()}s"

    def says(answer, look):
        rows, whole, scale, left_out, narrow, _ = answer
        shown, write = on_scale(rows, scale), writer(look, scale)
        compared = told(shown, scale, write, "value", plural)
        text = f"{TITLES[scale]} is {write(whole.figure)} overall (dashed). {compared}"
        more = len(shown) - MOST
        text += f" {more} more in the table." if more > 0 else ""
        text += f" Left out: {counted(left_out)} without a {DIMENSIONS[name].label.lower()}." if left_out else ""
        return f"{text} {narrow}".strip()

    return says


def _publish(name):
    def publish(answer, x, y):
        rows, _, scale, _, _, clickable = answer
        shown = on_scale(rows, scale).head(MOST).iloc[::-1]
        place = round(y)
        value = shown.value.iloc[place] if 0 <= place < len(shown) else None
        return {name: Values((value,))} if value in clickable else None

    return publish


def _study(name, more=(), height=290):
    label = DIMENSIONS[name].label.lower()
    return Study(
        name=f"satisfaction_by_{name}",
        title=f"Satisfaction by {label}",
        answer=_answer(name), draw=_draw, table=_table(name), says=_says(name), publish=_publish(name), dims=(name,),
        definition=f"{DEFINITION} {TESTED} What is selected of {label}s does not narrow this chart. The dashed line is "
        "the figure of all answers.",
        needs=("feedback", *more),
        choices=(SCALE,),
        groups=None if name == "segment" else Groups(("scale", name)),
        units=TABLE_UNITS,
        height=height,
    )  # fmt: skip


BY_CHANNEL = _study("channel", height=230)
BY_SEGMENT = _study("segment", ("customer_key",))
BY_STORE = _study("store")
