import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from retail_panel.baskets.affinity import affinity
from retail_panel.baskets.recommendations import BITS, LEAST_CUSTOMERS, recommendations
from retail_panel.customers import CustomersPipeline


@pytest.fixture(scope="module")
def scored(demo):
    store, _ = demo
    return CustomersPipeline(method="rules").run(store, store.lines, "recommended")


@pytest.fixture(scope="module")
def found(demo, scored):
    store, _ = demo
    rules = affinity(store.ask, store.lines, "product")
    names = [group.name for group in scored.segments]
    return rules, recommendations(store.ask, store.lines, scored.table, rules, names, most=100)


def test_demo_against_pandas(demo, scored, found):
    store, rows = demo
    sales = rows[~rows.is_return]
    check(store, scored, *found, sales.groupby("product").customer_key.agg(set), least=10)


def test_uci_against_pandas(uci):
    store, rows = uci
    scored = CustomersPipeline(method="rules").run(store, store.lines, "recommended")
    rules = affinity(store.ask, store.lines, "product", least_support=0.01, most_items=60)
    names = [group.name for group in scored.segments]
    keys = store.ask(store.customers.select("customer_key", "customer_id")).to_pandas().set_index("customer_id")
    offers = recommendations(store.ask, store.lines, scored.table, rules, names, most=100)
    sales = rows.assign(key=rows.CustomerID.map(keys.customer_key))
    check(store, scored, rules, offers, sales.groupby("StockCode")["key"].agg(set), least=0)
    store.forget("recommended")


def check(store, scored, rules, offers, who, least):
    """Compare offers with those that sets of customers, scipy and statsmodels find."""
    segment = store.ask(scored.table).to_pandas().set_index("customer_key").segment
    who = {product: people & set(segment.index) for product, people in who.items()}
    strong, items = [], set()
    for pair in rules.pairs[rules.pairs.is_significant & (rules.pairs.lift > 1)].itertuples():
        if len(strong) == 60 or len(items | {pair.left, pair.right}) > BITS:
            break
        strong.append(pair)
        items |= {pair.left, pair.right}
    expected = {}
    for pair in strong:
        for bought, offer in ((pair.left, pair.right), (pair.right, pair.left)):
            theirs = {index: segment.index[segment == index] for index in range(11)}
            for index, keys in theirs.items():
                inside, outside = who[bought] & set(keys), who[bought] - set(keys)
                if min(len(inside), len(outside)) < LEAST_CUSTOMERS:
                    continue
                both, other = len(inside & who[offer]), len(outside & who[offer])
                table = [[other, len(outside) - other], [both, len(inside) - both]]
                gap = other / len(outside) - both / len(inside)
                p = fisher_exact(table, alternative="greater").pvalue
                expected[index, bought, offer] = (len(inside), gap, p)
    assert offers.tested == len(expected)
    adjusted = multipletests([p for _, _, p in expected.values()], method="fdr_bh")[1]
    best = {}
    for (key, (customers, gap, p)), q in zip(expected.items(), adjusted, strict=True):
        index, bought, offer = key
        if q <= 0.05 and gap > 0:
            best.setdefault((index, offer), []).append((-customers * gap, bought, p, q))
    assert len(offers.table) == len(best) > least
    for row in offers.table.itertuples():
        added, bought, p, q = min(best[row.segment, row.offer])
        assert (row.bought, row.added_orders) == (bought, pytest.approx(-added))
        assert (row.p_value, row.p_adjusted) == (pytest.approx(p, rel=1e-5), pytest.approx(q, rel=1e-5))


def test_offers_are_ranked_and_told(demo, scored, found):
    store, _ = demo
    _, offers = found
    assert all(group.added_orders.is_monotonic_decreasing for _, group in offers.table.groupby("segment"))
    first = offers.table.iloc[0]
    name = scored.segments[first.segment].name
    assert first.evidence.startswith(f"{name}: of the {first.customers:,} who bought {first.bought}, {first.rate:.1%} ")
    assert f"{first.others_rate:.1%} of the " in first.evidence and f"{first.added_orders:,.0f} more" in first.evidence
    assert "one order for each customer gained" in offers.assumption


def test_few_offers_a_segment_and_words_for_values(demo, scored):
    store, _ = demo
    rules = affinity(store.ask, store.lines, "category")
    names = [group.name for group in scored.clusters]
    words = {"Home": "Things for the home"}
    offers = recommendations(store.ask, store.lines, scored.table, rules, names, "cluster", words, most=2).table
    assert offers.groupby("segment").size().max() == 2
    told = offers[(offers.bought == "Home") | (offers.offer == "Home")]
    assert len(told) and told.evidence.str.contains("Things for the home").all()


def test_no_rules_no_offers(store, scored):
    rules = affinity(store.ask, store.lines, "category", least_support=0, least_count=1)
    offers = recommendations(store.ask, store.lines, store.customers, rules, [])
    assert (offers.tested, len(offers.table)) == (0, 0)


def test_segments_drawn_by_chance_get_hardly_any_offer(demo, scored):
    store, _ = demo
    rules = affinity(store.ask, store.lines, "product")
    keys = store.ask(scored.table.select("customer_key").order_by("customer_key"))
    rng, given = np.random.default_rng(0), 0
    for number in range(5):
        drawn = store.keep_table(f"drawn_{number}", keys.append_column("segment", [rng.integers(0, 4, keys.num_rows)]))
        given += len(recommendations(store.ask, store.lines, drawn, rules, list("abcd")).table)
        store.forget(f"drawn_{number}")
    assert given <= 2


def test_an_empty_segment_is_not_asked_for(demo, scored):
    store, _ = demo
    rules = affinity(store.ask, store.lines, "category")
    nobody = scored.table.filter(scored.table.segment == 99)
    assert recommendations(store.ask, store.lines, nobody, rules, []).tested == 0
