"""What a quarter, a month, a weekday or an hour is like."""

import datetime as dt

from scipy.stats import kruskal

from retail_panel.crossfilter.clause import Values
from retail_panel.dimensions import HOURS, WEEKDAYS
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.bars import MOST_LABELS, bars, ticks_of
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.trends.monthly import over_time
from retail_panel.trends.patterns import pattern

BY = {"Weekday": "weekday", "Hour": "hour", "Month": "month", "Quarter": "quarter"}
MEASURES = {
    "transactions_per_day": ("Transactions per day", "ratio", "transactions"),
    "net_sales_per_day": ("Net sales per day", "money", "net_sales"),
    "average_transaction_value": ("Average transaction value", "money", "average_transaction_value"),
}
OF_DAY = {"weekday": dt.date.weekday, "month": lambda day: day.month, "quarter": lambda day: (day.month + 2) // 3}
#: What tells the values of each kind apart.
APART = {
    "weekday": "weekday", "hour": "hour", "month": lambda lines: lines.ordered_at.month(),
    "quarter": lambda lines: lines.ordered_at.quarter(),
}  # fmt: skip
#: Labels that a phone has room for below the bars.
MOST_NARROW = 8
#: Days that a value must come on for it to be compared.
LEAST_DAYS = 5


def _answer(asking):
    by, measure, days = asking.choices["by"], asking.choices["measure"], span(asking)
    # An hour is told by single lines only.
    found = pattern(asking.ask, asking.lines if by == "hour" else asking.dated or asking.merged, by, days)
    if not found.table.transactions.any():
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    return found, measure, _chance(asking, by, measure, days)


def _chance(asking, by, measure, days):
    """Return the p value of no difference between the days of each value; None where nothing is tested."""
    if by not in OF_DAY:
        return None
    name = MEASURES[measure][2]
    lines = asking.dated or asking.merged
    daily = over_time(asking.ask, lines, "day", span=days, measures=[name]).table.dropna(subset=[name])
    groups = [figures for _, figures in daily.groupby(daily.period.map(OF_DAY[by]))[name] if len(figures) >= LEAST_DAYS]
    if len(groups) < 2 or daily[name].nunique() < 2:
        return None
    return float(kruskal(*groups).pvalue)


def _draw(answer, look):
    found, measure, _ = answer
    words, unit, _ = MEASURES[measure]
    frame = found.table.assign(place=range(len(found.table)), colour=look.series[0])
    tips = (("", "label"), (words, measure, unit), ("Transactions in all", "transactions", "count"),
            ("Days", "days", "count"))  # fmt: skip
    short = [label if found.by == "hour" else label[:3] for label in frame.label]
    return bars(frame, measure, look, unit, ticks_of(short, MOST_NARROW if look.narrow else MOST_LABELS), tips)


def _table(answer, look):
    found, _, _ = answer
    titles = {"label": found.by.capitalize(), "days": "Days", "transactions": "Transactions", "net_sales": "Net sales"}
    titles |= {name: words for name, (words, *_) in MEASURES.items()}
    return found.table[list(titles)].rename(columns=titles)


def _says(answer, look):
    found, measure, p = answer
    words, unit, _ = MEASURES[measure]
    held = found.table[found.table.days.gt(0) & found.table[measure].notna()]
    best, least = held.loc[held[measure].idxmax()], held.loc[held[measure].idxmin()]
    if len(held) == 1:
        return f"{words}: {look.write(best[measure], unit)} in the only {found.by} there is."
    text = f"{words}: {best.label} {look.write(best[measure], unit)}, {least.label} {look.write(least[measure], unit)}"
    if p is not None and p > 0.05:
        return f"{text}, the highest and the lowest; from day to day figures differ as much, so this is within noise."
    text = f"{text}, the highest and the lowest."
    if found.by in ("month", "quarter") and held.occurrences.max() < 2:
        return f"{text} Each {found.by} comes once, so what is season and what is trend cannot be told apart."
    cut = list(held.label[held.is_partial])
    return f"{text} Partial in some year: {', '.join(cut)}; figures per day allow for it." if cut else text


def _publish(answer, x, y):
    labels = {"weekday": WEEKDAYS, "hour": HOURS}.get(answer[0].by, ())
    place = round(x)
    return {answer[0].by: Values((labels[place],))} if 0 <= place < len(labels) else None


PATTERNS = Study(
    name="patterns",
    title="Pattern of the year, the week and the day",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("weekday", "hour"),
    definition="Figures of all quarters, months, weekdays or hours of one name together, divided by the days that "
    "scope and selection hold of them (an hour has every day). The average transaction value is the mean absolute "
    "amount of a transaction. Whether days differ by more than chance: test of Kruskal and Wallis (1952) on daily "
    "figures.",
    groups=Groups(lambda choices: (APART[choices["by"]],), is_whole=True),
    choices=(
        Choice("by", "By", BY), Choice("measure", "Measure", {words: name for name, (words, *_) in MEASURES.items()}),
    ),
    height=280,
    units={"Net sales": "money", "Transactions per day": "ratio", "Net sales per day": "money",
           "Average transaction value": "money"},
)  # fmt: skip
