"""Facts of each segment or cluster: size, sales, averages, and what leads in it."""

from dataclasses import dataclass

import ibis

from retail_panel.insight.column_facts import facts_rows, latest_rows
from retail_panel.insight.dominance import dominant, judged
from retail_panel.schema import MONEY_SCALE


@dataclass(frozen=True)
class SegmentFacts:
    """One segment or cluster.

    Attributes
    ----------
    group : object
        The value in the column that customers are grouped by.
    customers : int
        Customers of it with any line.
    customer_share : float
        Of all scored customers with any line.
    net_sales : float
        Sales less returns on their lines, in currency units.
    net_share : float or None
        Of the net sales of all scored customers; None where these are not positive.
    recency_days_mean, frequency_mean, monetary_mean : float
        As scored; monetary in currency units.
    transactions : int
        Distinct orders and return documents.
    transaction_mean : float
        Absolute amounts divided by transactions, in currency units.
    dominant : dict of str to Dominant
        By the name of each column asked for; one without any value in this group is absent.
    """

    group: object
    customers: int
    customer_share: float
    net_sales: float
    net_share: float | None
    recency_days_mean: float
    frequency_mean: float
    monetary_mean: float
    transactions: int
    transaction_mean: float
    dominant: dict


def segment_facts(ask, lines, scored, by="segment", of_orders=None, of_customers=None, columns=None):
    """Work out the facts of each group of scored customers.

    Parameters
    ----------
    ask : callable
        Takes an ibis question, returns a pyarrow.Table.
    lines : ibis.Table
        Order lines in scope and selection: ``customer_key``, ``order_key``, ``ordered_at``, ``amount``, ``is_return``,
        and the columns named below.
    scored : ibis.Table
        Scored customers, one row a customer: ``customer_key``, ``recency_days``, ``frequency``, ``monetary`` and the
        column ``by``. Those without a line are left out; lines of others too.
    by : str
        ``segment`` or ``cluster``.
    of_orders : dict of str to str, optional
        Name to column of what an order has, such as ``{"channel": "c_channel"}``: shares are of orders with a sale
        line that has the value.
    of_customers : dict of str to str, optional
        Name to column of what a customer has, such as ``{"tier": "tier"}``: that of the latest line which names one (of
        several at that moment the value that sorts last); shares are of customers.
    columns : Columns, optional
        The same lines in memory, with those columns under their names, which is quicker. They are read instead, and
        ``lines`` may be None.

    Returns
    -------
    tuple of SegmentFacts
        By group; the leads of all columns and groups are judged together. Null is not a value.
    """
    members = scored.select("customer_key", "recency_days", "frequency", "monetary", group=scored[by])
    of_orders, of_customers = of_orders or {}, of_customers or {}
    if columns is None:
        rows, firsts = _asked(ask, lines, members, list(of_orders.values()))
        latest = {name: ask(_latest_question(lines, members, c)).to_pylist() for name, c in of_customers.items()}
    else:
        found = ask(members)
        held = {name: found[name].to_numpy() for name in found.column_names}
        rows, firsts = facts_rows(columns, held, list(of_orders))
        latest = {name: latest_rows(columns, held, name) for name in of_customers}
    rows.sort(key=lambda row: row["group"])
    leading = {name: _of_orders(rows, i, firsts[i]) for i, name in enumerate(of_orders)}
    leading |= {name: _of_customers(rows) for name, rows in latest.items()}
    found = judged([dominant for groups in leading.values() for dominant in groups.values()])
    places = iter(found)
    leading = {name: {group: next(places) for group in groups} for name, groups in leading.items()}
    everybody, total = sum(row["customers"] for row in rows), sum(row["net"] for row in rows)
    return tuple(_facts(row, everybody, total, leading) for row in rows)


def _asked(ask, lines, members, columns):
    """Return the answer to :func:`sums_question`, and by column the two values that lead in each group."""
    known = lines.filter(lines.customer_key.notnull())
    kept = {f"value_{i}": known[column] for i, column in enumerate(columns)}
    known = known.select("customer_key", "order_key", "amount", "is_return", **kept)
    known = known.inner_join(members.select("customer_key", "group"), "customer_key")
    firsts = [_first_two(ask(_totals_question(known, value)).to_pylist()) for value in kept]
    return ask(sums_question(known, members, firsts)).to_pylist(), firsts


def _totals_question(known, value):
    """One row a group and value: how many orders have it."""
    named = known.filter(~known.is_return, known[value].notnull())
    return named.group_by("group", value=named[value]).aggregate(counted=named.order_key.nunique())


