"""Trend, season and rest of sales, one above the other on one scale."""

from dataclasses import replace

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.studies.forms.bars import month_ticks
from retail_panel.studies.layers import line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.trends.decomposition import decomposition
from retail_panel.views.ticks import round_places

MEASURES = {"net_sales": ("Net sales", "money"), "transactions": ("Transactions", "count")}
GRAINS = {"Finest there is enough for": "", "Days, season of the week": "day", "Months, season of the year": "month"}
SEASONS = {"day": "week", "month": "year"}
#: From the bottom: the band's parts with their words and the place of their colour; None is the colour of words.
BANDS = ((("rest", "Rest", 4),), (("season", "Season", 1),), (("observed", "Observed", None), ("trend", "Trend", 0)))
GAP = 0.07
#: How solid the line of what was observed is.
OBSERVED = 0.55


def _answer(asking):
    found = decomposition(
        asking.ask, asking.dated or asking.merged, asking.choices["measure"], asking.choices["grain"] or None,
        span(asking),
    )  # fmt: skip
    if found.grain is None:
        raise Nothing(f"{found.reason} Widen the scope, or clear the selection of time.")
    if not found.table.observed.any():
        raise Nothing("Nothing was sold here, so there is nothing to take apart. Clear the selection, or widen it.")
    return found


def _draw(found, look):
    unit = MEASURES[found.measure][1]
    frame, ticks, offsets, top = _banded(found.table, look, unit)
    frame["label"] = frame["label"].astype(object)
    rules = [line((-0.5, len(frame) - 0.5), (offset, offset), look.rule, width=1) for offset in offsets]
    lines = [_line(frame, part, words, look, unit, place) for band in BANDS[::-1] for part, words, place in band]
    # What was observed is told under the pointer by the element that all others lie beside.
    (_, words, _), *_ = BANDS[-1]
    told = frame.hvplot.line(
        x="place", y="observed_drawn", color=look.text, line_width=1, alpha=OBSERVED, hover_cols=["label", "observed"],
        hover_tooltips=look.tips(("", "label"), (words, "observed", unit)), xlim=(-0.5, len(frame) - 0.5),
        ylim=(0, top), xticks=month_ticks(frame.period, 5), yticks=ticks, **SHAPE,
    )  # fmt: skip
    return look.dressed(told, legend="top", layers=[*rules, *lines[1:]], label=words)


def _line(frame, part, words, look, unit, place):
    colour = look.text if place is None else look.series[place]
    columns = {"label": frame.label.to_numpy(), part: frame[part].to_numpy()}
    drawn = line(frame.place, frame[f"{part}_drawn"], colour, words, 2 if part == "trend" else 1, is_below=False,
                 tips=look.tips(("", "label"), (words, part, unit)))  # fmt: skip
    return replace(drawn, columns=drawn.columns | columns)


def _banded(table, look, unit):
    """Return the parts moved into bands of one scale, the ticks of all bands, where each is zero, and the top."""
    whole = sum(_reach(table, band)[1] - _reach(table, band)[0] for band in BANDS) or 1.0
    frame, ticks, zeros, at = table.assign(place=range(len(table))), [], [], 0.0
    for band in BANDS:
        low, high = _reach(table, band)
        at += GAP * whole
        for part, *_ in band:
            frame[f"{part}_drawn"] = frame[part] - low + at
        zeros.append(at - low if low <= 0 <= high else at)
        if high > low:
            most = max(1, round(8 * (high - low) / whole))
            ticks += [(value - low + at, look.write(value, unit, "tick")) for value in round_places(low, high, most)]
        at += high - low
    return frame, ticks, zeros, at + GAP * whole


def _reach(table, band):
    parts = table[[part for part, *_ in band]]
    return float(parts.min().min()), float(parts.max().max())


def _table(found, look):
    columns = {"label": "Period", "observed": "Observed", "trend": "Trend", "season": "Season", "rest": "Rest"}
    return found.table[list(columns)].rename(columns=columns)


def _says(found, look):
    words, unit = MEASURES[found.measure]
    table, season = found.table, SEASONS[found.grain]
    first, last = table.iloc[0], table.iloc[-1]
    when = "on" if found.grain == "day" else "in"
    ends = [f"{look.write(row.trend, unit, 'tile')} {when} {row.label}" for row in (first, last)]
    parts = (found.strength_of_season, found.strength_of_trend)
    strengths = [f"{_strong(value)} ({value:.2f} of 1)" for value in parts]
    return (f"{words} by {found.grain}: the season of the {season} is {strengths[0]}, the trend {strengths[1]}; the "
            f"trend goes from {ends[0]} to {ends[1]}.")  # fmt: skip


def _strong(strength):
    return next(words for least, words in ((0.64, "strong"), (0.3, "moderate"), (0.0, "weak")) if strength >= least)


DECOMPOSITION = Study(
    name="decomposition",
    title="Trend, season and rest",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="What was observed is the sum of a trend, a season that is the same every week (or year) and a rest, by "
    "STL (Cleveland and others 1990); partial months are left out. Strength is how much of what the other part does "
    "not explain the part does, from 0 to 1 (Hyndman and Athanasopoulos, Forecasting, section 4.3); from 0.64 on it "
    "is called strong, from 0.3 on moderate. All bands are drawn on one scale.",
    choices=(
        Choice("measure", "Measure", {words: name for name, (words, _) in MEASURES.items()}),
        Choice("grain", "By", GRAINS),
    ),
    height=320,
)  # fmt: skip
