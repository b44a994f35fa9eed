"""Merged lines: what a customer bought, or brought back, under one order and on one day, as one row."""

from retail_panel.customers.rfm import day_of, whole_sum

KEYS = ("order_key", "customer_key", "is_return")


def merged(lines):
    """Ask for lines merged, which several questions may read then: there are fewer of them, and fewer columns.

    Parameters
    ----------
    lines : ibis.Table
        Order lines: ``order_key``, ``ordered_at``, ``amount``, ``is_return``; ``customer_key`` if there is one.

    Returns
    -------
    ibis.Table
        One row an order, customer, day and way (bought or brought back): these, ``ordered_at`` being the day's
        beginning; ``amount``, and ``moved``, the absolute amounts of the lines, added up. What is true of order lines
        is true of them but for the number of rows, the time of day and the amounts of single lines.
    """
    keys = [name for name in KEYS if name in lines.columns]
    dated = lines.select(*keys, "amount", ordered_at=lines.ordered_at.date().cast("timestamp"))
    return dated.group_by(*keys, "ordered_at").aggregate(
        amount=whole_sum(dated.amount), moved=whole_sum(dated.amount.abs())
    )


def whole(lines, ask):
    """Return merged lines, marked where each order is one of them: orders need not be told apart then to be counted.

    Parameters
    ----------
    lines : ibis.Table
        As :func:`merged` returns.
    ask : callable
        Answers a question with a :class:`pyarrow.Table`.
    """
    found = ask(lines.aggregate(rows=lines.count(), orders=lines.order_key.nunique())).to_pylist()[0]
    return lines.mutate(is_whole=True) if found["rows"] == found["orders"] else lines


def by_month(lines):
    """Ask for what each customer did in each month.

    Parameters
    ----------
    lines : ibis.Table
        As :func:`whole` returns, each row an order.

    Returns
    -------
    ibis.Table
        One row a customer and month, guests together: ``customer_key``, ``month`` (12 times the year, and the month
        from 0 on), ``orders``, ``transactions`` (orders and return documents), ``net_sales`` and ``moved``
        (ten-thousandths of the currency unit), and ``last_day`` of a purchase (days since 1970-01-01; null without).
    """
    months = lines.mutate(month=(lines.ordered_at.year() * 12 + lines.ordered_at.month() - 1).cast("int64"))
    return months.group_by("customer_key", "month").aggregate(
        orders=months.count(where=~months.is_return), transactions=months.count(),
        net_sales=whole_sum(months.amount), moved=whole_sum(months.moved),
        last_day=day_of(months.ordered_at).max(where=~months.is_return).cast("int32"),
    )  # fmt: skip


def order_count(lines, where=None):
    """Count the distinct orders of lines, merged or not, an Ibis expression."""
    return lines.count(where=where) if "is_whole" in lines.columns else lines.order_key.nunique(where=where)


def moved(lines):
    """Return the absolute amount of lines, merged or not, an Ibis column."""
    return lines.moved if "moved" in lines.columns else lines.amount.abs()
