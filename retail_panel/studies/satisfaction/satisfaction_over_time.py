"""CSAT and NPS month by month, with their intervals."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.formats import MONTHS
from retail_panel.operations.satisfaction import satisfaction_by_month
from retail_panel.studies.apart import Groups, month_of
from retail_panel.studies.forms.months import day_number, month_ticks
from retail_panel.studies.layers import area, line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.satisfaction.scales import (
    COLUMNS,
    DEFINITION,
    SCALE,
    TABLE_UNITS,
    TITLES,
    UNITS,
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


def _answer(asking):
    scale = asking.choices["scale"]
    rows = satisfaction_by_month(asking.ask, asking.tables).rows
    rows = rows.assign(words=[f"{MONTHS[day.month - 1]} {day.year}" for day in rows.value])
    if on_scale(rows, scale).empty:
        raise nobody(asking, f"Nobody answered on the {TITLES[scale]} scale.")
    return rows, scale, narrowed(asking)


def _draw(answer, look):
    rows, scale, _ = answer
    shown = on_scale(rows, scale)
    months = pd.to_datetime(shown.value)
    shown = shown.assign(at=[day_number(month) for month in months])
    shape = {"x": "at", "xlim": (shown["at"].min() - 10, shown["at"].max() + 10), "ylim": span(shown, scale), **SHAPE}
    band = area(shown["at"], shown.low, shown.high, look.series[0], 0.2)
    course = line(shown["at"], shown.figure, look.series[0])
    dots = shown.hvplot.scatter(
        y="figure", color=look.series[0], size=36, hover_cols=["words", "low", "high", "answers"],
        hover_tooltips=tips(look, scale, ("", "words")), xticks=month_ticks(months), **shape,
    )  # fmt: skip
    return look.dressed(dots, y=UNITS[scale], legend=None, layers=[band, course])


def _table(answer, look):
    return answer[0].rename(columns={"words": "Month", **COLUMNS})[["Month", *COLUMNS.values()]]


def _says(answer, look):
    rows, scale, narrow = answer
    shown, write = on_scale(rows, scale), writer(look, scale)
    last = shown.iloc[-1]
    text = (
        f"{TITLES[scale]} was {write(last.figure)} in {last.words} (95% interval {write(last.low)} to "
        f"{write(last.high)}, {counted(last.answers)})."
    )
    return f"{text} {told(shown, scale, write, 'words', 'months')} {narrow}".strip()


SATISFACTION_OVER_TIME = Study(
    name="satisfaction_over_time",
    title="Satisfaction by month",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition=f"{DEFINITION} {TESTED} A month is that of the answer, not of the order.",
    needs=("feedback",),
    choices=(SCALE,),
    groups=Groups(("scale", lambda answers: month_of(answers.given_at))),
    units=TABLE_UNITS,
    height=250,
)  # fmt: skip
