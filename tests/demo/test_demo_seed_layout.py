import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def days(seed_layout):
    return pd.to_datetime(seed_layout["purchase_date"], format="%m/%d/%Y")


def test_layout_is_the_seeds(seed_layout, days):
    assert list(seed_layout.columns) == [
        "customer_id", "purchase_amount", "purchase_date", "channel", "product_category", "transaction_type",
        "customer_tier",
    ]  # fmt: skip
    assert len(seed_layout) == 5_000 and not seed_layout.duplicated().any()
    assert (days.min(), days.max()) == (pd.Timestamp("2023-08-03"), pd.Timestamp("2024-07-31"))
    assert not seed_layout["purchase_date"].str.contains(r"\b0").any()
    assert not days.is_monotonic_increasing


def test_figures_are_the_seeds(seed_layout, days):
    of_customer = seed_layout.groupby("customer_id")["purchase_amount"].agg(["size", "sum"])
    assert len(of_customer) == 993 and of_customer.index.min() >= 1 and of_customer.index.max() <= 1_000
    assert round(of_customer["size"].mean(), 2) == 5.04
    assert abs(of_customer["sum"].mean() - 496.66) < 1
    assert round(seed_layout["purchase_amount"].mean(), 2) == 98.64 and (seed_layout["purchase_amount"] > 0).all()
    assert 60 < (days.max() - days.groupby(seed_layout["customer_id"]).max()).dt.days.mean() < 80
    share = (seed_layout["transaction_type"].value_counts(normalize=True) * 100).round(1)
    assert share.to_dict() == {"Full Price": 60.8, "Discount": 30.1, "Return": 9.1}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("channel", {"Online", "In-store"}),
        ("customer_tier", {"Bronze", "Silver", "Gold", "Platinum"}),
        ("product_category", {"Electronics", "Books", "Home", "Apparel", "Groceries"}),
        ("transaction_type", {"Full Price", "Discount", "Return"}),
    ],
)
def test_nothing_depends_on_anything(seed_layout, column, values):
    amount = seed_layout.groupby(column)["purchase_amount"]
    assert set(amount.groups) == values
    gap = amount.mean().max() - amount.mean().min()
    order = np.random.Generator(np.random.PCG64(5))
    by_chance = []
    for _ in range(400):
        shuffled = pd.Series(order.permutation(seed_layout[column])).reset_index(drop=True)
        mean = seed_layout["purchase_amount"].groupby(shuffled).mean()
        by_chance.append(mean.max() - mean.min())
    assert gap < np.quantile(by_chance, 0.95)


def test_tier_changes_between_lines_of_a_customer(seed_layout):
    assert (seed_layout.groupby("customer_id")["customer_tier"].nunique() > 1).mean() > 0.85