def _first_two(rows):
    """Return by group the values that lead: the most counted and the next, of equals the one that sorts first."""
    two = {}
    for row in sorted(rows, key=lambda row: (-row["counted"], row["value"])):
        two.setdefault(row["group"], []).append(row["value"])
    return {group: (values + [None])[:2] for group, values in two.items()}


def sums_question(known, members, firsts):
    """One row a group: its size, sales and means, and for each column what :func:`dominant` takes."""
    # Whole numbers stay exact as floats up to some nine hundred billion in currency units, and add up faster.
    counts, money = _flags(known, firsts), known.amount.cast("float64")
    orders = known.group_by("group", "customer_key", "order_key").aggregate(
        net=money.sum(), moved=money.abs().sum(), **counts
    )
    each = orders.group_by("group", "customer_key").aggregate(
        net=orders.net.sum(), moved=orders.moved.sum(), transactions=orders.count().cast("float64"),
        **{name: orders[name].sum().cast("float64") for name in counts},
    )  # fmt: skip
    each = each.inner_join(members.drop("group"), "customer_key")
    sums = {name: each[name].sum() for name in ("net", "moved", "transactions")}
    sums |= {name: each[name].cast("float64").mean() for name in ("recency_days", "frequency", "monetary")}
    sums |= {name: each[name].sum() for name in counts}
    for i in range(len(firsts)):
        gap, every = each[f"a_{i}"] - each[f"b_{i}"], each[f"every_{i}"]
        sums |= {f"gg_{i}": (gap * gap).sum(), f"ge_{i}": (gap * every).sum(), f"ee_{i}": (every * every).sum()}
        sums[f"customers_{i}"] = each.count(where=every > 0)
    return each.group_by("group").aggregate(customers=each.count(), **sums)


def _flags(known, firsts):
    """Whether an order has a column's first value (``a``), its second (``b``), and any (``every``)."""
    flags = {}
    for i, two in enumerate(firsts):
        value = known[f"value_{i}"]
        for part, place in (("a", 0), ("b", 1)):
            pairs = [(known.group == group, pair[place]) for group, pair in two.items() if pair[place] is not None]
            # Without any second value nobody has it; guests are not among the lines.
            flags[f"{part}_{i}"] = value == ibis.cases(*pairs) if pairs else known.customer_key.isnull()
        flags[f"every_{i}"] = value.notnull()
    return {name: (flag & ~known.is_return).any().fill_null(False).cast("int8") for name, flag in flags.items()}


def _of_orders(rows, i, two):
    parts = ("customers", "a", "b", "every", "gg", "ge", "ee")
    found = [row for row in rows if row[f"every_{i}"]]
    return {row["group"]: dominant(*two[row["group"]], *(row[f"{part}_{i}"] for part in parts)) for row in found}


def _of_customers(rows):
    counted, every, leading = {(row["group"], row["value"]): row["counted"] for row in rows}, {}, {}
    for row in rows:
        every[row["group"]] = every.get(row["group"], 0) + row["counted"]
    for group, (leader, follower) in _first_two(rows).items():
        a, b, n = counted[group, leader], counted.get((group, follower), 0), every[group]
        # Each customer has one value, so a gap of a customer is 1, -1 or 0.
        leading[group] = dominant(leader, follower, n, a, b, n, a + b, a - b, n)
    return leading


def _latest_question(lines, members, column):
    """One row a group and value: how many customers have it on their latest line that names one."""
    named = lines.filter(lines.customer_key.notnull(), lines[column].notnull())
    named = named.select("customer_key", "ordered_at", value=named[column])
    # A customer has few values, so that the rest is asked of far fewer rows.
    named = named.group_by("customer_key", "value").aggregate(ordered_at=named.ordered_at.max())
    last = named.group_by("customer_key").aggregate(ordered_at=named.ordered_at.max())
    at_last = named.inner_join(last, ["customer_key", "ordered_at"])
    latest = at_last.group_by("customer_key").aggregate(value=at_last.value.max())
    latest = latest.inner_join(members.select("customer_key", "group"), "customer_key")
    return latest.group_by("group", "value").aggregate(counted=latest.count())


def _facts(row, everybody, total, leading):
    return SegmentFacts(
        group=row["group"],
        customers=row["customers"],
        customer_share=row["customers"] / everybody,
        net_sales=row["net"] / MONEY_SCALE,
        net_share=row["net"] / total if total > 0 else None,
        recency_days_mean=row["recency_days"],
        frequency_mean=row["frequency"],
        monetary_mean=row["monetary"] / MONEY_SCALE,
        transactions=int(row["transactions"]),
        transaction_mean=row["moved"] / row["transactions"] / MONEY_SCALE,
        dominant={name: groups[row["group"]] for name, groups in leading.items() if row["group"] in groups},
    )
