"""The demo's rows, and the UCI file's, as a store and as a pandas frame of the same lines."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retail_panel.demo import folder
from retail_panel.intake import load
from retail_panel.schema import MONEY_SCALE, ORDER_LINE, arrow_schema
from retail_panel.store import Store

UCI = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


@pytest.fixture(scope="session")
def demo():
    """The demo's store and its order lines as a frame."""
    store = Store()
    load(folder(), store)
    yield store, store.ask(store.lines).to_pandas()
    store.close()


@pytest.fixture(scope="session")
def uci():
    """The UCI file's sales with a customer in a store, and as a frame."""
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    rows = pd.read_csv(UCI, dtype={"InvoiceNo": str, "CustomerID": str, "StockCode": str}, parse_dates=["InvoiceDate"])
    sold = ~rows.InvoiceNo.str.startswith("C") & (rows.Quantity > 0) & (rows.UnitPrice > 0) & rows.CustomerID.notna()
    rows = rows[sold].reset_index(drop=True)
    no = pa.array(np.zeros(len(rows), bool))
    given = {
        "order_id": pa.array(rows.InvoiceNo, pa.string()),
        "customer_id": pa.array(rows.CustomerID, pa.string()),
        "product": pa.array(rows.StockCode, pa.string()),
        "ordered_at": pa.array(rows.InvoiceDate.astype("datetime64[us]")),
        "quantity": pa.array(rows.Quantity.astype(float)),
        "amount": pa.array((rows.Quantity * rows.UnitPrice * MONEY_SCALE).round().astype("int64")),
        "kind": pa.array(np.full(len(rows), "Full Price")),
    }
    schema = arrow_schema(ORDER_LINE)
    missing = {field.name: no if field.type == pa.bool_() else pa.nulls(len(rows), field.type) for field in schema}
    store = Store()
    store.append(pa.table({**missing, **given}, schema=schema))
    yield store, rows
    store.close()
