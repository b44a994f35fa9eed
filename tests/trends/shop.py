"""A shop: order lines in a store, and the same rows in pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa

from retail_panel.schema import MONEY_SCALE, ORDER_LINE, arrow_schema
from retail_panel.store import Store


class Shop:
    """A store, its rows as a pandas frame, and the means to ask."""

    def __init__(self, rows):
        self.store = Store()
        self.store.append(as_batch(rows))
        self.ask, self.lines = self.store.ask, self.store.lines
        alone = "line " + pd.Series(rows.index.map(str), rows.index)
        document = rows["order_id"].where(rows["order_id"].notna(), alone)
        money = np.rint(rows["amount"].to_numpy() * MONEY_SCALE).astype(np.int64)
        self.rows = rows.assign(document=document, day=rows["ordered_at"].dt.date, money=money)


def as_batch(rows):
    """Return rows (order_id, customer_id, ordered_at, channel, amount in pounds, is_return) as a clean batch."""
    given = {name: pa.array(rows[name], pa.string()) for name in ("order_id", "customer_id", "channel")}
    given["ordered_at"] = pa.array(rows["ordered_at"].astype("datetime64[us]"))
    given["amount"] = pa.array(np.rint(rows["amount"].to_numpy() * MONEY_SCALE).astype(np.int64))
    given["is_return"] = pa.array(rows["is_return"].to_numpy())
    given["kind"] = pa.array(np.where(rows["is_return"], "Return", "Full Price"))
    no, schema = pa.array(np.zeros(len(rows), bool)), arrow_schema(ORDER_LINE)
    missing = {field.name: no if field.type == pa.bool_() else pa.nulls(len(rows), field.type) for field in schema}
    return pa.table({**missing, **given}, schema=schema)


def shop_of(rows):
    """Return the shop of rows (order, customer, time, channel, pounds); pounds below zero are a return."""
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "channel", "amount"], dtype=object)
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"]).astype("datetime64[us]")
    frame["amount"] = frame["amount"].astype(float)
    return Shop(frame.assign(is_return=frame["amount"] < 0))
