"""One customer's card: what they bought and when, how they compare, what they like, when they are expected again."""

import datetime as dt
from dataclasses import dataclass, field

import pandas as pd

from retail_panel.customers.favourites import favourite
from retail_panel.customers.gaps import (
    FEWEST_GAPS,
    Expected,
    Gaps,
    day_from,
    expected_purchase,
    gaps_of,
    population_gaps,
    purchase_days,
)
from retail_panel.customers.profile import SCORE_OF
from retail_panel.customers.rfm import day_number, day_of
from retail_panel.customers.timeline import timeline
from retail_panel.schema import MONEY_SCALE


@dataclass(frozen=True)
class Rank:
    """One of R, F and M against the scored customers.

    Attributes
    ----------
    value : float
        Days, purchases or currency units.
    score : int
        1 to 5.
    percentile : float
        From 0 to 1: the share of the scored customers who do worse, of those who are equal (the customer too) half; few
        days since the last purchase are good, as are many purchases and much money.
    """

    value: float
    score: int
    percentile: float


@dataclass(frozen=True)
class Card:
    """One customer as of a day.

    Attributes
    ----------
    customer_key : int
    as_of : datetime.date
        No later line is counted.
    timeline : pandas.DataFrame
        One row a transaction, newest first, no more than
        :data:`~retail_panel.customers.timeline.MOST_TRANSACTIONS`: ``day``, ``order_key``, ``amount`` (net, currency
        units), ``lines``, ``returns`` (return lines among them), ``returned`` (their value, negative), and ``order_id``
        where the lines have one.
    transactions : int
        Transactions in all.
    first_day, last_day : datetime.date or None
        First and last purchase; None where there are returns only, or nothing.
    net_sales : float
        Of all lines, currency units.
    ranks : dict of str to Rank
        By ``recency_days``, ``frequency`` and ``monetary``; empty where the customer was not scored.
    segment, cluster : int or None
        Index; None where not scored.
    favourites : dict of str to Favourite
        By column asked for.
    expected : Expected
        The next purchase.
    """

    customer_key: int
    as_of: dt.date
    timeline: pd.DataFrame = field(repr=False)
    transactions: int
    first_day: dt.date | None
    last_day: dt.date | None
    net_sales: float
    ranks: dict
    segment: int | None
    cluster: int | None
    favourites: dict
    expected: Expected


def card(ask, lines, scored, customer_key, as_of, favourites=("channel", "category"), population=None):
    """Return one customer's card.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope, with the columns of ``favourites``.
    scored : ibis.Table
        Scored customers as of the same day.
    customer_key : int
        Whose card.
    as_of : datetime.date
        Reference day; later lines are left out.
    favourites : sequence of str
        Columns to name a favourite of, text or codes.
    population : Gaps, optional
        From :func:`population_gaps` on the same lines and day, which spares asking again; only read where the
        customer has too few gaps.

    Returns
    -------
    Card
        An empty one for a key without lines.
    """
    dated = lines.mutate(day=day_of(lines.ordered_at))
    own = dated.filter((dated.customer_key == int(customer_key)) & (dated.day <= day_number(as_of)))
    rows, transactions, net = timeline(ask, own)
    days = ask(purchase_days(own, as_of).select("day").distinct().order_by("day"))["day"].to_numpy()
    first, last = (day_from(days[i]) if len(days) else None for i in (0, -1))
    gaps = gaps_of(days)
    if population is None:
        population = population_gaps(ask, lines, as_of) if gaps.count < FEWEST_GAPS else Gaps(0)
    ranks, segment, cluster = _ranks(ask, scored, customer_key)
    return Card(
        customer_key=int(customer_key),
        as_of=as_of,
        timeline=rows,
        transactions=transactions,
        first_day=first,
        last_day=last,
        net_sales=net,
        ranks=ranks,
        segment=segment,
        cluster=cluster,
        favourites={column: favourite(ask, own, column) for column in favourites},
        expected=expected_purchase(last, gaps, population, as_of),
    )


def _ranks(ask, scored, customer_key):
    found = ask(scored.filter(scored.customer_key == int(customer_key))).to_pylist()
    if not found:
        return {}, None, None
    row, counts = found[0], {"customers": scored.count()}
    for measure in SCORE_OF:
        column, value = scored[measure], row[measure]
        counts[f"{measure}_worse"] = scored.count(where=column > value if measure == "recency_days" else column < value)
        counts[f"{measure}_equal"] = scored.count(where=column == value)
    counted = ask(scored.aggregate(**counts)).to_pylist()[0]
    ranks = {
        measure: Rank(
            row[measure] / MONEY_SCALE if measure == "monetary" else row[measure],
            row[score],
            (counted[f"{measure}_worse"] + counted[f"{measure}_equal"] / 2) / counted["customers"],
        )
        for measure, score in SCORE_OF.items()
    }
    return ranks, row["segment"], row["cluster"]
