from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, t

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.segments import INDEX
from retail_panel.demo import scaled_order_lines
from retail_panel.insight.dominance import dominant, in_words, judged
from retail_panel.insight.segment_facts import segment_facts
from retail_panel.store import Store

UCI = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"
OF_ORDERS = {"channel": "channel", "category": "category"}
OF_CUSTOMERS = {"tier": "tier"}


def plain(text):
    return text.replace("\u00a0", " ")


def test_by_hand(store):
    population = CustomersPipeline().run(store, store.lines, "six")
    found = segment_facts(store.ask, store.lines, population.table, "segment", OF_ORDERS)
    facts = {one.group: one for one in found}
    assert list(facts) == sorted(facts) and len(facts) == 6
    ada = facts[INDEX["Champions"]]
    assert (ada.customers, ada.customer_share, ada.net_sales) == (1, pytest.approx(1 / 6), 440)
    # 440 Ada + 130 Ben + 20 Cleo + 300 Dan + 20 Eve + 120 Finn.
    assert ada.net_share == pytest.approx(440 / 1030)
    assert (ada.recency_days_mean, ada.frequency_mean, ada.monetary_mean) == (0, 4, 440)
    assert (ada.transactions, ada.transaction_mean) == (4, 110)
    # o1, o9 and o11 online, o5 in the shop; hats in o1 and o11, shoes in o1 and o5, coats in o9.
    channel, category = ada.dominant["channel"], ada.dominant["category"]
    assert (channel.value, channel.share) == ("Online", 0.75)
    assert (channel.runner_up, channel.runner_up_share) == ("In-store", 0.25)
    assert (category.value, category.share) == ("Hats", 0.5)
    assert (category.runner_up, category.runner_up_share) == ("Shoes", 0.5)
    assert (channel.counted, channel.customers, channel.p, channel.beyond_noise) == (4, 1, None, False)
    ben = facts[INDEX["Loyal"]]
    # Ben's return r1 counts in his 630 moved and as a transaction, not among his three orders.
    assert (ben.net_sales, ben.transactions, ben.transaction_mean) == (130, 4, 530 / 4)
    assert ben.dominant["channel"].counted == 3
    dan = facts[INDEX["At Risk"]]
    assert (dan.dominant["channel"].runner_up, dan.dominant["channel"].share) == (None, 1)
    assert in_words(dan.dominant["channel"], "channel") == "All orders have the channel Online."
    said = in_words(ada.dominant["channel"], "channel")
    assert "Online 75.0% of orders, In-store 25.0%" in said and "fewer than 30 customers" in said


def test_a_customers_tier_is_the_latest_one_that_is_named(empty_store, make_lines):
    empty_store.append(make_lines(
        customer_id=["a", "a", "a", "b", "b", "c"], order_id=list("123456"), amount=10,
        ordered_at=["2024-01-01", "2024-02-01", "2024-03-01", "2024-01-01 10:00", "2024-01-01 10:00", "2024-01-01"],
        tier=["Gold", "Silver", None, "Bronze", "Silver", None],
    ))  # fmt: skip
    scored = CustomersPipeline().run(empty_store, empty_store.lines, "tiers").table.mutate(all_=1)
    (facts,) = segment_facts(empty_store.ask, empty_store.lines, scored, "all_", of_customers=OF_CUSTOMERS)
    tier = facts.dominant["tier"]
    assert (facts.customers, tier.value, tier.share, tier.counted, tier.runner_up) == (3, "Silver", 1, 2, None)


@pytest.fixture(scope="module")
def demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    population = CustomersPipeline().run(store, store.lines, "demo")
    lines = store.ask(store.lines).to_pandas().merge(store.ask(population.table).to_pandas(), on="customer_key")
    yield store, population, lines
    store.close()


def leads(part, column):
    """Return the two leading values of a group's sale lines, their shares of orders, the gap's ends and its p."""
    sales = part[~part.is_return & part[column].notna()]
    has = sales.drop_duplicates(["customer_key", "order_key", column])
    sizes = has.groupby(column, observed=True).size().reset_index(name="n")
    sizes = sizes.sort_values(["n", column], ascending=[False, True])
    first, second = (sizes[column].astype(str).tolist() + [None])[:2]
    flags = has.assign(gap=(has[column] == first).astype(int) - (has[column] == second).astype(int))
    orders = flags.groupby(["customer_key", "order_key"]).gap.sum().reset_index()
    fit = sm.OLS(orders.gap, np.ones(len(orders))).fit(
        cov_type="cluster", cov_kwds={"groups": orders.customer_key}, use_t=True
    )
    return first, second, sizes.n.iloc[:2].to_numpy() / len(orders), fit


