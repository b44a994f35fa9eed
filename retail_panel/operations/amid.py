"""Answers beside the stock of their order's store: how much of it had run out."""

import ibis
import numpy as np
import pandas as pd

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


def few_question(placed):
    """Ask how many answers there are of each scale, score, store and day.

    Returns
    -------
    ibis.Table
        ``scale``, ``score``, ``store``, ``day``, ``answers``, and ``own``: those whose own store and day stand in.
    """
    own = placed.count(where=placed.is_own_day & placed.store.notnull())
    return placed.group_by("scale", "score", "store", "day").aggregate(answers=placed.count(), own=own)


def run_out_question(stock):
    """Ask for the share of products run out, by store (``shop``) and day counted (``counted_on``, since 1970-01-01)."""
    counted = stock.group_by(shop="store", counted_on=day_of(stock.day.cast("timestamp"))).aggregate(
        run_out=stock.count(where=stock.on_hand <= 0).cast("float64") / stock.count()
    )
    return counted.filter(counted.shop.notnull())


def amid(few, run_out, least_share, within_days, bands):
    """Count the answers by how much had run out in the order's store.

    Parameters
    ----------
    few, run_out : pandas.DataFrame
        Answers to :func:`few_question` and :func:`run_out_question`.
    least_share, within_days, bands
        As :mod:`retail_panel.operations.shortage` has them.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``band`` (index in ``bands``), ``is_short`` (at least ``least_share`` had run out), ``score`` and
        ``answers``. Answers without a count in time are not among them.
    """
    # Texts of Arrow, as pandas has them otherwise, cannot be met where there are none.
    few = few.astype({"day": "int64", "store": object})
    run_out = run_out.astype({"counted_on": "int64", "shop": object})
    found = pd.merge_asof(
        few[few.store.notna()].sort_values("day"), run_out.sort_values("counted_on"), left_on="day",
        right_on="counted_on", left_by="store", right_by="shop", direction="forward", tolerance=within_days - 1,
    )  # fmt: skip
    found = found[found.run_out.notna()]
    band = np.searchsorted(bands[:-1], found.run_out)
    found = found.assign(band=band, is_short=found.run_out >= least_share)
    return found.groupby(["scale", "band", "is_short", "score"], as_index=False).answers.sum()
