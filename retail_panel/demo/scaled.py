"""Any number of order lines of the demo's kind, for benchmarks."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.demo.chance import Chance
from retail_panel.demo.order_lines import demo_order_lines
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE, ORDER_LINE

_TEXTS = ("brand", "channel", "store", "country", "category", "product", "description", "kind", "tier", "currency")
_MINUTES = 20
_PENNY = MONEY_SCALE // 100


def scaled_order_lines(rows, seed=0):
    """Repeat the demo's order lines under other customers, with other amounts and at other times of the day.

    Parameters
    ----------
    rows : int
        Order lines in all; one or more.
    seed : int
        Zero or more.

    Yields
    ------
    pyarrow.Table
        Clean batches of up to about 100,000 rows with the columns of :data:`retail_panel.schema.ORDER_LINE`; texts are
        dictionary encoded. Each batch spans the whole 24 months, by time give or take 20 minutes, and has some 10,000
        customers of its own; each customer's amounts are 0.6 to 1.6 times those of the demo's customer they come from.
        Only the marks for duplicates and zero prices are set.

    Raises
    ------
    retail_panel.errors.UnusableInput
        If `rows` is not positive or `seed` is negative.
    """
    if rows < 1 or seed < 0:
        raise UnusableInput(f"scaled order lines: {rows} rows with seed {seed}; allowed: 1 row or more, seed 0 or more")
    return _copies(rows, seed)


def _copies(rows, seed):
    lines = _pattern(seed)
    number = 0
    while rows > 0:
        yield _copy(lines, number, Chance(seed, f"copy {number}")).slice(0, rows)
        rows -= lines["rows"]
        number += 1


@lru_cache(maxsize=1)
def _pattern(seed):
    """Return what all copies have in common, column by column."""
    lines = demo_order_lines(seed)
    customer, customer_ids = pd.factorize(lines["customer_id"])
    order, order_ids = pd.factorize(lines["order_id"])
    money = {name: _scaled(lines[name]) for name in ("amount", "list_amount", "unit_cost")}
    return {
        "rows": len(lines),
        "customer": customer,
        "customer_ids": pa.array(customer_ids, pa.string()),
        "customer_keys": pa.array(customer, pa.int32(), mask=customer < 0),
        "order_ids": pa.array(order_ids, pa.string()),
        "order_keys": pa.array(order, pa.int32()),
        "order": order,
        "money": money,
        "second": lines["ordered_at"].to_numpy().astype("datetime64[s]").astype(np.int64),
        "fixed": {
            **{name: pa.array(lines[name], pa.string()).dictionary_encode() for name in _TEXTS},
            "quantity": pa.array(lines["quantity"], pa.float64()),
            "is_return": pa.array(lines["kind"] == "Return"),
            "is_duplicate": pa.array(lines.duplicated()),
            "is_zero_price": pa.array(money["amount"] == 0),
            "is_adjustment": pa.array(np.zeros(len(lines), bool)),
            "is_outlier": pa.array(np.zeros(len(lines), bool)),
        },
    }


def _scaled(pounds):
    return np.rint(pounds.to_numpy() * MONEY_SCALE).astype(np.int64)


def _copy(lines, number, chance):
    factor = chance.between(0.6, 1.6, len(lines["customer_ids"]) + 1)[lines["customer"]]
    shift = chance.whole(-60 * _MINUTES, 60 * _MINUTES, len(lines["order_ids"]))[lines["order"]]
    midnight = lines["second"] // 86_400 * 86_400
    second = np.clip(lines["second"] + shift, midnight, midnight + 86_399)
    columns = {
        **lines["fixed"],
        **{name: pa.array(np.rint(money * factor / _PENNY).astype(np.int64) * _PENNY)
           for name, money in lines["money"].items()},
        "order_id": _renamed(lines["order_keys"], lines["order_ids"], number),
        "customer_id": _renamed(lines["customer_keys"], lines["customer_ids"], number),
        "ordered_at": pa.array(second * 1_000_000).cast(pa.timestamp("us")),
    }
    return pa.table({column.name: columns[column.name] for column in ORDER_LINE})


def _renamed(keys, names, number):
    return pa.DictionaryArray.from_arrays(keys, pc.binary_join_element_wise(names, f"{number:05d}", "-"))
