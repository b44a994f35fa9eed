"""Net sales through the day, beside usual days of the same weekday."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.formats import format_value
from retail_panel.live.usual_day import usual_day
from retail_panel.studies.layers import area, line
from retail_panel.studies.live.present import ABOUT, clock, present, weekdays
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Choice, Nothing, Study

SLOTS = {"by hour": "60", "by quarter of an hour": "15", "by 5 minutes": "5"}
EVERY_H = 3


def _answer(asking):
    found, lines = present(asking)
    minutes = int(asking.choices["minutes"])
    frame = usual_day(asking.ask, lines, found, minutes)
    if not frame[["today", "usual", "low", "high"]].fillna(0.0).to_numpy().any():
        raise Nothing(f"Nothing was sold here, neither on {format_value(found.today)} nor on usual days. Clear the "
                      "selection, or widen it.")  # fmt: skip
    return frame, found, minutes


def _draw(answer, look):
    frame, _, minutes = answer
    frame = frame.assign(hour=frame.minute / 60, slot=[_slot(minute, minutes) for minute in frame.minute])
    known = frame.assign(**{name: frame[name].fillna(0.0) for name in ("usual", "low", "high")})
    highest = float(np.nanmax(frame[["today", "high"]].to_numpy(float), initial=0.0)) or 1.0
    lowest = min(0.0, float(np.nanmin(frame[["today", "low"]].to_numpy(float), initial=0.0)))
    tips = look.tips(("", "slot"), ("Today", "today", "money"), ("Usual", "usual", "money"))
    ticks = [(hour, f"{hour:02}:00") for hour in range(0, 25, EVERY_H)]
    dots = frame.hvplot.scatter(
        x="hour", y="today", color=look.series[0], size=22, hover_cols=["slot", "usual"], hover_tooltips=tips,
        xlim=(0, 24), xticks=ticks, ylim=(lowest, 1.12 * highest), **SHAPE,
    )  # fmt: skip
    # What is sold in a slot is sold until the next one begins.
    hours, today = np.repeat(frame.hour, 2)[1:], np.repeat(frame.today, 2)[:-1]
    layers = [
        area(known.hour, known.low, known.high, look.series[-1], 0.25, "Usual, 8 of 10 days"),
        line(known.hour, known.usual, look.text, "Usual day", width=1.2, line_dash="dashed"),
        line(hours, today, look.series[0], "Today", width=2.5),
    ]
    return look.dressed(dots, y="money", legend="top", layers=layers)


def _slot(minute, minutes):
    return f"{clock(minute)} to {clock(minute + minutes)}"


def _table(answer, look):
    frame, _, minutes = answer
    return pd.DataFrame({
        "Time": [_slot(minute, minutes) for minute in frame.minute], "Today": frame.today, "Usual": frame.usual,
        "Usual, low": frame.low, "Usual, high": frame.high,
    })  # fmt: skip


def _says(answer, look):
    frame, found, minutes = answer
    so_far = frame[frame.minute <= found.minute]
    total = look.write(float(so_far.today.sum()), "money", "tile")
    head = f"{found.today:%A}, {found.today.day} {found.today:%B}, up to {found.now:%H:%M}: {total} net"
    usual = weekdays(found)
    if usual is None:
        return f"{head}. There is no earlier {found.today:%A} in scope to compare with."
    over = frame[frame.minute + minutes <= found.minute]
    expected = float(over.usual.sum())
    if expected <= 0:
        return f"{head}; on {usual} little or nothing was sold by then."
    change = float(over.today.sum()) / expected - 1
    word = "more" if change > 0 else "less"
    size = look.write(abs(change), "share", "tile")
    return f"{head}. In the slots that are over, {size} {word} than the median of {usual}, slot by slot."


SALES_TODAY = Study(
    name="sales_today",
    title="Sales today against a usual day",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Net sales by time of day. The dashed line is the median of usual days, the band holds the middle eight "
    f"tenths of them; a usual day without sales in a slot counts as zero. {ABOUT}",
    choices=(Choice("minutes", "Slots", SLOTS),),
    units={"Today": "money", "Usual": "money", "Usual, low": "money", "Usual, high": "money"},
    width=12, height=280,
)  # fmt: skip
