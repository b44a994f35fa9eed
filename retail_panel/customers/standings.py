"""Where each customer stood on several days, in one question: R, F and M as of each of them."""

import datetime as dt
from functools import reduce

import ibis

from retail_panel.customers.customer_lines import customer_lines
from retail_panel.customers.merged import moved
from retail_panel.customers.rfm import day_number, narrowed, whole_sum
from retail_panel.measures import line_number

#: On so many days customers are looked at one day after the other; on more, by what changed in between.
FEW = 3


def standings(lines, definition, days):
    """Ask for the R, F and M of each customer as of each of several days.

    Parameters
    ----------
    lines : ibis.Table
        Order lines in scope, as :func:`retail_panel.customers.rfm.rfm_question` takes them; they may be merged
        (:func:`retail_panel.customers.merged.merged`) where frequency does not count lines.
    definition : RFMDefinition
        Its ``reference_day`` is not read.
    days : sequence of datetime.date
        In rising order; lines after one of them have no part in how customers stood on it.

    Returns
    -------
    ibis.Table
        One row per customer and day from their first purchase on: ``customer_key``; ``at``, the index in ``days``;
        ``last_day``, that of the last purchase (days since 1970-01-01); ``recency_days``, here 0 less ``last_day``,
        which ranks and scores as the days to any reference day do; ``frequency`` and ``monetary`` as
        :func:`retail_panel.customers.rfm.rfm_question` has them for that day.
    """
    if "is_whole" in lines.columns and len(days) <= FEW:
        return ibis.union(*(_stood(lines, definition, at, day) for at, day in enumerate(days)))
    spells = _spells(changes_question(lines, definition, days), len(days))
    return spells.filter(spells.last_day.notnull()).select(
        "customer_key",
        at=ibis.range(spells.since, spells.until).unnest(),
        last_day=spells.last_day,
        recency_days=-spells.last_day,
        frequency=spells.frequency,
        monetary=spells.monetary,
    )


def _stood(lines, definition, at, day):
    """Return how customers stood on one day; each row of the lines is an order."""
    done = _done(_dated(lines, definition, day), definition, "customer_key")
    done = done.filter(done.last_day.notnull())
    return done.select(
        "customer_key", at=ibis.literal(at, "int64"), last_day="last_day", recency_days=-done.last_day,
        frequency="frequency", monetary="monetary",
    )  # fmt: skip


def changes_question(lines, definition, days):
    """Ask for what each customer did between one of several days and the next.

    Parameters
    ----------
    lines, definition, days
        As in :func:`standings`.

    Returns
    -------
    ibis.Table
        One row per customer and day that anything they did counts on first: ``customer_key``; ``since``, the index in
        ``days``; ``last_day`` of a purchase (days since 1970-01-01; null without one); and what is added to
        ``frequency`` and ``monetary``.
    """
    known = _dated(lines, definition, days[-1])
    known = known.mutate(since=_since(known, days).cast("int32"))
    done = _done(known, definition, "customer_key", "since")
    if definition.frequency != "orders" or "is_whole" in known.columns:
        return done
    bought = known.filter(known.is_bought)
    # An order counts once, from its first line on, however many days its lines are spread over.
    begun = bought.group_by("customer_key", "order_key").aggregate(since=bought.since.min())
    orders = begun.group_by("customer_key", "since").aggregate(orders=begun.count())
    joined = done.drop("frequency").left_join(orders, ["customer_key", "since"])
    return joined.select(*done.drop("frequency").columns, frequency=joined.orders.fill_null(0).cast("int32"))


def _dated(lines, definition, last_day):
    known = customer_lines(lines, last_day)
    if definition.returns == "count":
        return known.mutate(is_bought=True, money=moved(known))
    money = known.amount if definition.monetary == "net" else known.is_return.ifelse(0, known.amount)
    return known.mutate(is_bought=~known.is_return, money=money)


def _done(known, definition, *keys):
    days_bought = known.day.nunique(where=known.is_bought)
    lines_bought = known.is_bought.ifelse(line_number(known), 0).cast("int64").sum()
    return known.group_by(*keys).aggregate(
        last_day=known.day.max(where=known.is_bought).cast("int32"),
        frequency=(days_bought if definition.frequency == "days" else lines_bought).cast("int32"),
        monetary=whole_sum(known.money),
    )


def _since(known, days):
    """Return the index of the first day of ``days`` that a line counts on."""
    numbers = [12 * day.year + day.month for day in days]
    ends = all((day + dt.timedelta(days=1)).day == 1 for day in days[:-1])
    if ends and numbers == list(range(numbers[0], numbers[0] + len(days))):
        # Many days are compared sooner by their months.
        return ibis.greatest(known.ordered_at.year() * 12 + known.ordered_at.month() - numbers[0], 0)
    return reduce(lambda total, day: total + (known.day > day_number(day)).cast("int64"), days[:-1], ibis.literal(0))


def _spells(changes, until):
    """Return running figures: how customers stood from the day ``since`` until before the day ``until``."""
    so_far = ibis.window(group_by=changes.customer_key, order_by=changes.since, preceding=None, following=0)
    in_turn = ibis.window(group_by=changes.customer_key, order_by=changes.since)
    return changes.select(
        "customer_key",
        "since",
        until=changes.since.lead().over(in_turn).fill_null(until).cast("int32"),
        last_day=changes.last_day.max().over(so_far),
        frequency=changes.frequency.sum().over(so_far).cast("int32"),
        monetary=narrowed(changes.monetary.sum().over(so_far)),
    )
