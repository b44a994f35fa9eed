"""Findings on customers as a whole: how concentrated what they spend is, and how many come back."""

import math

import ibis

from retail_panel.crossfilter.clause import Range
from retail_panel.customers.rfm import whole_sum
from retail_panel.insight.comparison import LEAST
from retail_panel.insight.finding import Evidence, Figure, Finding, written
from retail_panel.insight.interval import estimate, share_interval
from retail_panel.schema import MONEY_SCALE

#: One in so many customers is a top customer: the top 20 %.
TOP = 5


def customers_question(lines):
    """Ask what the top fifth of buying customers, and those with two or more orders, bring.

    Returns
    -------
    ibis.Table
        One row: ``customers`` with a sale line, ``net`` sales of theirs, returns subtracted; ``top`` customers (a
        fifth, rounded up; ties broken by key), the ``edge`` (least net sales among them) and their ``top_net``;
        ``repeat`` customers and ``repeat_net``; sums of products of what a customer brings, ``x``, and of what of a top
        customer's is above the edge, ``y``: ``y``, ``xx``, ``xy``, ``yy``. Money in ten-thousandths, in the products in
        currency units.
    """
    known = lines.filter(lines.customer_key.notnull())
    # Orders first, then customers: half of what counting the distinct orders of each customer takes.
    orders = known.group_by("customer_key", "order_key").aggregate(
        net=known.amount.sum(), sold=(~known.is_return).cast("int8").max()
    )
    each = orders.group_by("customer_key").aggregate(net=whole_sum(orders.net), orders=orders.sold.sum())
    each = each.filter(each.orders > 0)
    order = ibis.window(order_by=[each.net.desc(), each.customer_key])
    each = each.mutate(rank=ibis.row_number().over(order), everyone=each.count().over())
    each = each.mutate(is_top=each["rank"] * TOP < each.everyone)
    each = each.mutate(edge=each.net.min(where=each.is_top).over())
    each = each.mutate(x=each.net / MONEY_SCALE, y=each.is_top.ifelse(each.net - each.edge, 0) / MONEY_SCALE)
    often = each.orders > 1
    return each.aggregate(
        customers=each.count(), net=whole_sum(each.net), top=each.count(where=each.is_top), edge=each.edge.min(),
        top_net=each.net.sum(where=each.is_top).cast("float64"), repeat=each.count(where=often),
        repeat_net=each.net.sum(where=often).cast("float64"),
        y=each.y.sum(), xx=(each.x * each.x).sum(), xy=(each.x * each.y).sum(), yy=(each.y * each.y).sum(),
    )  # fmt: skip


def customer_findings(ask, lines, currency="GBP"):
    """Say what the top customers bring and how many customers come back.

    Parameters
    ----------
    ask, lines
        As in :func:`retail_panel.insight.groups.group_moments`.
    currency : str
        ISO code.

    Returns
    -------
    list of Finding
        None of fewer than 30 buying customers.

    Source
    ------
    Interval of the top customers' share: C. M. Beach and R. Davidson, Distribution-Free Statistical Inference with
    Lorenz Curves and Income Shares, Review of Economic Studies 50 (1983).
    """
    if "customer_key" not in lines.columns:
        return []
    return findings_of(ask(customers_question(lines)).to_pylist()[0], currency)


def findings_of(found, currency):
    """Say what :func:`customer_findings` does, from the answer to :func:`customers_question`."""
    n = found["customers"]
    if n < LEAST:
        return []
    made = [_repeat(found, n)]
    if found["net"] > 0:
        made.insert(0, _concentration(found, n, currency))
    return made


def top_share(found):
    """Return the share of net sales that the top customers bring, from the answer to :func:`customers_question`."""
    n, net = found["customers"], found["net"] / MONEY_SCALE
    share = found["top_net"] / found["net"]
    # Influence of one customer on the share: y - share x, less its mean, over the mean of x.
    squares = found["yy"] - 2 * share * found["xy"] + share**2 * found["xx"]
    spread = max(squares - (found["y"] - share * net) ** 2 / n, 0.0) / (n - 1)
    return estimate(share, math.sqrt(spread / n) / (net / n), n - 1, n)


def _concentration(found, n, currency):
    share, top = top_share(found), found["top"]
    figure = Figure(f"top {100 // TOP}% of customers", share.value, "share", share.low, share.high, n)
    money = [written(found[name] / MONEY_SCALE, "money", currency) for name in ("top_net", "net")]
    sentence = (
        f"The {figure.label} ({top:,} of {n:,}) bring {figure.words(currency)} of what customers spend, "
        f"net of returns: {money[0]} of {money[1]}."
    )
    test = "95% interval of an income share, Beach and Davidson"
    return Finding(
        "net_sales.top_customers", sentence, Evidence((figure,), test, None, None, n),
        {"monetary": Range(found["edge"], None)}, max(share.value - top / n, 0.0),
    )  # fmt: skip


def _repeat(found, n):
    rate = share_interval(found["repeat"], n)
    figure = Figure("repeat purchase rate", rate.value, "share", rate.low, rate.high, n)
    brought = found["repeat_net"] / found["net"] if found["net"] > 0 and found["repeat"] else None
    figures, more = (figure,), ""
    if brought is not None:
        figures += (Figure("net sales of repeat customers", brought, "share"),)
        more = f"; they bring {written(brought, 'share', '')} of what customers spend"
    sentence = f"{figure.words('')} of {n:,} buying customers have ordered more than once{more}."
    strength = max(brought - rate.value, 0.0) if brought is not None else 0.0
    return Finding(
        "repeat_rate", sentence, Evidence(figures, "95% Wilson interval", None, None, n),
        {"frequency": Range(2, None)}, strength,
    )  # fmt: skip
