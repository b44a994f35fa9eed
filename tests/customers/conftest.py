"""Six customers whose R, F, M, scores and segments are worked out by hand, and the UCI file as order lines.

Amounts in pounds; 2024 is a leap year. The last day in scope, 2024-03-31, is the reference day.

===== ======== ========== ======
order customer day        amount
===== ======== ========== ======
a1    Ann      2024-01-10     10
a1    Ann      2024-01-10     20
e1    Eve      2024-01-31     25
ex    Eve      2024-02-05    -25 (return)
c1    Cat      2024-02-10     40
c2    Cat      2024-02-10     10
a2    Ann      2024-03-01     30
dx    Dan      2024-03-05     -8 (return)
ax    Ann      2024-03-20     -5 (return)
--    Fay      2024-03-21      7
--    Fay      2024-03-21      8
g1    (guest)  2024-03-30     50
b1    Ben      2024-03-31    100
===== ======== ========== ======

By default (orders, net, returns subtract), a return not refreshing recency; Dan has returns only and is not scored:

========  ======= ========= ======== ============= ==================
customer  recency frequency monetary scores r f m  segment
========  ======= ========= ======== ============= ==================
Ann            30         2       55 3 3 4         Needs Attention
Ben             0         1      100 5 1 5         New
Cat            50         2       50 2 3 3         At Risk
Eve            60         1        0 1 1 1         Lost
Fay            10         2       15 4 3 2         Potential Loyalist
========  ======= ========= ======== ============= ==================

Of five customers, the quintile edges are the first to fourth smallest value: recency 0, 10, 30, 50; frequency 1, 1, 2,
2; monetary 0, 15, 50, 55. A frequency of 2 lies above the two edges of 1, so scores 3.

Other definitions: lines 3, 1, 2, 1, 2; days 2, 1, 1, 1, 1; gross 60, 100, 50, 25, 15. With returns counted, Dan too is
a customer: recency 11, 0, 50, 26 (Dan), 55, 10; lines 4, 1, 2, 1, 2, 2; orders 3, 1, 2, 1, 2, 2; monetary 65, 100, 50,
8, 50, 15.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from retail_panel.schema import MONEY_SCALE, ORDER_LINE, arrow_schema

ROWS = (
    ("a1", "Ann", "2024-01-10 09:00", 10),
    ("a1", "Ann", "2024-01-10 09:00", 20),
    ("e1", "Eve", "2024-01-31 10:00", 25),
    ("ex", "Eve", "2024-02-05 10:00", -25),
    ("c1", "Cat", "2024-02-10 08:00", 40),
    ("c2", "Cat", "2024-02-10 23:59", 10),
    ("a2", "Ann", "2024-03-01 00:00", 30),
    ("dx", "Dan", "2024-03-05 12:00", -8),
    ("ax", "Ann", "2024-03-20 12:00", -5),
    (None, "Fay", "2024-03-21 18:00", 7),
    (None, "Fay", "2024-03-21 18:00", 8),
    ("g1", None, "2024-03-30 11:00", 50),
    ("b1", "Ben", "2024-03-31 20:00", 100),
)
UCI = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Keep scikit-learn's own threads from waiting for busy cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture
def shop(empty_store, make_lines):
    """A store with the six customers above."""
    order, customer, when, amount = (list(column) for column in zip(*ROWS, strict=True))
    kind = ["Return" if money < 0 else "Full Price" for money in amount]
    empty_store.append(make_lines(order_id=order, customer_id=customer, ordered_at=when, amount=amount, kind=kind))
    return empty_store


@pytest.fixture
def fill(empty_store, make_lines):
    """A function that fills a fresh store with one order per (customer, day, pounds) and returns it."""

    def fill(rows):
        customer, when, amount = (list(column) for column in zip(*rows, strict=True))
        kind = ["Return" if money < 0 else "Full Price" for money in amount]
        order = [f"o{i}" for i in range(len(rows))]
        empty_store.append(make_lines(order_id=order, customer_id=customer, ordered_at=when, amount=amount, kind=kind))
        return empty_store

    return fill


@pytest.fixture(scope="session")
def uci_rows():
    """The UCI file's 397,884 sales with a customer, quantity and price, as a pandas frame."""
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    rows = pd.read_csv(UCI, dtype={"InvoiceNo": str, "CustomerID": str}, parse_dates=["InvoiceDate"])
    sold = ~rows.InvoiceNo.str.startswith("C") & (rows.Quantity > 0) & (rows.UnitPrice > 0) & rows.CustomerID.notna()
    rows = rows[sold]
    return rows.assign(amount=(rows.Quantity * rows.UnitPrice * MONEY_SCALE).round().astype("int64"))


@pytest.fixture
def uci(empty_store, uci_rows):
    """A store with those sales."""
    given = {
        "order_id": pa.array(uci_rows.InvoiceNo, pa.string()),
        "customer_id": pa.array(uci_rows.CustomerID, pa.string()),
        "ordered_at": pa.array(uci_rows.InvoiceDate.astype("datetime64[us]")),
        "amount": pa.array(uci_rows.amount),
        "kind": pa.array(np.full(len(uci_rows), "Full Price")),
    }
    schema = arrow_schema(ORDER_LINE)
    no = pa.array(np.zeros(len(uci_rows), bool))
    missing = {field.name: no if field.type == pa.bool_() else pa.nulls(len(uci_rows), field.type) for field in schema}
    empty_store.append(pa.table({**missing, **given}, schema=schema))
    return empty_store
