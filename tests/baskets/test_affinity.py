from importlib.resources import files
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import hypergeom
from statsmodels.stats.multitest import multipletests

from retail_panel.baskets.affinity import COLUMNS, affinity
from retail_panel.baskets.membership import FEW_ITEMS
from retail_panel.errors import UnusableInput
from retail_panel.store import Store


def expected_pairs(rows, basket, item, least_support=0.001, least_count=10, most=300, number=None):
    """Return the pairs as pandas, NumPy, scipy and statsmodels find them."""
    number = number or rows[basket].nunique()
    held = rows.dropna(subset=[basket, item]).drop_duplicates([basket, item])
    counts = held[item].value_counts().rename("n").rename_axis("item").reset_index()
    counts = counts.sort_values(["n", "item"], ascending=[False, True])
    least = max(least_count, int(np.ceil(least_support * number - 1e-9)))
    items = sorted(counts.item[counts.n >= least][:most])
    single = counts.set_index("item").n
    held = held[held[item].isin(items)]
    place = {name: i for i, name in enumerate(items)}
    at = pd.factorize(held[basket])[0], held[item].map(place)
    matrix = sparse.csr_matrix((np.ones(len(held), int), at), (number, len(items)))
    both = (matrix.T @ matrix).toarray()
    rows = [(a, b, both[place[a], place[b]], single[a], single[b]) for a, b in combinations(items, 2)]
    pairs = pd.DataFrame(rows, columns=list(COLUMNS[:5]))
    pairs["p_value"] = hypergeom.sf(pairs.both - 1, number, pairs.left_baskets, pairs.right_baskets)
    pairs["p_adjusted"] = multipletests(pairs.p_value, method="fdr_bh")[1]
    return pairs, pairs[pairs.both >= least].set_index(["left", "right"])


def agrees(found, pairs, shown):
    assert found.pairs_tested == len(pairs)
    got = found.pairs.set_index(["left", "right"])
    assert set(got.index) == set(shown.index)
    for column in ("both", "left_baskets", "right_baskets"):
        assert (got[column] == shown[column].reindex(got.index)).all()
    for column in ("p_value", "p_adjusted"):
        expected = shown[column].reindex(got.index).to_numpy()
        assert got[column].to_numpy() == pytest.approx(expected, rel=1e-5, abs=1e-200)
    assert got.support.to_numpy() == pytest.approx(got.both.to_numpy() / found.baskets)
    assert got.confidence.to_numpy() == pytest.approx((got.both / got.left_baskets).to_numpy())
    assert got.confidence_back.to_numpy() == pytest.approx((got.both / got.right_baskets).to_numpy())
    assert got.lift.to_numpy() == pytest.approx((got.confidence / (got.right_baskets / found.baskets)).to_numpy())


def test_the_six_by_hand(store):
    # o1 holds shoes and hats, g1 coats and hats; Finn's lines are orders of their own.
    found = affinity(store.ask, store.lines, "category", least_support=0, least_count=1)
    assert (found.baskets, found.basket, found.items, found.pairs_tested, found.notes) == (14, "order", 3, 3, ())
    assert found.pairs[["left", "right", "both", "left_baskets", "right_baskets"]].values.tolist() == [
        ["Coats", "Hats", 1, 4, 7], ["Hats", "Shoes", 1, 7, 5],
    ]  # fmt: skip
    assert found.pairs.lift.tolist() == [1 / 4 / 7 * 14, pytest.approx(1 / 7 / 5 * 14)]
    assert not found.pairs.is_significant.any()


def test_the_six_by_customer(store):
    found = affinity(store.ask, store.lines, "category", least_support=0, least_count=1, customers=True)
    assert (found.baskets, found.basket) == (6, "customer")
    # Ada and Ben bought all three, Finn shoes and hats, Dan coats and shoes; Cleo and Eve hats.
    both = {(row.left, row.right): row.both for row in found.pairs.itertuples()}
    assert both == {("Coats", "Hats"): 2, ("Coats", "Shoes"): 3, ("Hats", "Shoes"): 3}


@pytest.mark.parametrize(("by", "customers"), [("category", False), ("product", False), ("product", True)])
def test_demo_against_pandas(demo, by, customers):
    store, rows = demo
    sales, basket = rows[~rows.is_return], "customer_key" if customers else "order_key"
    found = affinity(store.ask, store.lines, by, customers=customers)
    assert found.baskets == sales[basket].nunique()
    agrees(found, *expected_pairs(sales, basket, by))


