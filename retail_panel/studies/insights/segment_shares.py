"""Who the segments are: their share of customers beside their share of net sales, and what leads in each."""

from dataclasses import dataclass

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.dimensions import DIMENSIONS
from retail_panel.insight.dominance import in_words
from retail_panel.insight.segment_facts import segment_facts
from retail_panel.studies.insights.named import named_codes, named_columns, only_named
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Choice, Nothing, Study

OF_ORDERS, OF_CUSTOMERS = ("channel", "category"), ("tier",)
WAYS = {"Segments, by rules": "segment", "Clusters, K-means": "cluster"}
SHARES = {"customer_share": "Customers", "net_share": "Net sales"}
COLUMNS = {
    "name": "Group", "customers": "Customers", "customer_share": "Share of customers", "net_sales": "Net sales",
    "net_share": "Share of net sales", "recency_days_mean": "Recency, mean", "frequency_mean": "Frequency, mean",
    "monetary_mean": "Monetary, mean", "transactions": "Transactions", "transaction_mean": "Average transaction value",
}  # fmt: skip
UNITS = {"Share of customers": "share", "Net sales": "money", "Share of net sales": "share", "Recency, mean": "days",
         "Frequency, mean": "ratio", "Monetary, mean": "money", "Average transaction value": "money"}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """The segments, or clusters, of a selection.

    Attributes
    ----------
    by : str
        ``segment`` or ``cluster``, as the population groups its customers.
    facts : tuple of SegmentFacts
        By group.
    names, descriptions : dict of int to str
        By group.
    leads : dict of int to tuple of str
        By group, a sentence on what leads for each of channel, category and tier, and whether beyond noise.
    """

    by: str
    facts: tuple
    names: dict
    descriptions: dict
    leads: dict


def _ways(asking):
    """Offer both ways of grouping, the sidebar's first."""
    population = asking.scene.population
    first = "cluster" if population is not None and population.method == "clusters" else "segment"
    return dict(sorted(WAYS.items(), key=lambda way: way[1] != first))


#: Choice of the groups that the page speaks of.
GROUPED = Choice("by", "Customers by", _ways)


def grouped(asking):
    """Return the dimension that is chosen, and the groups of it."""
    by = asking.choices["by"]
    return by, asking.scene.population.clusters if by == "cluster" else asking.scene.population.segments


def _answer(asking):
    by, groups = grouped(asking)
    of_orders, of_customers = ({name: f"c_{name}" for name in names if asking.labels(name)}
                               for names in (OF_ORDERS, OF_CUSTOMERS))  # fmt: skip
    names = [*of_orders, *of_customers]
    columns = named_columns(asking, names, by)
    # To join lines and customers takes a while, and is not needed then.
    lines = only_named(asking, asking.lines_ignoring(by), names) if columns is None else None
    facts = segment_facts(asking.ask, lines, asking.scored, by, of_orders, of_customers, columns)
    if not facts:
        raise Nothing("No scored customer has a line in the selection. Clear the selection, or widen the scope.")
    leads = {
        one.group: tuple(_lead(asking, name, lead, name in of_customers) for name, lead in one.dominant.items())
        for one in facts
    }
    return Described(by, facts, {i: g.name for i, g in enumerate(groups)},
                     {i: g.description for i, g in enumerate(groups)}, leads)  # fmt: skip


def _lead(asking, name, lead, of_customers):
    words = named_codes(asking, name)[1]
    counted = "customers" if of_customers else "orders"
    return in_words(lead, DIMENSIONS[name].label.lower(), words.__getitem__, counted)


def _rows(described):
    rows = pd.DataFrame([vars(one) for one in described.facts])
    return rows.assign(name=rows.group.map(described.names), net_share=rows.net_share.astype(float))


def _draw(described, look):
    rows = _rows(described).iloc[::-1]
    long = rows.melt(["name", "customers", "net_sales"], list(SHARES), "measure", "share")
    long = long.assign(measure=long.measure.map(SHARES))
    bars = long.hvplot.barh(
        x="name", y="share", by="measure", color=[look.series[0], look.series[1]],
        ylim=(min(0, 1.06 * long["share"].min()), 1.06 * max(long["share"].max(), 0.01)),
        hover_cols=["customers", "net_sales"],
        hover_tooltips=look.tips(("", "name"), ("Share of", "measure"), ("", "share", "share"),
                                 ("Customers", "customers", "count"), ("Net sales", "net_sales", "money")), **SHAPE,
    )  # fmt: skip
    return look.dressed(bars, x="share", legend="top", multi_level=False)


def _table(described, look):
    rows = _rows(described)
    leads = [" ".join(described.leads[group]) for group in rows.group]
    return rows[list(COLUMNS)].rename(columns=COLUMNS).assign(**{"What leads": leads})


def _says(described, look):
    rows = _rows(described)
    share = rows.net_share.notna().any()
    first = rows.loc[(rows.net_share if share else rows.net_sales).idxmax()]
    text = f"{first['name']} bring most: {look.write(first.net_sales, 'money', 'tile')}"
    if share:
        text += f", {look.write(first.net_share, 'share', 'tile')} of what known customers spend"
    return (
        f"{text}, from {look.write(first.customers)} customers ({look.write(first.customer_share, 'share', 'tile')}). "
        "Guests are not among them."
    )


def _publish(described, x, y):
    place = len(described.facts) - 1 - int(y)
    if not (0 <= y < len(described.facts)):
        return None
    return {described.by: Values((described.names[described.facts[place].group],))}


SEGMENT_SHARES = Study(
    name="segment_shares",
    title="Who the customers are, and what they bring",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("segment", "cluster"),
    definition="Scored customers with a line in the selection, by segment or by cluster. Net sales are sales less "
    "returns of their lines; average transaction value is the mean absolute amount of their orders and return "
    "documents. A channel or category leads by orders that have it, a tier by customers whose latest line names it; a "
    "lead is beyond noise where the first value is ahead of the second at 5%, customers as clusters, corrected for all "
    "groups together (Hung and Fithian 2019; Benjamini and Hochberg). A selection of these groups does not narrow it.",
    needs=("customer_key",),
    choices=(GROUPED,),
    units=UNITS,
    width=12,
    height=280,
)  # fmt: skip
