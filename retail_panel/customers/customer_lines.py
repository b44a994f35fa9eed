"""The lines of known customers, dated; what analyses of customers over time begin with."""

import datetime as dt

import ibis

from retail_panel.customers.rfm import EPOCH, day_number, day_of


def customer_lines(lines, last_day=None):
    """Leave out guests, and what comes after a day.

    Parameters
    ----------
    lines : ibis.Table
        Order lines, one row a line: ``ordered_at``, and ``customer_key`` where the source knows customers.
    last_day : datetime.date, optional
        Lines of later days are left out.

    Returns
    -------
    ibis.Table
        The lines that name a customer, with ``day`` (int64, days since 1970-01-01); none where there is no
        ``customer_key``.
    """
    if "customer_key" not in lines.columns:
        lines = lines.mutate(customer_key=ibis.null("int32"))
    dated = lines.filter(lines.customer_key.notnull()).mutate(day=day_of(lines.ordered_at))
    return dated if last_day is None else dated.filter(dated.day <= day_number(last_day))


def span_of(ask, lines):
    """Return the first and the last day of lines, guests' and returns too.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines: ``ordered_at``.

    Returns
    -------
    tuple of datetime.date or None
        Both None without lines.
    """
    day = day_of(lines.ordered_at)
    found = ask(lines.aggregate(first=day.min(), last=day.max())).to_pylist()[0]
    return tuple(None if at is None else EPOCH + dt.timedelta(days=at) for at in (found["first"], found["last"]))
