from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from retail_panel.demo import demo_order_lines
from retail_panel.demo.catalogue import CATEGORIES, demo_products
from retail_panel.demo.order_lines import COLUMNS
from retail_panel.demo.seasons import DAYS, sale_days


@pytest.fixture(scope="module")
def rfm(lines, sales):
    table = sales.groupby("customer_id").agg(last=("ordered_at", "max"), frequency=("order_id", "nunique"))
    table["recency_days"] = (pd.Timestamp("2026-10-31") - table["last"].dt.normalize()).dt.days
    table["monetary"] = lines.groupby("customer_id")["amount"].sum()
    return table


def test_readme_states_the_figures(lines, sales, returns, stock, feedback, tables):
    answers = feedback["scale"].value_counts()
    figures = {
        "order lines": len(lines),
        "sale lines": len(sales),
        "returned lines": len(returns),
        "orders": sales["order_id"].nunique(),
        "return documents": returns["order_id"].nunique(),
        "customers": lines["customer_id"].nunique(),
        "orders of guests": sales.loc[sales["customer_id"].isna(), "order_id"].nunique(),
        "gross sales": sales["amount"].sum(),
        "returns": returns["amount"].sum(),
        "net sales": lines["amount"].sum(),
        "products, beside the free gift": stock["product"].nunique(),
        "stores and sites": lines["store"].nunique(),
        "exact duplicate rows": lines.duplicated().sum(),
        "zero-price gifts": (lines["amount"] == 0).sum(),
        "lines without a category": lines["category"].isna().sum(),
        "trade lines of 40 units or more": (sales["quantity"] >= 40).sum(),
        "CSAT answers": answers["CSAT"],
        "NPS answers": answers["NPS"],
    }
    written = {name: f"£{value:,.2f}" if isinstance(value, float) else f"{value:,}" for name, value in figures.items()}
    assert dict(tables["figure", "value"]) == written


def test_readme_states_the_habits(rfm, habits, tables):
    medians = rfm.groupby(habits).median(numeric_only=True)
    size = habits.value_counts()
    stated = {row[0]: row[1:5] for row in tables["habit", "customers"]}
    assert stated == {
        name: [f"{size[name]:,}", f"{row.recency_days:.0f}", f"{row.frequency:.0f}", f"£{row.monetary:,.0f}"]
        for name, row in medians.iterrows()
    }


def test_columns_and_span(lines):
    assert tuple(lines.columns) == COLUMNS
    assert lines["ordered_at"].is_monotonic_increasing
    assert (lines["ordered_at"].min().date().isoformat(), lines["ordered_at"].max().date().isoformat()) == (
        "2024-11-01", "2026-10-31",
    )  # fmt: skip


def test_amounts_agree_with_quantity_and_kind(lines, sales, returns):
    assert (sales["quantity"] > 0).all() and (returns["quantity"] < 0).all() and (returns["amount"] < 0).all()
    reduced = sales["amount"] < sales["list_amount"]
    assert (reduced == (sales["kind"] == "Discount")).all()
    assert (sales["amount"] <= sales["list_amount"]).all()
    price = (lines["list_amount"] / lines["quantity"]).round(2)
    catalogue = demo_products().set_index("product")["price"].reindex(lines["product"]).fillna(0).to_numpy()
    assert np.allclose(price, catalogue)


def test_an_order_belongs_to_one_customer_store_and_time(lines):
    of_order = lines.groupby("order_id")[["brand", "customer_id", "ordered_at", "channel", "store", "tier"]]
    assert (of_order.nunique().drop(columns="tier") <= 1).all(axis=None)


def test_returns_follow_their_order(sales, returns):
    bought = sales.groupby(["customer_id", "product"])["ordered_at"].min()
    known = returns.dropna(subset="customer_id")
    first = bought.reindex(pd.MultiIndex.from_frame(known[["customer_id", "product"]]))
    assert ((known["ordered_at"].to_numpy() - first.to_numpy()) > np.timedelta64(2, "D")).all()


def test_catalogue_has_the_products_of_each_category_in_one_block():
    products = demo_products()
    assert list(products["category"]) == [name for name in CATEGORIES for _ in range(14)]
    assert ((products["unit_cost"] > 0) & (products["unit_cost"] < products["price"])).all()


