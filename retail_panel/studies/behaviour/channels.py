"""How the channels do: transactions and the customers behind them."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.merged import order_count
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import Groups
from retail_panel.studies.behaviour.transactions import transactions
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study

#: In the order of the alphabet, as bars side by side are drawn.
TITLES = {"customers": "Customers", "transactions": "Transactions"}


def _answer(asking):
    labels = asking.labels("channel")
    sums, has_people = transactions(asking, "channel"), asking.has("customer_key")
    if asking.column_orders is not None:
        found = asking.column_orders.by({"channel": len(labels)})
        found["average"] = found.moved / found.transactions
    else:
        orders = asking.orders.filter(asking.orders.c_channel < len(labels))
        people = {"customers": orders.customer_key.nunique()} if has_people and sums is None else {}
        count = order_count(orders)
        found = asking.ask(orders.group_by("c_channel").agg(
            transactions=count, net_sales=orders.amount.sum() / MONEY_SCALE,
            average=orders.moved.sum() / MONEY_SCALE / count, **people,
        )).to_pandas()  # fmt: skip
    if has_people and sums is not None:
        found["customers"] = found.c_channel.map(sums.cells().groupby("value_").customers.sum())
    if found.empty:
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    average = found.set_index("c_channel")["average"].reindex(range(len(labels)))
    found = found.set_index("c_channel").reindex(range(len(labels)), fill_value=0)
    return found.assign(channel=labels, average=average).reset_index(drop=True)


def _draw(found, look):
    measures = [name for name in TITLES if name in found]
    short = [cut(label, max(6, 60 // len(found))) for label in found.channel]
    # A name that is the same when cut would fall on another's place.
    frame = found.assign(place=found.channel if len(set(short)) < len(short) else short)
    frame = frame.melt(["place", "channel"], measures, "measure", "count")
    frame["measure"] = frame["measure"].map(TITLES)
    top = frame["count"].max() or 1
    bars = frame.hvplot.bar(
        x="place", y="count", by="measure", color=list(look.series[: len(measures)]), ylim=(0, 1.08 * top),
        hover_cols=["channel"], hover_tooltips=look.tips(("", "channel"), ("", "measure"), ("", "count", "count")),
        **SHAPE,
    )  # fmt: skip
    return look.dressed(bars, y="count", legend="top", multi_level=False)


def _table(found, look):
    columns = {"channel": "Channel", "transactions": "Transactions", "customers": "Customers",
               "average": "Average transaction value", "net_sales": "Net sales"}  # fmt: skip
    return found[[name for name in columns if name in found]].rename(columns=columns)


def _says(found, look):
    total = found.transactions.sum()
    first = found.loc[found.transactions.idxmax()]
    if first.transactions == total:
        return f"All {look.write(total)} transactions are those of {first.channel}."
    people, more = "", ""
    if "customers" in found:
        people = f" by {look.write(first.customers)} customers"
        more = " Who buys in several channels counts in each."
    return (f"{first.channel} has most transactions: {look.write(first.transactions)} of {look.write(total)} "
            f"({look.write(first.transactions / total, 'share', 'tile')}){people}.{more}")  # fmt: skip


def _publish(found, x, y):
    place = int(x)
    return {"channel": Values((found.channel[place],))} if 0 <= x < len(found) else None


CHANNELS = Study(
    name="channels",
    title="Channel performance",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("channel",),
    definition="Transactions are distinct orders and return documents; customers are distinct customers with any line. "
    "One customer may buy in several channels, so that customers do not add up. The average transaction value is the "
    "mean absolute amount of a transaction, returns included.",
    needs=("channel",),
    groups=Groups(("channel",)),
    units={"Net sales": "money", "Average transaction value": "money"},
    width=4,
)  # fmt: skip