def test_the_pairs_put_into_the_demo_are_found(demo):
    store, _ = demo
    products = pd.read_csv(files("retail_panel.demo") / "products.csv")
    put_in = {frozenset(pair) for pair in products[["product", "bought_with"]].dropna().values.tolist()}
    found = affinity(store.ask, store.lines, "product")
    strong = found.pairs[found.pairs.is_significant & (found.pairs.lift >= 8)]
    assert len(put_in) == 10
    assert put_in <= {frozenset(pair) for pair in strong[["left", "right"]].values.tolist()}


def test_uci_against_pandas(uci):
    store, rows = uci
    found = affinity(store.ask, store.lines, "product", least_support=0.01, most_items=60)
    agrees(found, *expected_pairs(rows, "InvoiceNo", "StockCode", 0.01, most=60))
    assert "Paired are the 60 values in most baskets" in found.notes[0]
    assert (found.baskets, found.items, found.items_left_out) == (18_532, 60, rows.StockCode.nunique() - 60)


def test_codes_give_what_texts_do(demo):
    store, _ = demo
    texts = affinity(store.ask, store.lines, "product")
    products = sorted(store.ask(store.lines)["product"].unique().drop_null().to_pylist())
    code = store.lines["product"].cases(*((name, i) for i, name in enumerate(products)), else_=None).cast("uint8")
    coded = affinity(store.ask, store.lines.mutate(c_product=code), "c_product")
    assert [[products[row.left], products[row.right], row.both] for row in coded.pairs.itertuples()] == texts.pairs[
        ["left", "right", "both"]
    ].values.tolist()


def test_without_order_ids_a_basket_is_a_customers_day(empty_store, make_lines):
    days = ["2024-01-01 09:00", "2024-01-01 18:00", "2024-01-02", "2024-01-01", "2024-01-01"]
    empty_store.append(make_lines(customer_id=["a", "a", "a", "b", None], ordered_at=days, category=list("xyzxy")))
    found = affinity(empty_store.ask, empty_store.lines, "category", least_support=0, least_count=1)
    assert (found.basket, found.baskets) == ("customer and day", 3)
    assert found.pairs[["left", "right", "both"]].values.tolist() == [["x", "y", 1]]
    assert "No line names its order" in found.notes[0] and "guests" in found.notes[0]


def test_returns_and_lines_without_a_value_are_in_no_pair(empty_store, make_lines):
    empty_store.append(make_lines(order_id="o", category=["x", "y", None], kind=["Full Price", "Return", "Full Price"]))
    found = affinity(empty_store.ask, empty_store.lines, "category", least_support=0, least_count=1)
    assert (found.baskets, found.items, found.pairs_tested, len(found.pairs)) == (1, 1, 0, 0)


@pytest.mark.parametrize("customers", [False, True])
def test_nothing_sold(empty_store, customers):
    found = affinity(empty_store.ask, empty_store.lines, "category", customers=customers)
    assert (found.baskets, found.items, found.pairs_tested) == (0, 0, 0)
    assert found.pairs.columns.tolist() == list(COLUMNS) and found.pairs.empty


@pytest.mark.parametrize("limits", [{"least_support": 1.1}, {"least_count": 0}, {"most_items": 1}])
def test_limits_out_of_bounds_are_said(store, limits):
    with pytest.raises(UnusableInput, match="allowed: 0 to 1, 1 or more, 2 or more"):
        affinity(store.ask, store.lines, "category", **limits)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, FEW_ITEMS + 6)), min_size=1, max_size=60))
def test_few_values_and_many_are_counted_alike(make_lines, given_lines):
    order, item = (list(column) for column in zip(*given_lines, strict=True))
    store = Store()
    store.append(make_lines(order_id=[f"o{i}" for i in order], product=[f"p{i:02d}" for i in item]))
    found = affinity(store.ask, store.lines, "product", least_support=0, least_count=1)
    store.close()
    rows = pd.DataFrame({"order": order, "item": [f"p{i:02d}" for i in item]})
    if rows.item.nunique() > 1:
        agrees(found, *expected_pairs(rows, "order", "item", 0, 1))
    assert found.items == rows.item.nunique()


def test_chance_alone_is_seldom_called_significant(make_lines):
    claims = 0
    for seed in range(20):
        rng, store = np.random.default_rng(seed), Store()
        orders = [f"o{i}" for i in rng.integers(0, 500, 1500)]
        store.append(make_lines(order_id=orders, product=[f"p{i}" for i in rng.integers(0, 20, 1500)]))
        claims += affinity(store.ask, store.lines, "product", least_count=1).pairs.is_significant.any()
        store.close()
    assert claims <= 3