def test_sites_and_app_grow(sales):
    month = sales["ordered_at"].dt.to_period("M")
    share = sales["channel"].ne("In-store").groupby(month).mean()
    assert [round(share.iloc[row], 2) for row in (0, -1)] == [0.38, 0.58]
    halves = sales["channel"].ne("In-store").groupby((month.dt.year * 12 + month.dt.month - 1 - 10) // 6).mean()
    assert all(later > earlier for earlier, later in pairwise(halves))
    assert sales.loc[sales["channel"] == "App", "ordered_at"].min() > pd.Timestamp("2025-02-01")


def test_week_and_day_have_a_rhythm(sales):
    shop = sales[sales["channel"] == "In-store"]["ordered_at"]
    share = shop.dt.day_of_week.value_counts(normalize=True)
    assert (share.idxmax(), round(share[5], 2), round(share[1], 2)) == (5, 0.21, 0.11)
    assert sales.groupby("channel")["ordered_at"].agg(lambda times: times.dt.hour.mode()[0]).to_dict() == {
        "In-store": 12, "Online": 20, "App": 21,
    }  # fmt: skip


def test_shops_are_closed_at_christmas_and_new_year(lines):
    closed = lines["ordered_at"].dt.strftime("%m-%d").isin(["12-25", "01-01"])
    assert set(lines.loc[closed, "channel"]) == {"Online", "App"}


def test_year_has_a_rhythm(sales):
    month = sales.groupby(sales["ordered_at"].dt.strftime("%Y-%m"))["amount"].sum()
    for year in ("2024", "2025"):
        assert month[month.index.str.startswith(year)].idxmax() == f"{year}-12"
    for year in ("2025", "2026"):
        assert all(month[f"{year}-08"] < month[f"{year}-{other}"] for other in ("05", "06", "07", "09", "10"))
    on = pd.Series(sale_days(), DAYS.astype("datetime64[s]")).reindex(sales["ordered_at"].dt.normalize()).to_numpy()
    reduced = (sales["kind"] == "Discount").groupby(on).mean()
    assert 5 < reduced[True] / reduced[False] < 6


def test_returns_differ_by_category_and_channel(sales, returns):
    def rate(by):
        return (-returns.groupby(by)["amount"].sum() / sales.groupby(by)["amount"].sum()).round(2)

    by_category = rate("category").sort_values()
    assert list(by_category.index[-2:]) == ["Footwear", "Apparel"] and by_category.index[0] == "Groceries"
    assert (by_category["Apparel"], by_category["Footwear"]) == (0.18, 0.14) and by_category["Groceries"] < 0.01
    assert rate("channel").to_dict() == {"App": 0.12, "In-store": 0.06, "Online": 0.12}


def test_margin_differs_by_category(sales):
    cost = (sales["unit_cost"] * sales["quantity"]).groupby(sales["category"]).sum()
    margin = (1 - cost / sales.groupby("category")["amount"].sum()).round(2)
    assert (margin.idxmin(), margin.min(), margin.idxmax(), margin.max()) == ("Electronics", 0.23, "Beauty", 0.6)


def test_planted_pairs_are_bought_together(sales):
    orders = sales.groupby("product")["order_id"].agg(set)
    pairs = demo_products().query("bought_with != ''")[["product", "bought_with"]]
    assert len(pairs) == 10
    for first, second in pairs.itertuples(index=False):
        both = len(orders[first] & orders[second])
        assert both * sales["order_id"].nunique() / len(orders[first]) / len(orders[second]) > 8
        assert 0.38 < both / len(orders[first]) < 0.52


def test_bargain_hunters_buy_reduced_and_gift_buyers_before_christmas(sales, habits):
    habit = sales["customer_id"].map(habits)
    reduced = (sales["kind"] == "Discount").groupby(habit).mean()
    assert reduced["Bargain hunter"] > 0.85 and reduced.drop("Bargain hunter").max() < 0.25
    assert set(sales.loc[habit == "Gift buyer", "ordered_at"].dt.month) == {11, 12}
    assert sales.loc[habit == "Lapsed", "ordered_at"].max() < pd.Timestamp("2026-01-01")
    assert sales.loc[habit == "One-time", "ordered_at"].max() < pd.Timestamp("2026-07-01")
    assert sales.loc[habit == "Newcomer", "ordered_at"].min() > pd.Timestamp("2026-07-25")


def test_clusters_have_structure(rfm, habits):
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    logs = np.log1p(rfm[["recency_days", "frequency", "monetary"]].clip(lower=0))
    scaled = ((logs - logs.mean()) / logs.std()).to_numpy()
    score, match = {}, {}
    for k in range(3, 7):
        label = KMeans(k, n_init=3, random_state=0).fit_predict(scaled)
        score[k] = silhouette_score(scaled, label, sample_size=4_000, random_state=0)
        match[k] = adjusted_rand_score(habits.reindex(rfm.index), label)
    assert max(score, key=score.get) == 4 and score[4] > 0.4 and score[6] > 0.37
    assert max(match, key=match.get) == 6 and match[6] > 0.6


def test_another_seed_makes_another_shop(lines):
    other = demo_order_lines(seed=1)
    assert 0.95 < len(other) / len(lines) < 1.05
    assert other["amount"].sum() != lines["amount"].sum()
