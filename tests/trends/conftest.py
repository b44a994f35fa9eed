"""The shops that the tests of trends read."""

from pathlib import Path

import pandas as pd
import pytest

from retail_panel.demo import demo_order_lines
from trends.shop import Shop, shop_of

UCI = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


@pytest.fixture
def make_shop():
    """The function :func:`trends.shop.shop_of`; what it makes is closed at the end."""
    made = []

    def make_shop(rows):
        made.append(shop_of(rows))
        return made[-1]

    yield make_shop
    for shop in made:
        shop.store.close()


@pytest.fixture
def six(make_shop, six_lines):
    """The six customers of the topmost conftest."""
    return make_shop([(order, who, when, place[0], amount) for order, who, when, place, _, _, _, amount in six_lines])


@pytest.fixture(scope="session")
def demo():
    """Every fifth line of the demo data: 24 months; tests only read it."""
    rows = demo_order_lines(0).iloc[::5].reset_index(drop=True)
    shop = Shop(rows.assign(is_return=rows["kind"] == "Return"))
    yield shop
    shop.store.close()


@pytest.fixture(scope="package")
def uci():
    """The UCI file, every row."""
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    columns = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    rows = pd.read_csv(UCI, dtype={"InvoiceNo": str, "CustomerID": str}, parse_dates=["InvoiceDate"], usecols=columns)
    rows = rows.set_axis(["order_id", "Quantity", "ordered_at", "UnitPrice", "customer_id", "channel"], axis=1)
    shop = Shop(rows.assign(amount=rows.Quantity * rows.UnitPrice, is_return=rows.order_id.str.startswith("C")))
    yield shop
    shop.store.close()
