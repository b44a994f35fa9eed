"""Studies of products tell of the days whose products are known, and say so; others tell the same as before."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from crossfilter.mirror import take_scene

from retail_panel.crossfilter.clause import Values
from retail_panel.store import Store
from retail_panel.store.retention import roll_up
from retail_panel.studies.answered import answered as shared
from retail_panel.studies.baskets import STUDIES as BASKETS
from retail_panel.studies.behaviour import STUDIES as BEHAVIOUR
from retail_panel.studies.inventory import STUDIES as INVENTORY
from studies.bench import answered, asking

STUDIES = {study.name: study for study in (*BASKETS, *INVENTORY, *BEHAVIOUR)}
SINCE = {"ordered_at": "2024-03-12.."}
GOODS = {"shoes": "Shoes", "socks": "Socks", "hats": "Hats", "belts": "Hats"}
TOLD = "Lines before 12 Mar 2024 are rolled up, without product, and not in this."


@pytest.fixture(scope="module")
def shops(make_lines, make_stock):
    """Two stores of 120 days and 1,500 orders in which socks go with shoes; the second one's old days are rolled up."""
    rng = np.random.default_rng(4)
    lines, days = [], pd.date_range("2024-01-12", periods=120)
    for order in range(1500):
        at = days[rng.integers(120)] + pd.Timedelta(int(rng.integers(9, 20)), "h")
        bought = {"shoes", "socks"} if rng.random() < 0.3 else {str(rng.choice(list(GOODS)))}
        lines += [(f"o{order}", f"c{order % 90}", at, ["Web", "Leeds"][order % 2], good) for good in sorted(bought)]
    order, who, at, store, good = (list(column) for column in zip(*lines, strict=True))
    sold = make_lines(
        order_id=order, customer_id=who, ordered_at=[moment.to_pydatetime() for moment in at], store=store,
        channel=["Online" if shop == "Web" else "Shop" for shop in store], product=good, quantity=1,
        category=[GOODS[name] for name in good], unit_cost=4, list_amount=12,
        amount=[str(5 + len(name)) for name in good],
    )  # fmt: skip
    counts = [(day.date().isoformat(), name) for day in days[::20] for name in GOODS]
    held = make_stock(day=[day for day, _ in counts], product=[name for _, name in counts], store="Leeds",
                      category=[GOODS[name] for _, name in counts],
                      on_hand=[600 if name == "belts" else 40 for _, name in counts], unit_cost=4)  # fmt: skip
    stores = Store(), Store()
    for store in stores:
        with store.loading("shop") as load:
            load.append(sold)
            load.append_stock(held)
    assert roll_up(stores[1], 60, date(2024, 5, 10)).becomes > 0
    yield stores
    for store in stores:
        store.close()


@pytest.mark.parametrize("name", ["product_pairs", "slow_movers", "fast_movers"])
def test_products_are_told_of_days_that_know_them(shops, name):
    raw, rolled = shops
    expected, found = (
        answered(take_scene(store, scope), STUDIES[name])[1:] for store, scope in ((raw, SINCE), (rolled, {}))
    )
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in (found[0], expected[0])))
    assert found[1] == expected[1]
    assert shared(STUDIES[name], asking(take_scene(rolled), STUDIES[name])).note == TOLD
    assert shared(STUDIES[name], asking(take_scene(raw), STUDIES[name])).note == ""
    assert shared(STUDIES[name], asking(take_scene(rolled, SINCE), STUDIES[name])).note == ""


def test_stock_of_a_product_is_held_against_sales_of_the_same_days(shops):
    raw, rolled = shops
    shoes = {"product": Values(("shoes",))}
    expected = answered(take_scene(raw, SINCE), STUDIES["gmroi"], **shoes)[1]
    pd.testing.assert_frame_equal(answered(take_scene(rolled), STUDIES["gmroi"], **shoes)[1], expected)


@pytest.mark.parametrize("name", ["category_affinity", "gmroi", "day_hours", "kinds", "order_sizes"])
def test_other_studies_tell_the_same_of_all_days(shops, name):
    raw, rolled = (answered(take_scene(store), STUDIES[name])[1:] for store in shops)
    pd.testing.assert_frame_equal(rolled[0], raw[0])
    assert rolled[1] == raw[1]
    assert shared(STUDIES[name], asking(take_scene(shops[1]), STUDIES[name])).note == ""