@pytest.fixture(scope="module")
def uci(make_lines):
    """The UCI file's lines of customers, with their country in place of a channel."""
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    raw = pd.read_csv(UCI, dtype=str)
    raw = raw[raw.CustomerID.notna()]
    back = raw.InvoiceNo.str.startswith("C")
    batch = make_lines(amount=0, order_id=["x"] * len(raw))
    columns = {
        "order_id": raw.InvoiceNo, "customer_id": raw.CustomerID, "country": raw.Country, "is_return": back,
        "ordered_at": pd.to_datetime(raw.InvoiceDate), "kind": np.where(back, "Return", "Full Price"),
        "amount": (raw.UnitPrice.astype(float) * raw.Quantity.astype(float) * 10_000).round().astype("int64"),
    }  # fmt: skip
    for name, values in columns.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, batch.schema.field(name), pa.array(values, batch.schema.field(name).type))
    store = Store()
    store.append(batch)
    population = CustomersPipeline(k=4).run(store, store.lines, "uci")
    lines = store.ask(store.lines).to_pandas().merge(store.ask(population.table).to_pandas(), on="customer_key")
    yield store, population, lines
    store.close()


@pytest.mark.parametrize("by", ["segment", "cluster"])
def test_equals_pandas_and_statsmodels_on_uci(uci, by):
    found = segment_facts(uci[0].ask, uci[0].lines, uci[1].table, by, {"country": "country"}, {})
    check(found, uci[2], by, ["country"])


@pytest.mark.parametrize("by", ["segment", "cluster"])
def test_equals_pandas_and_statsmodels_on_the_demo(demo, by):
    store, population, lines = demo
    found = segment_facts(store.ask, store.lines, population.table, by, OF_ORDERS, OF_CUSTOMERS)
    ps = check(found, lines, by, OF_ORDERS)
    for facts in found:
        part = lines[lines[by] == facts.group]
        last = part[part.tier.notna()].sort_values(["ordered_at", "tier"]).groupby("customer_key").tier.last()
        sizes = last.astype(str).value_counts()
        tier = facts.dominant["tier"]
        assert (tier.counted, tier.share) == (len(last), pytest.approx(sizes.iloc[0] / len(last)))
        gaps = (last == tier.value).astype(int) - (last == tier.runner_up).astype(int)
        half = t.ppf(0.975, len(gaps) - 1) * gaps.std() / len(gaps) ** 0.5
        assert (tier.gap.low, tier.gap.high) == pytest.approx((gaps.mean() - half, gaps.mean() + half))
    assert any(d.beyond_noise for d in ps) and not all(d.beyond_noise for d in ps)


def check(found, lines, by, of_orders):
    """Compare facts with pandas and statsmodels; returns the leads that were tested."""
    assert [facts.group for facts in found] == sorted(lines[by].unique())
    assert sum(f.customer_share for f in found) == pytest.approx(1) == sum(f.net_share for f in found)
    ps = []
    for facts in found:
        part = lines[lines[by] == facts.group]
        people = part.drop_duplicates("customer_key")
        assert facts.customers == len(people) and facts.transactions == part.order_key.nunique()
        assert facts.net_sales == pytest.approx(part.amount.sum() / 10_000)
        assert facts.net_share == pytest.approx(part.amount.sum() / lines.amount.sum())
        moved = part.amount.abs().groupby(part.order_key).sum() / 10_000
        assert facts.transaction_mean == pytest.approx(moved.mean())
        assert facts.recency_days_mean == pytest.approx(people.recency_days.mean())
        assert facts.frequency_mean == pytest.approx(people.frequency.mean())
        assert facts.monetary_mean == pytest.approx(people.monetary.mean() / 10_000)
        for column in of_orders:
            own = facts.dominant[column]
            first, second, shares, fit = leads(part, column)
            assert (own.value, own.runner_up) == (first, second)
            assert (own.share, own.runner_up_share) == pytest.approx(tuple(shares))
            assert (own.gap.low, own.gap.high) == pytest.approx(tuple(fit.conf_int().iloc[0]))
            if own.customers >= 30:
                assert own.p == pytest.approx(fit.pvalues.iloc[0], rel=1e-6)
        ps += [d for d in facts.dominant.values() if d.p is not None]
    assert [d.p_adjusted for d in ps] == pytest.approx(list(_corrected(found)))
    return ps


