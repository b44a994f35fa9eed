"""The segments that one customer was in, month by month, as a chart on their card."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.customers.segments import INDEX, SEGMENTS
from retail_panel.formats import MONTHS, format_value
from retail_panel.pages.month_ticks import month_ticks
from retail_panel.studies import Study
from retail_panel.studies.look import SHAPE

#: The best segment stands on top.
PLACE = {segment.name: len(SEGMENTS) - 1 - i for i, segment in enumerate(SEGMENTS)}


def _rows(past):
    days = pd.to_datetime(past["day"]).astype("datetime64[us]")
    return pd.DataFrame({
        "day": days, "place": past["segment"].map(PLACE).astype(float), "segment": past["segment"],
        "words": [format_value(day) for day in past["day"]], "recency_days": past["recency_days"],
        "frequency": past["frequency"], "monetary": past["monetary"].astype(float),
        "scores": [f"{row.r} {row.f} {row.m}" for row in past.itertuples()],
    })  # fmt: skip


def _draw(past, look):
    rows = _rows(past)
    room = pd.Timedelta(days=20)
    shape = {
        "xlim": (rows["day"].min() - room, rows["day"].max() + room), "ylim": (-0.6, len(SEGMENTS) - 0.4),
        "yticks": [(place, name) for name, place in PLACE.items()],
        "xticks": month_ticks(rows["day"].min() - room, rows["day"].max(), most=3), **SHAPE,
    }  # fmt: skip
    tips = look.tips(("As of", "words"), ("", "segment"), ("R F M scores", "scores"),
                     ("Recency", "recency_days", "days"), ("Frequency", "frequency", "count"),
                     ("Monetary", "monetary", "money"))  # fmt: skip
    line = rows.hvplot.step(x="day", y="place", where="post", color=look.rule, line_width=2, hover=False, **shape)
    colours = [look.series[INDEX[name] % len(look.series)] for name in rows["segment"]]
    marks = rows.assign(colour=colours).hvplot.scatter(
        x="day", y="place", color="colour", size=55, hover_tooltips=tips,
        hover_cols=["words", "segment", "scores", "recency_days", "frequency", "monetary"], **shape,
    )  # fmt: skip
    return look.dressed(line * marks, legend=None)


def _table(past, look):
    words = {"day": "As of", "segment": "Segment", "r": "R score", "f": "F score", "m": "M score",
             "recency_days": "Recency", "frequency": "Frequency", "monetary": "Monetary"}  # fmt: skip
    return past[list(words)].iloc[::-1].rename(columns=words)


def _says(past, look):
    names = past["segment"].tolist()
    since = len(names) - 1
    while since and names[since - 1] == names[-1]:
        since -= 1
    first = past["month"].iloc[since]
    if not since:
        return f"{names[-1]} at every month's end since {_month(past['month'].iloc[0])}."
    return f"{names[-1]} since the end of {_month(first)}; {names[since - 1]} the month before."


def _month(day):
    return f"{MONTHS[day.month - 1]} {day.year}"


PAST = Study(
    name="customer_past",
    title="Segment at each month's end",
    answer=None, draw=_draw, table=_table, says=_says,
    definition="Each month is scored as of its last day (the latest one as of the last day in scope), among the "
    "customers there were at the time and from the lines up to then: later lines change nothing.",
    units={"Recency": "days", "Monetary": "money", "Frequency": "count", "R score": "count", "F score": "count",
           "M score": "count"},
    width=12, height=230,
)  # fmt: skip
