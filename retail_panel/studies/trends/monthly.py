"""Transactions and the customers behind them, month by month."""

from retail_panel.studies.apart import Groups, month_of_order
from retail_panel.studies.forms.bars import month_ticks
from retail_panel.studies.span import during
from retail_panel.studies.study import Nothing, Study
from retail_panel.studies.trends.months import months
from retail_panel.studies.trends.partial import partly
from retail_panel.studies.trends.series import series

TITLES = {"transactions": "Transactions", "customers": "Unique customers"}


def _answer(asking):
    table = months(asking).table
    if not table.transactions.any():
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    return table


def _draw(table, look):
    measures = {name: words for name, words in TITLES.items() if name in table}
    frame = table.assign(place=range(len(table))).melt(["place", "label", "is_partial"], list(measures), "series")
    frame["series"] = frame.series.map(measures)
    tips = (("", "label"), ("", "series"), ("", "value", "count"))
    return series(frame, dict(zip(measures.values(), look.series, strict=False)), look, "count",
                  month_ticks(table.period), tips)  # fmt: skip


def _table(table, look):
    found = table[["label", *(name for name in TITLES if name in table)]].rename(columns={"label": "Month", **TITLES})
    return found.assign(**{"Whole month": ["no" if partial else "yes" for partial in table.is_partial]})


def _says(table, look):
    whole, cut = table[~table.is_partial], partly(list(table.label[table.is_partial]))
    if whole.empty:
        return f"There is no whole month to look at.{cut}"
    best, least = whole.loc[whole.transactions.idxmax()], whole.loc[whole.transactions.idxmin()]
    if len(whole) == 1:
        return f"{best.label} has {_figures(best, look)}.{cut}"
    return f"Most in {best.label}: {_figures(best, look)}; fewest in {least.label}: {_figures(least, look)}.{cut}"


def _figures(row, look):
    words = f"{look.write(row.transactions)} transactions"
    return f"{words} of {look.write(row.customers)} customers" if "customers" in row else words


def _publish(table, x, y):
    place = round(x)
    if not 0 <= place < len(table):
        return None
    return {"ordered_at": during(table.period[place], table.last_day[place])}


MONTHLY = Study(
    name="monthly",
    title="Transactions and unique customers by month",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("ordered_at",),
    groups=Groups((month_of_order,), is_whole=True),
    definition="Distinct orders and return documents, and distinct customers with any line, of each month; guests are "
    "no customers. A customer of two months counts in both. A month that scope, a brush on time or the source cuts off "
    "is partial.",
)  # fmt: skip
