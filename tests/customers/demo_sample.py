"""A fifth of the demo's customers over its 24 months, as a clean batch and as a pandas frame."""

from functools import cache

import numpy as np
import pandas as pd

from retail_panel.demo import scaled_order_lines


@cache
def sample_batch():
    """Return about 20,000 clean order lines: those of every fifth customer, and some of guests."""
    batch = next(scaled_order_lines(100_000))
    customer = batch["customer_id"].combine_chunks().indices.to_pandas()
    return batch.filter(np.where(customer.isna(), np.arange(len(customer)), customer) % 5 == 0)


def frame_of(batch):
    """Return a clean batch as columns ``customer`` (None is a guest), ``order``, ``at``, ``day``, ``amount``, ``back``.

    A line without an order id has a number of its own in ``order``.
    """
    rows = batch.select(["brand", "order_id", "customer_id", "ordered_at", "amount", "is_return"]).to_pandas()
    order = rows.brand.astype(object).fillna("") + "/" + rows.order_id.astype(object)
    customer = rows.customer_id.astype(object)
    return pd.DataFrame(
        {
            "customer": customer.where(customer.notna(), None),
            "order": order.where(order.notna(), pd.Series(np.arange(len(rows)), dtype=object)),
            "at": rows.ordered_at,
            "day": rows.ordered_at.dt.normalize(),
            "amount": rows.amount,
            "back": rows.is_return,
        }
    )
