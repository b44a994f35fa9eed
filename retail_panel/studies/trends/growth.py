"""Growth from month to month, the peak and the lowest month."""

from retail_panel.studies.apart import Groups, month_of_order
from retail_panel.studies.forms.bars import bars, month_ticks
from retail_panel.studies.span import during
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.studies.trends.change import growth_between
from retail_panel.studies.trends.months import months
from retail_panel.trends.growth import growth
from retail_panel.trends.sums import ADDITIVE, AVERAGE
from retail_panel.views.palette import DIVERGING

MEASURES = {
    "net_sales": ("Net sales", "money"), "transactions": ("Transactions", "count"),
    AVERAGE: ("Average transaction value", "money"),
}  # fmt: skip


def _answer(asking):
    measure = asking.choices["measure"]
    over = months(asking)
    if not over.table.transactions.any():
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    found, table = growth(over, measure), over.table.copy()
    whole = table[measure].where(~table.is_partial)
    table["share"] = whole / whole.sum() if measure in ADDITIVE and whole.sum() > 0 else float("nan")
    table["change"] = (whole / whole.shift() - 1).where(whole.shift() > 0)
    if not table.change.notna().any():
        whole = int((~table.is_partial).sum())
        held = "1 whole month" if whole == 1 else f"{whole} whole months"
        raise Nothing(f"Growth needs two whole months, one after the other, with sales; scope and selection hold "
                      f"{held}. Widen them.")  # fmt: skip
    changes = {}
    for name, change in (("overall", found.overall), ("year", found.year_on_year)):
        if change is not None:
            spans = [_month(over, day) for day in (change.from_period, change.to_period)]
            amounts = (change.from_amount, change.to_amount)
            changes[name] = (change, growth_between(asking, measure, *spans, amounts))
    return table, found, changes


def _month(over, first):
    """Return since and until of the month that begins on a day."""
    period = next(period for period in over.calendar if period.first_day == first)
    clause = during(period.first_day, period.last_day)
    return clause.low.date(), clause.high.date()


def _draw(answer, look):
    table, found, _ = answer
    words, unit = MEASURES[found.measure]
    ends = (DIVERGING[1], DIVERGING[-2])
    frame = table.assign(place=range(len(table)), colour=[ends[change > 0] for change in table.change])
    tips = [("", "label"), ("On the month before", "change", "share"), (words, found.measure, unit)]
    tips += [("Share of whole months", "share", "share")] if found.measure in ADDITIVE else []
    return bars(frame, "change", look, "share", month_ticks(frame.period), tips)


def _table(answer, look):
    table, _, _ = answer
    columns = {"label": "Month", "net_sales": "Net sales", "transactions": "Transactions",
               AVERAGE: "Average transaction value", "share": "Share of whole months",
               "change": "On the month before"}  # fmt: skip
    found = table[list(columns)].rename(columns=columns)
    return found.assign(**{"Whole month": ["no" if partial else "yes" for partial in table.is_partial]})


def _says(answer, look):
    _, found, changes = answer
    words, unit = MEASURES[found.measure]
    told = []
    if found.peak is not None and found.peak.amount != found.lowest.amount:
        ends = [f"{name} {end.label}, {look.write(end.amount, unit, 'tile')}{_share(end, look)}"
                for name, end in (("Peak", found.peak), ("lowest", found.lowest))]  # fmt: skip
        told.append(f"{'; '.join(ends)}.")
    if changes:
        each = [f"{change.words}: {grown.words(look)}" for change, grown in changes.values()]
        told.append(f"{words} {'; '.join(each)}.")
    return " ".join([*told, *(note for note in found.notes if "nothing to grow from" not in note)])


def _share(end, look):
    return "" if end.share is None else f" ({look.write(end.share, 'share', 'tile')})"


def _publish(answer, x, y):
    table, place = answer[0], round(x)
    return {"ordered_at": during(table.period[place], table.last_day[place])} if 0 <= place < len(table) else None


GROWTH = Study(
    name="growth",
    title="Growth from month to month",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("ordered_at",),
    groups=Groups((month_of_order,), is_whole=True),
    definition="Each whole month against the one before; partial months, of which scope, selection or source hold only "
    "days, are left out. Growth over a longer time names its two months and is over the whole of it, never a rate per "
    "month. Shares are of all whole months. The interval of net sales is that of a ratio of sums over customers (delta "
    "method, Cochran 1977), that of transactions of a ratio of Poisson counts, that of the average transaction value "
    "of a ratio of means over customers (Liang and Zeger 1986, on the logarithm).",
    choices=(Choice("measure", "Measure", {words: name for name, (words, _) in MEASURES.items()}),),
    units={"Net sales": "money", "Average transaction value": "money",
           "Share of whole months": "share", "On the month before": "share"},
)  # fmt: skip
