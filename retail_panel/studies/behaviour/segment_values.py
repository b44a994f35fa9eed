"""What a transaction is worth by segment and, beside it, by channel or tier."""

import pandas as pd

from retail_panel.crossfilter.clause import NONE, Values
from retail_panel.insight.cluster_sums import cluster_of
from retail_panel.insight.comparison import LEAST
from retail_panel.insight.interval import difference_of_means, ratio_interval
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import Groups
from retail_panel.studies.behaviour.transactions import transactions
from retail_panel.studies.forms.heatmap import heatmap, limits, picked
from retail_panel.studies.study import Nothing, Study

#: Chance of a false find that is put up with over all pairs of cells together.
MOST_CHANCE = 0.05


def _cells(asking, dimension, segments, values):
    """Return the sums of each cell over its customers: a dict a segment and value."""
    sums, column = transactions(asking, dimension), f"c_{dimension}"
    if sums is not None:
        cells = sums.cells()
        return cells[cells.segment < segments].to_dict("records")
    lines = asking.lines.filter(asking.lines.c_segment < segments, asking.lines[column] < values)
    return asking.ask(_question(lines, column)).to_pylist()


def _question(lines, column):
    """Ask for the sums of each cell over its customers: one row a segment and value."""
    keyed = lines.mutate(cluster=cluster_of(lines), segment=lines.c_segment, value_=lines[column])
    orders = keyed.group_by("segment", "value_", "order_key").aggregate(
        cluster=keyed.cluster.max(), x=keyed.amount.abs().sum().cast("float64") / MONEY_SCALE
    )
    each = orders.group_by("segment", "value_", "cluster").aggregate(s=orders.x.sum(), n=orders.count().cast("float64"))
    return each.group_by("segment", "value_").aggregate(
        customers=each.count(), s=each.s.sum(), n=each.n.sum(), ss=(each.s * each.s).sum(),
        sn=(each.s * each.n).sum(), nn=(each.n * each.n).sum(),
    )  # fmt: skip


def _answer(dimension):
    def answer(asking):
        segments, labels = asking.labels("segment"), asking.labels(dimension)
        if not segments:
            raise Nothing("No customer has bought anything in this scope, so there are no segments. Widen the scope.")
        rows = _cells(asking, dimension, len(segments), len(labels))
        if not rows:
            raise Nothing("No order lines of scored customers are selected. Clear the selection, or widen the scope.")
        found = {}
        for row in rows:
            figure = ratio_interval(row["customers"], row["s"], row["n"], row["ss"], row["sn"], row["nn"])
            found[row["segment"], row["value_"]] = (figure, int(row["n"]), row["customers"])
        cells = [
            (segment, label, *found.get((i, j), (None, 0, 0)))
            for i, segment in enumerate(segments)
            for j, label in enumerate(labels)
        ]
        frame = pd.DataFrame(cells, columns=["segment", "label", "figure", "transactions", "customers"])
        for part, name in (("value", "average"), ("low", "low"), ("high", "high")):
            frame[name] = [getattr(figure, part, None) for figure in frame.figure]
        held = frame.groupby("label").transactions.transform("sum") > 0
        frame = frame[(frame.label != NONE) | held].reset_index(drop=True)
        return frame.astype({"average": float, "low": float, "high": float})

    return answer


def _draw(frame, look):
    cells = frame.assign(
        interval=[f"{look.write(a, 'money')} to {look.write(b, 'money')}" if a == a else "too few to say"
                  for a, b in zip(frame.low, frame.high, strict=True)]
    )  # fmt: skip
    shaded = limits(_enough(frame).average)
    return heatmap(cells, "label", "segment", "average", look, "money", span=shaded, tips=(
        ("Average", "average", "money"), ("95% interval", "interval"), ("Transactions", "transactions", "count"),
        ("Customers", "customers", "count"),
    ))  # fmt: skip


def _says(frame, look):
    enough = _enough(frame)
    if len(enough) < 2:
        return (f"Fewer than two cells hold {LEAST} transactions of {LEAST} customers, so that nothing can be "
                "compared.")  # fmt: skip
    high, low = enough.loc[enough.average.idxmax()], enough.loc[enough.average.idxmin()]
    words = [f"{row.segment}, {row.label}: {look.write(row.average, 'money')} ({look.write(row.low, 'money')} to "
             f"{look.write(row.high, 'money')})" for row in (high, low)]  # fmt: skip
    pairs = len(enough) * (len(enough) - 1) / 2
    p = difference_of_means(high.figure, low.figure).p
    if p is None or p * pairs > MOST_CHANCE:
        return f"No two cells differ beyond noise: {words[0]} is highest, {words[1]} lowest, with 95% intervals."
    return (f"Highest is {words[0]}, lowest {words[1]}, with 95% intervals. Segments are cut by what customers buy, so "
            "part of the gap between them is there by construction.")  # fmt: skip


def _enough(frame):
    return frame[(frame.transactions >= LEAST) & (frame.customers >= LEAST)]


def _study(dimension, title):
    def table(frame, look):
        return frame.drop(columns="figure").rename(columns={
            "segment": "Segment", "label": title, "average": "Average transaction value", "low": "From", "high": "To",
            "transactions": "Transactions", "customers": "Customers",
        })  # fmt: skip

    def publish(frame, x, y):
        cell = picked(frame, "label", "segment", x, y)
        return None if cell is None else {dimension: Values(cell[:1]), "segment": Values(cell[1:])}

    return Study(
        name=f"segment_{dimension}s",
        title=f"Average transaction value by segment and {title.lower()}",
        answer=_answer(dimension), draw=_draw, table=table, says=_says, publish=publish, dims=(dimension, "segment"),
        definition=f"Mean absolute amount of the transactions of a segment's customers per {title.lower()}, returns "
        "included. Segments are those of the scope; guests have none. Shades run over the cells of at least 30 "
        "transactions and customers. Intervals are 95%, of a mean in clusters, one a customer (Liang and Zeger 1986); "
        "the highest and the lowest of those cells are compared by Welch's test, its p multiplied by the number of "
        "pairs of cells (Bonferroni).",
        needs=("customer_key", dimension),
        groups=Groups(("segment", dimension)),
        units={"Average transaction value": "money", "From": "money", "To": "money"},
        height=300,
    )  # fmt: skip


SEGMENT_CHANNELS = _study("channel", "Channel")
SEGMENT_TIERS = _study("tier", "Tier")
