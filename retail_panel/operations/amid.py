"""Answers beside the stock of their order's store: how much of it had run out."""

import ibis

from retail_panel.customers.rfm import day_of


def placed_answers(tables):
    """Return the answers with the store and the day of their order.

    Parameters
    ----------
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns, with ``feedback``.

    Returns
    -------
    ibis.Table
        One row an answer: ``scale``, ``score``, ``store``, ``day`` (since 1970-01-01) and ``is_own_day``: its own store
        and day stand in where no order in scope has its brand and order id.
    """
    feedback, lines = tables["feedback"], tables.get("order_line")
    answers = feedback.select(
        "scale", "score", "brand", "order_id", own_store="store", own_day=day_of(feedback.given_at)
    )
    if lines is None or "order_id" not in lines.columns:
        return answers.select("scale", "score", store="own_store", day="own_day", is_own_day=ibis.literal(True))
    asked = answers.filter(answers.order_id.notnull()).select("order_id").distinct()
    sold = lines.filter(~lines.is_return).semi_join(asked, "order_id")
    orders = sold.group_by(known="order_id", of="brand").aggregate(
        sold_at=sold.store.min(), sold_on=day_of(sold.ordered_at.min())
    )
    joined = answers.left_join(orders, [answers.order_id == orders.known, answers.brand.identical_to(orders.of)])
    return joined.select(
        "scale",
        "score",
        store=ibis.coalesce(joined.sold_at, joined.own_store),
        day=ibis.coalesce(joined.sold_on, joined.own_day),
        is_own_day=joined.sold_on.isnull(),
    )


def amid_question(placed, stock, least_share, within_days, bands):
    """Ask how many answers there are, by how much had run out in the order's store.

    Parameters
    ----------
    placed : ibis.Table
        From :func:`placed_answers`.
    stock : ibis.Table
        Stock counts in scope.
    least_share, within_days, bands
        As :mod:`retail_panel.operations.shortage` has them.

    Returns
    -------
    ibis.Table
        ``scale``, ``band`` (index in ``bands``), ``is_short`` (at least ``least_share`` had run out), ``score`` and
        ``answers``. Answers without a count in time are not among them.
    """
    few = placed.group_by("scale", "score", "store", "day").aggregate(answers=placed.count())
    days, run_out = few.select("store", "day").distinct(), _run_out(stock)
    near = days.inner_join(
        run_out,
        [days.store == run_out.shop, run_out.counted_on >= days.day, run_out.counted_on < days.day + within_days],
    )
    first = near.group_by("store", "day").aggregate(run_out=near.run_out.argmin(near.counted_on))
    found = few.inner_join(first, ["store", "day"])
    band = ibis.cases(*((found.run_out <= top, i) for i, top in enumerate(bands[:-1])), else_=len(bands) - 1)
    found = found.mutate(band=band, is_short=found.run_out >= least_share)
    return found.group_by("scale", "band", "is_short", "score").aggregate(answers=found.answers.sum().cast("int64"))


def _run_out(stock):
    """Return the share of products run out, by store and day counted."""
    counted = stock.group_by(shop="store", counted_on=day_of(stock.day.cast("timestamp"))).aggregate(
        run_out=stock.count(where=stock.on_hand <= 0).cast("float64") / stock.count()
    )
    return counted.filter(counted.shop.notnull())
