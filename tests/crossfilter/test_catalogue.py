"""The catalogue: brought up to date from new rows, it equals one read from scratch."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossfilter.mirror import as_batch, shop_rows
from retail_panel.crossfilter.catalogue import catalogue
from retail_panel.crossfilter.scope import LEAVE_OUT
from retail_panel.store import RowPolicy, Store

ONLINE = RowPolicy((("channel", ("Online",)),))


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 10**6))
@example([1, 3], 7)
def test_bringing_up_to_date_equals_reading_from_scratch(sizes, seed):
    rows = shop_rows(seed, lines=sum(sizes) + 3)
    store, found, online = Store(), None, None
    try:
        for size in sizes:
            store.append(as_batch(rows.iloc[:size]))
            rows = rows.iloc[size:]
            found, online = (catalogue(store, LEAVE_OUT, old, p) for old, p in ((found, RowPolicy()), (online, ONLINE)))
        fresh = catalogue(store, LEAVE_OUT)
        assert replace(found, amounts=fresh.amounts, measured=fresh.measured) == fresh
        assert found.rows < 2 * found.measured <= 2 * found.rows
        fresh = catalogue(store, LEAVE_OUT, policy=ONLINE)
        assert replace(online, amounts=fresh.amounts, measured=fresh.measured) == fresh
    finally:
        store.close()


def test_the_catalogue_counts_what_pandas_counts(shop, rows):
    found = catalogue(shop, LEAVE_OUT)
    assert (found.version, found.rows) == (1, len(rows))
    assert (found.first, found.last) == (rows.ordered_at.min(), rows.ordered_at.max())
    assert found.counts["tier"] == {"Gold": (rows.tier == "Gold").sum(), "Silver": (rows.tier == "Silver").sum(),
                                    None: rows.tier.isna().sum()}  # fmt: skip
    worth = (rows.amount * 10_000).round().groupby(rows.country).sum()
    assert found.worth["country"] == worth.to_dict()
    assert found.values("country") == worth.sort_values(ascending=False).index.tolist()
    assert found.marks == {
        "guests": rows.customer_id.isna().sum(), "returns": (rows.kind == "Return").sum(),
        "duplicates": rows.is_duplicate.sum(), "zero-price": rows.is_zero_price.sum(),
        "adjustments": rows.is_adjustment.sum(), "outliers": rows.is_outlier.sum(),
    }  # fmt: skip
    assert found.amounts == pytest.approx((rows.amount * 10_000).quantile([0.01, 0.5, 0.99]).tolist())


def test_a_policy_hides_values_and_counts(shop, rows):
    found = catalogue(shop, LEAVE_OUT, policy=ONLINE)
    assert set(found.counts["channel"]) == {"Online"} and found.rows == (rows.channel == "Online").sum()


def test_columns_without_any_value_are_absent(empty_store, make_lines):
    empty_store.append(make_lines(amount=[1, 2]))
    found = catalogue(empty_store, LEAVE_OUT)
    assert found.columns == {"kind"} and set(found.counts) == {"kind"}
    empty_store.append(make_lines(amount=[3], channel=["Online"]))
    found = catalogue(empty_store, LEAVE_OUT, found)
    assert found.columns == {"kind", "channel"} and found.counts["channel"] == {None: 2, "Online": 1}


def test_an_empty_store_has_an_empty_catalogue(empty_store, make_stock):
    found = catalogue(empty_store, LEAVE_OUT)
    assert (found.version, found.rows, found.first, found.counts) == (0, 0, None, {})
    with empty_store.loading("stock only") as load:
        load.append_stock(make_stock())
    found = catalogue(empty_store, LEAVE_OUT, found)
    assert (found.version, found.rows, found.first) == (1, 0, None)


def test_equal_worth_is_ordered_by_name_missing_last(empty_store, make_lines):
    empty_store.append(make_lines(amount=[5, 5, 5], tier=["b", None, "a"]))
    assert catalogue(empty_store, LEAVE_OUT).values("tier") == ["a", "b", None]