def _corrected(found):
    ps = [d.p for facts in found for d in facts.dominant.values() if d.p is not None]
    return false_discovery_control(ps)


def test_a_selection_counts_its_own_lines_and_does_not_score_anew(demo):
    store, population, lines = demo
    found = segment_facts(store.ask, store.lines.filter(store.lines.channel == "Online"), population.table)
    part = lines[lines.channel == "Online"]
    assert sum(f.customers for f in found) == part.customer_key.nunique()
    people = part.drop_duplicates("customer_key").groupby("segment").frequency.mean()
    assert {f.group: f.frequency_mean for f in found} == pytest.approx(people.to_dict())


def test_codes_give_the_same_as_words(demo):
    store, population, _ = demo
    words = ("App", "In-store", "Online")
    coded = store.lines.mutate(c_channel=store.lines.channel.cases(*[(w, i) for i, w in enumerate(words)], else_=None))
    a = segment_facts(store.ask, store.lines, population.table, of_orders={"channel": "channel"})
    b = segment_facts(store.ask, coded, population.table, of_orders={"channel": "c_channel"})
    for one, other in zip(a, b, strict=True):
        assert words[other.dominant["channel"].value] == one.dominant["channel"].value
        assert other.dominant["channel"].p == one.dominant["channel"].p


def test_nothing_in_nothing_out(empty_store, make_lines):
    population = CustomersPipeline().run(empty_store, empty_store.lines, "none")
    assert segment_facts(empty_store.ask, empty_store.lines, population.table, "segment", OF_ORDERS, OF_CUSTOMERS) == ()
    empty_store.append(make_lines(customer_id=["a", "b"], order_id=["1", "2"], kind=["Full Price", "Return"]))
    population = CustomersPipeline().run(empty_store, empty_store.lines, "one")
    (only,) = segment_facts(empty_store.ask, empty_store.lines, population.table, "segment", OF_ORDERS, OF_CUSTOMERS)
    assert (only.customers, only.net_share, only.dominant) == (1, 1, {})


def sums_of(choices, customers):
    """What the engine adds up, of three channels (0 to 2) chosen in each order by a customer."""
    frame = pd.DataFrame({"channel": choices, "customer": customers})
    sizes = frame.channel.value_counts().reindex(range(3), fill_value=0)
    order = sizes.sort_values(ascending=False, kind="stable").index
    e = frame.groupby("customer").size().to_numpy(float)
    a, b = ((frame.channel == order[i]).groupby(frame.customer).sum().to_numpy(float) for i in (0, 1))
    g = a - b
    return dominant(order[0], order[1], len(e), a.sum(), b.sum(), e.sum(), g @ g, g @ e, e @ e)


def draw(rng, lead):
    """Customers of six orders who keep to their favourite channel four times out of five."""
    favourite = rng.choice(3, 150, p=[1 / 3 + lead, 1 / 3 - lead / 2, 1 / 3 - lead / 2])
    customers = np.repeat(np.arange(150), 6)
    kept = rng.random(900) < 0.8
    return sums_of(np.where(kept, favourite[customers], rng.integers(0, 3, 900)), customers)


def test_chance_leads_are_not_claimed_and_true_ones_are():
    rng = np.random.default_rng(7)
    false = sum(judged([draw(rng, 0)])[0].beyond_noise for _ in range(300))
    assert false <= 0.05 * 300
    true = sum(judged([draw(rng, 0.3)])[0].beyond_noise for _ in range(100))
    assert true >= 95


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=120))
def test_a_lead_is_never_negative_and_never_claimed_of_few(rows):
    (found,) = judged([sums_of(*map(np.array, zip(*rows, strict=True)))])
    assert found.share >= found.runner_up_share >= 0
    assert found.gap.value == pytest.approx(found.share - found.runner_up_share)
    assert not found.beyond_noise or (found.customers >= 30 and found.p_adjusted <= 0.05)
    said = plain(in_words(found, "channel"))
    assert said.startswith("Mostly") == (found.beyond_noise and found.runner_up is not None)
