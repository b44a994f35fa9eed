"""When people buy: weekday by hour."""

import itertools

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.merged import order_count
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Nothing, Study

MEASURES = {
    "transactions_per_day": ("Transactions per day", "ratio"),
    "net_sales_per_day": ("Net sales per day", "money"),
    "average": ("Average transaction value", "money"),
}


def _answer(asking):
    first, last = span(asking)
    days, hours = asking.labels("weekday"), asking.labels("hour")
    if asking.column_orders is not None:
        found = asking.column_orders.by({"weekday": len(days), "hour": len(hours)})
    else:
        orders = asking.orders
        found = asking.ask(orders.group_by("c_weekday", "c_hour").agg(
            transactions=order_count(orders), net_sales=orders.amount.sum() / MONEY_SCALE,
            moved=orders.moved.sum() / MONEY_SCALE,
        )).to_pandas()  # fmt: skip
    if found.empty:
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    grid = pd.MultiIndex.from_product([range(len(days)), range(len(hours))], names=["c_weekday", "c_hour"])
    found = found.set_index(["c_weekday", "c_hour"]).reindex(grid, fill_value=0).reset_index()
    held = np.bincount(pd.date_range(first, last).day_of_week, minlength=7)
    found["days"] = held[found.c_weekday]
    for name in ("transactions", "net_sales"):
        found[f"{name}_per_day"] = (found[name] / found.days).where(found.days > 0)
    found["average"] = (found.moved / found.transactions).where(found.transactions > 0)
    found["day"], found["hour"] = found.c_weekday.map(days.__getitem__), found.c_hour.map(hours.__getitem__)
    return found, asking.choices["measure"]


def _draw(answer, look):
    found, measure = answer
    tips = [(words, name, unit) for name, (words, unit) in MEASURES.items()]
    return heatmap(
        found, "hour", "day", measure, look, MEASURES[measure][1], words=False,
        tips=[*tips, ("Transactions in all", "transactions", "count")],
    )  # fmt: skip


def _table(answer, look):
    found, _ = answer
    titles = {"day": "Weekday", "hour": "Hour", "transactions": "Transactions", "days": "Days"}
    titles |= {name: words for name, (words, _) in MEASURES.items()}
    return found[list(titles)].rename(columns=titles)


def _says(answer, look):
    found, _ = answer
    total = found.transactions.sum()
    by_day = found.groupby("day", sort=False).agg(transactions=("transactions", "sum"), days=("days", "first"))
    by_day = by_day[by_day.days > 0].transactions / by_day.days[by_day.days > 0]
    by_hour = found.groupby("hour", sort=False).transactions.sum()
    hours = [*by_hour.index, "24"]
    best = max(itertools.pairwise(range(len(by_hour) + 1)), key=lambda pair: by_hour.iloc[pair[0]])
    words = [f"{day} {look.write(float(by_day[day]), 'ratio')}" for day in (by_day.idxmax(), by_day.idxmin())]
    text = (f"Most transactions fall between {hours[best[0]]}:00 and {hours[best[1]]}:00: "
            f"{look.write(by_hour.max() / total, 'share', 'tile')} of {look.write(total)}.")  # fmt: skip
    return f"{text} Per day from {words[1]} to {words[0]}." if len(by_day) > 1 else text


def _publish(answer, x, y):
    cell = picked(answer[0], "hour", "day", x, y)
    return None if cell is None else {"hour": Values(cell[:1]), "weekday": Values(cell[1:])}


DAY_HOURS = Study(
    name="day_hours",
    title="Weekday by hour",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("hour", "weekday"),
    definition="Distinct orders and return documents, and net sales, of each hour of the week over the number of such "
    "weekdays in scope and selection, so that five Mondays beside four Tuesdays mislead nobody. Hours are the shop's.",
    groups=Groups(("weekday", "hour")),
    choices=(Choice("measure", "Shade", {words: name for name, (words, _) in MEASURES.items()}),),
    units={"Net sales per day": "money", "Average transaction value": "money", "Transactions per day": "ratio"},
    width=8,
    height=250,
)  # fmt: skip
