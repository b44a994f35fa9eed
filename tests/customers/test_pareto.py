from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers.pareto import pareto
from retail_panel.demo import demo_order_lines
from retail_panel.store import Store


def by_hand(net):
    """Return the shares at 0 to 100 % and the customers for 80 % of whole amounts per customer, in NumPy."""
    ranked = np.sort(np.asarray(net, dtype=np.int64))[::-1]
    upto = np.concatenate([[0], np.cumsum(ranked)])
    best = [len(ranked) * percent // 100 for percent in range(101)]
    return upto[best] / ranked.sum(), int(np.argmax(upto * 10 >= ranked.sum() * 8))


def gini_of(net):
    """Return the mean difference of all pairs over twice the mean, which is the definition; below zero is zero."""
    positive = np.maximum(np.asarray(net, dtype=float), 0)
    return np.abs(positive[:, None] - positive[None, :]).mean() / 2 / positive.mean()


def table_of(store, spent):
    """Return lines of customers (None for a guest) and amounts."""
    keys, amounts = zip(*spent, strict=True) if spent else ((), ())
    return store.keep_table(
        "given", pa.table({"customer_key": pa.array(keys, pa.int32()), "amount": pa.array(amounts, pa.int64())})
    )


def test_six_customers_by_hand(store):
    found = pareto(store.ask, store.lines)
    # Net: Ada 440, Dan 300, Ben 130, Finn 120, Cleo 20, Eve 20: together 1,030, and 200 of guests.
    assert (found.customers, found.net_sales, found.guest_net_sales) == (6, 1030, 200)
    assert (found.customers_for_target, found.share_for_target) == (3, 0.5)
    curve = found.curve.set_index("percent")
    assert curve["customers"][[0, 16, 17, 33, 34, 50, 67, 84, 99, 100]].tolist() == [0, 0, 1, 1, 2, 3, 4, 5, 5, 6]
    assert curve["net_sales"][[16, 17, 34, 100]].tolist() == [0, 440, 740, 1030]
    assert curve["share"][50] == 870 / 1030 and curve["share"][100] == 1
    assert curve["least_net_sales"][[17, 34, 49, 50, 100]].tolist() == [440, 300, 300, 130, 20]
    assert np.isnan(curve["least_net_sales"][16])
    # Of the values 20, 20, 120, 130, 300, 440: -5*20 - 3*20 - 1*120 + 130 + 3*300 + 5*440.
    assert found.gini == pytest.approx(2950 / (6 * 1030))
    assert (found.negative_customers, found.negative_net_sales) == (0, 0)
    assert found.notes == ("Sales to guests are left out: nobody knows who they are.",)


def test_a_customer_who_returned_more_than_they_bought(shop):
    found = pareto(shop.ask, shop.lines)
    # Ann 55, Ben 100, Cat 50, Eve 0, Fay 15, and Dan -8, whose purchase was before the first line.
    assert (found.customers, found.net_sales) == (6, 212)
    assert (found.negative_customers, found.negative_net_sales) == (1, -8)
    assert found.curve["share"].max() == 220 / 212 and found.curve["share"].iloc[-1] == 1
    assert found.customers_for_target == 3
    assert found.gini == pytest.approx((5 * 100 + 3 * 55 + 50 - 15 - 3 * 0 - 5 * 0) / (6 * 220))
    assert found.notes[0].startswith("1 customer returned more than they bought here")


def test_demo_agrees_with_numpy():
    rows = demo_order_lines(0).iloc[::5]
    keys = pd.factorize(rows["customer_id"])[0]
    money = np.rint(rows["amount"].to_numpy() * 10_000).astype(np.int64)
    store = Store()
    lines = table_of(store, [(None if key < 0 else int(key), int(m)) for key, m in zip(keys, money, strict=True)])
    found = pareto(store.ask, lines)
    store.close()
    net = pd.Series(money[keys >= 0]).groupby(keys[keys >= 0]).sum()
    shares, enough = by_hand(net)
    np.testing.assert_allclose(found.curve["share"], shares, rtol=1e-12)
    assert found.customers == len(net) and found.customers_for_target == enough
    assert found.negative_customers == (net < 0).sum() > 0
    assert found.negative_net_sales == net[net < 0].sum() / 10_000
    assert found.guest_net_sales == money[keys < 0].sum() / 10_000


def test_uci_agrees_with_numpy(uci, uci_rows):
    found = pareto(uci.ask, uci.lines)
    net = uci_rows.groupby("CustomerID")["amount"].sum()
    shares, enough = by_hand(net)
    np.testing.assert_allclose(found.curve["share"], shares, rtol=1e-12)
    assert (found.customers, found.customers_for_target) == (4338, enough)
    ascending = np.sort(net.to_numpy(float))
    lorenz = np.concatenate([[0], np.cumsum(ascending) / ascending.sum()])
    assert found.gini == pytest.approx(1 - (lorenz[1:] + lorenz[:-1]).mean(), rel=1e-9)
    assert found.curve["least_net_sales"][10] == ascending[-433] / 10_000


def test_equal_customers_and_one_customer(store):
    alike = pareto(store.ask, table_of(store, [(key, 50_000) for key in range(200)]))
    np.testing.assert_allclose(alike.curve["share"], np.arange(101) / 100)
    assert (alike.gini, alike.customers_for_target, alike.share_for_target) == (0, 160, 0.8)
    one = pareto(store.ask, table_of(store, [(7, 50_000), (7, -10_000)]))
    assert (one.customers, one.customers_for_target, one.gini) == (1, 1, 0)
    assert one.curve["share"].tolist() == [0.0] * 100 + [1.0]


def test_one_has_all(store):
    found = pareto(store.ask, table_of(store, [(0, 9)] + [(key, 0) for key in range(1, 100)]))
    assert found.gini == pytest.approx(0.99) and found.customers_for_target == 1
    assert found.curve["share"][1] == 1


def test_nothing_to_share(store):
    found = pareto(store.ask, table_of(store, [(1, 5), (2, -5), (3, -20)]))
    assert (found.customers_for_target, found.share_for_target, found.gini) == (None, None, pytest.approx(2 / 3))
    assert found.curve["share"].isna().all() and found.curve["net_sales"].iloc[-1] == -20 / 10_000
    assert found.notes[0].startswith("Net sales of all customers together are not positive")
    assert found.notes[1].startswith("2 customers returned more")


@pytest.mark.parametrize("drop", [(), ("customer_key",)])
def test_nobody(empty_store, drop):
    found = pareto(empty_store.ask, empty_store.lines.drop(*drop))
    assert (found.customers, found.net_sales, found.gini, found.customers_for_target) == (0, 0, None, None)
    assert len(found.curve) == 101 and (found.curve["customers"] == 0).all()
    assert found.notes == ("No line here names a customer.",)


def test_guests_only(store):
    found = pareto(store.ask, store.lines.drop("customer_key"))
    assert (found.customers, found.guest_net_sales) == (0, 1230)


def test_amounts_beyond_eight_bytes_when_multiplied(store):
    most = 4 * 10**18
    found = pareto(store.ask, table_of(store, [(1, most), (2, most)]))
    assert found.customers_for_target == 2 and found.net_sales == 8 * 10**14
    assert found.gini == 0


@settings(max_examples=25, deadline=None)
@given(spent=st.lists(st.tuples(st.integers(0, 30), st.integers(-50, 100)), max_size=60))
def test_shares_rise_to_the_whole(spent):
    store = Store()
    try:
        found = pareto(partial(store.ask), table_of(store, spent))
    finally:
        store.close()
    net = pd.DataFrame(spent, columns=["who", "net"]).groupby("who")["net"].sum()
    assert found.customers == len(net) == found.curve["customers"].iloc[-1]
    assert (found.curve["customers"].diff().dropna() >= 0).all()
    if net.sum() > 0:
        shares, enough = by_hand(net)
        np.testing.assert_allclose(found.curve["share"], shares, atol=1e-12)
        assert found.customers_for_target == enough
        assert found.gini == pytest.approx(gini_of(net)) and 0 <= found.gini < 1
