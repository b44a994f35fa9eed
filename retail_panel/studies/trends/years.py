"""Years over one another."""

import datetime as dt

import numpy as np

from retail_panel.formats import MONTHS
from retail_panel.studies.apart import Groups, month_of_order
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.studies.trends.change import growth_between
from retail_panel.studies.trends.months import months
from retail_panel.studies.trends.partial import partly
from retail_panel.studies.trends.series import series
from retail_panel.trends.years import years

MEASURES = {"net_sales": ("Net sales", "money"), "transactions": ("Transactions", "count")}
#: The latest so many years are drawn.
MOST_YEARS = 6


def _answer(asking):
    measure, over = asking.choices["measure"], months(asking)
    if not over.table.transactions.any():
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    frame = over.table[over.table.period >= dt.date(over.calendar.last_day.year - MOST_YEARS + 1, 1, 1)]
    frame = frame.assign(
        series=[str(day.year) for day in frame.period], place=[day.month - 1 for day in frame.period],
    ).reset_index(drop=True)  # fmt: skip
    return frame, measure, _latest(asking, years(over, measure))


def _latest(asking, found):
    """Return the months that the last two years both hold whole, what they came to, and the change."""
    if found.table.shape[1] < 2:
        return None
    old, new = found.table.columns[-2:]
    both = found.table[[old, new]].notna().all(axis=1) & ~found.partial[[old, new]].any(axis=1)
    places = np.flatnonzero(both)
    if not len(places) or len(places) != places[-1] - places[0] + 1:
        return None
    first, last = int(places[0]), int(places[-1])
    ends = [(dt.date(year, first + 1, 1), dt.date(year + (last == 11), (last + 1) % 12 + 1, 1)) for year in (old, new)]
    amounts = tuple(float(found.table.loc[both, year].sum()) for year in (old, new))
    grown = growth_between(asking, found.measure, *ends, amounts)
    return (first, last), (old, new), amounts, grown


def _draw(answer, look):
    frame, measure, _ = answer
    words, unit = MEASURES[measure]
    names = dict.fromkeys(frame.series)
    # The latest year in the first colour.
    colours = dict(zip(names, look.series[: len(names)][::-1], strict=True))
    tips = (("", "label"), (words, "value", unit))
    ticks = list(enumerate(MONTHS))[:: 2 if look.narrow else 1]
    return series(frame.assign(value=frame[measure].astype(float)), colours, look, unit, ticks, tips)


def _table(answer, look):
    frame, _, _ = answer
    columns = {"series": "Year", "label": "Month", "net_sales": "Net sales", "transactions": "Transactions"}
    found = frame[list(columns)].rename(columns=columns)
    return found.assign(**{"Whole month": np.where(frame.is_partial, "no", "yes")})


def _says(answer, look):
    frame, measure, latest = answer
    words, unit = MEASURES[measure]
    cut = partly(list(frame.label[frame.is_partial]))
    if latest is None:
        return f"No whole month comes in two years in a row, so there is nothing to compare yet.{cut}"
    (first, last), (old, new), amounts, grown = latest
    held = MONTHS[first] if first == last else f"{MONTHS[first]} to {MONTHS[last]}"
    money = [look.write(amount, unit, "tile") for amount in amounts]
    return f"{words} of {held}: {money[0]} in {old}, {money[1]} in {new}, {grown.words(look)}.{cut}"


YEARS = Study(
    name="years",
    title="Years over one another",
    answer=_answer, draw=_draw, table=_table, says=_says,
    groups=Groups((month_of_order,), is_whole=True),
    definition=f"Each month of the latest {MOST_YEARS} years over the same month of the others. The last two years are "
    "compared over the months that both hold whole. Intervals as in Growth from month to month.",
    choices=(Choice("measure", "Measure", {words: name for name, (words, _) in MEASURES.items()}),),
    units={"Net sales": "money"},
)  # fmt: skip
