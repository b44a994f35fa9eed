import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

from customers.demo_sample import sample_batch
from retail_panel.customers import CustomersPipeline
from retail_panel.customers.agreement import agreement
from retail_panel.customers.grid import log_scaled
from retail_panel.customers.profile import counts_question
from retail_panel.customers.segments import SEGMENTS
from retail_panel.errors import RetailPanelError
from retail_panel.store import RowPolicy, Store


def rows_of(store, population):
    names = store.customers.select("customer_key", "customer_id")
    return store.ask(population.table.join(names, "customer_key")).to_pandas().set_index("customer_id").sort_index()


def test_six_customers_by_hand(shop):
    population = CustomersPipeline(method="rules").run(shop, shop.lines, "population")
    rows = rows_of(shop, population)
    assert rows[["recency_days", "frequency", "monetary", "r", "f", "m"]].to_numpy().tolist() == [
        [30, 2, 550_000, 3, 3, 4], [0, 1, 1_000_000, 5, 1, 5], [50, 2, 500_000, 2, 3, 3],
        [60, 1, 0, 1, 1, 1], [10, 2, 150_000, 4, 3, 2],
    ]  # fmt: skip
    named = [SEGMENTS[i].name for i in rows.segment]
    assert named == ["Needs Attention", "New", "At Risk", "Lost", "Potential Loyalist"]
    assert (population.customers, population.returns_only, population.guest_lines) == (5, 1, 1)
    assert population.reference_day == dt.date(2024, 3, 31)
    assert population.edges == {
        "recency_days": (0, 10, 30, 50), "frequency": (1, 1, 2, 2), "monetary": (0, 15, 50, 55),
    }  # fmt: skip
    assert population.held["frequency"] == {1: 2, 2: 0, 3: 3, 4: 0, 5: 0}
    assert {group.name for group in population.groups} == set(named)
    assert [group.name for group in population.segments] == [segment.name for segment in SEGMENTS]
    assert population.notes[:2] == (
        "Not scored, having returns only: 1 customer.",
        "Not scored, being of guests: 1 line.",
    )
    assert "Frequency has many equal values: nobody scores 2, 4, 5." in population.notes


def test_columns_of_the_scratch_table(shop):
    population = CustomersPipeline().run(shop, shop.lines, "population")
    expected = {"customer_key": "int32", "recency_days": "int32", "frequency": "int32", "monetary": "int64"}
    expected |= {"net_sales": "int64", "first_bought": "timestamp[us]", "sales_rank": "int8"}
    expected |= dict.fromkeys(("r", "f", "m", "segment", "cluster"), "int8")
    assert {f.name: str(f.type) for f in shop.ask(population.table).schema} == expected
    nobody = CustomersPipeline().run(shop, shop.lines.filter(shop.lines.amount > 10**9), "nobody")
    assert {f.name: str(f.type) for f in shop.ask(nobody.table).schema} == expected


def test_first_purchases_and_ranks_of_the_demo_are_those_of_pandas(empty_store):
    batch = sample_batch()
    empty_store.append(batch)
    population = CustomersPipeline(k=3).run(empty_store, empty_store.lines, "population")
    found = empty_store.ask(population.table).to_pandas().set_index("customer_key").sort_index()
    rows = empty_store.ask(empty_store.lines).to_pandas().dropna(subset="customer_key")
    sold = rows[~rows.is_return].groupby("customer_key").ordered_at.min()
    assert found.first_bought.to_dict() == sold.to_dict()
    net = rows.groupby("customer_key").amount.sum().loc[sold.index].sort_index()
    ranked = net.sort_values(ascending=False, kind="stable").index
    for percent in (1, 7, 20, 50, 99, 100):
        best = set(found.index[found.sales_rank < percent])
        assert best == set(ranked[: len(ranked) * percent // 100])


def test_a_first_purchase_is_no_return_even_where_returns_count(shop):
    population = CustomersPipeline(returns="count").run(shop, shop.lines, "population")
    rows = rows_of(shop, population)
    assert rows.first_bought.isna().to_dict() == {name: name == "Dan" for name in rows.index}


def test_only_the_named_scratch_table_stays(shop):
    CustomersPipeline().run(shop, shop.lines, "population")
    for gone in ("population_rfm", "population_cell"):
        with pytest.raises(RetailPanelError):
            shop.ask(f"SELECT * FROM scratch.main.{gone}")


def test_clusters_partition_the_customers(shop):
    population = CustomersPipeline().run(shop, shop.lines, "population")
    assert sum(group.customers for group in population.clusters) == 5
    assert rows_of(shop, population).cluster.nunique() == len(population.clusters) == population.clustering.k
    assert sum(group.share for group in population.groups) == pytest.approx(1)
    assert population.groups == population.clusters


def test_definition_choices_reach_the_figures(shop):
    population = CustomersPipeline(frequency="lines", returns="count").run(shop, shop.lines, "population")
    assert (population.customers, population.returns_only) == (6, 0)
    assert population.rfm["monetary"]["total"] == 288
    assert population.rfm["frequency"]["mean"] == 2
    assert sum(group.net_sales for group in population.clusters) == 212


def test_as_of_an_earlier_day(shop):
    population = CustomersPipeline(reference_day=dt.date(2024, 2, 10)).run(shop, shop.lines, "population")
    assert (population.customers, population.returns_only, population.guest_lines) == (3, 0, 0)
    assert population.notes[0] == "Left out, being after the reference day 2024-02-10: 7 lines."


@pytest.mark.parametrize(
    ("rows", "customers", "note"),
    [
        ([("Ann", "2024-01-01", 5)], 1, "There is one customer only, who is one group."),
        ([(f"c{i}", "2024-01-01", 5) for i in range(9)], 9, "All customers are alike"),
        ([(None, "2024-01-01", 5)], 0, "No line in scope names a customer, so there is nobody to score."),
        ([("Ann", "2024-01-01", -5), ("Ben", "2024-01-01", -5)], 0, "Nobody to score: returns are all"),
        ([("Ann", "2024-01-01", 5), ("Ben", "2024-01-05", 9)], 2, "There are only 2 different customers"),
        ([(f"c{i}", f"2024-01-0{i % 4 + 1}", 5) for i in range(8)], 8, "There are only 4 different customers"),
    ],
)
@pytest.mark.parametrize("method", ["clusters", "rules"])
def test_degenerate_cases_say_so(fill, rows, customers, note, method):
    store = fill(rows)
    population = CustomersPipeline(method=method, k=6).run(store, store.lines, "population")
    assert population.customers == customers == sum(group.customers for group in population.groups)
    assert any(note in said for said in population.notes)
    assert store.ask(population.table).num_rows == customers


def test_everybody_new_on_one_day_is_new(fill):
    store = fill([(f"c{i}", "2024-01-01", 5) for i in range(9)])
    population = CustomersPipeline(method="rules").run(store, store.lines, "population")
    assert [group.name for group in population.groups] == ["New"]


def test_empty_store(empty_store):
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    assert (population.customers, population.reference_day, population.clustering) == (0, None, None)
    assert population.notes == ("No lines in scope.",)


def test_row_policy_holds(empty_store, make_lines):
    empty_store.append(
        make_lines(customer_id=["Ann", "Ben"], order_id=["a", "b"], amount=[5, 7], channel=["Online", "In-store"])
    )
    policy = RowPolicy(allowed=(("channel", ("Online",)),))
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population", policy=policy)
    assert (population.customers, population.rfm["monetary"]["total"]) == (1, 5)


def test_names_hold_when_rows_arrive(empty_store, make_lines):
    rng = np.random.default_rng(8)

    def batch(first, n):
        customer = [f"c{i}" for i in first + rng.integers(0, 200, n)]
        when = [(dt.datetime(2024, 1, 1) + dt.timedelta(days=int(d))).isoformat() for d in rng.integers(0, 300, n)]
        amounts = rng.lognormal(3, 1, n).round(2).tolist()
        return make_lines(
            customer_id=customer, order_id=[f"{first}-{i}" for i in range(n)], ordered_at=when, amount=amounts
        )

    empty_store.append(batch(0, 900))
    before = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    same = CustomersPipeline().run(empty_store, empty_store.lines, "population", previous=before)
    assert same.clusters == before.clusters
    empty_store.append(batch(1000, 20))
    after = CustomersPipeline().run(empty_store, empty_store.lines, "population", previous=same)
    assert after.customers > before.customers
    assert after.clustering.names == before.clustering.names


purchases = st.lists(
    st.tuples(st.sampled_from([None, *"ABCDEFGH"]), st.integers(0, 60), st.integers(-50, 200)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(make_lines, purchases, random):
    shuffled = purchases[:]
    random.shuffle(shuffled)
    assert scored_rows(make_lines, purchases) == scored_rows(make_lines, shuffled)


def scored_rows(make_lines, purchases):
    customer, day, amount = (list(column) for column in zip(*purchases, strict=True))
    store = Store()
    when = [(dt.date(2024, 1, 1) + dt.timedelta(days=d)).isoformat() for d in day]
    kind = ["Return" if money < 0 else "Full Price" for money in amount]
    store.append(make_lines(customer_id=customer, ordered_at=when, amount=amount, kind=kind))
    population = CustomersPipeline().run(store, store.lines, "population")
    rows = rows_of(store, population).drop(columns="customer_key")
    store.close()
    assert ((rows.segment >= 0) & (rows.segment < 11)).all()
    return rows.reset_index().to_dict("records")


def test_uci_scores_against_pandas(uci):
    population = CustomersPipeline(method="rules").run(uci, uci.lines, "population")
    rows = rows_of(uci, population)
    assert (population.customers, (rows.frequency == 1).sum()) == (4338, 1493)
    assert rows[rows.frequency == 1].f.unique().tolist() == [1]
    for measure, score, best in (("recency_days", "r", -1), ("frequency", "f", 1), ("monetary", "m", 1)):
        edges = np.quantile(rows[measure], [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
        expected = 1 + (rows[measure].to_numpy()[:, None] > edges).sum(axis=1)
        assert rows[score].tolist() == (expected if best > 0 else 6 - expected).tolist()
        assert population.rfm[measure]["std"] == pytest.approx(
            rows[measure].std() / (10_000 if measure == "monetary" else 1)
        )
    assert len(population.groups) == 11
    by_segment = pd.Series({group.name: group.customers for group in population.segments})
    assert by_segment.sum() == 4338
    assert population.rfm["monetary"]["total"] == pytest.approx(8_911_407.904)


def test_uci_first_purchases_and_ranks_against_pandas(uci, uci_rows):
    population = CustomersPipeline(k=3).run(uci, uci.lines, "population")
    keys = uci.ask(uci.customers.select("customer_key", "customer_id")).to_pandas()
    found = uci.ask(population.table).to_pandas().merge(keys, on="customer_key").set_index("customer_id")
    own = uci_rows.groupby("CustomerID")
    assert found.first_bought.to_dict() == own.InvoiceDate.min().to_dict()
    net = pd.DataFrame({"net": own.amount.sum(), "key": found.customer_key})
    ranked = net.sort_values(["net", "key"], ascending=[False, True]).index
    for percent in (1, 20, 73):
        assert set(found.index[found.sales_rank < percent]) == set(ranked[: len(ranked) * percent // 100])


@pytest.mark.parametrize("shop", ["demo", "uci"])
def test_clusters_of_real_customers_agree_with_scikit_learn(shop, request):
    """The same partition, inertia and silhouettes as K-means over the customers one by one."""
    if shop == "uci":
        store = request.getfixturevalue("uci")
    else:
        store = request.getfixturevalue("empty_store")
        store.append(sample_batch())
    population = CustomersPipeline(k=4).run(store, store.lines, "population")
    rows = store.ask(population.table).to_pandas()
    points = StandardScaler().fit_transform(log_scaled(rows[["recency_days", "frequency", "monetary"]].to_numpy()))
    model = KMeans(4, n_init=20, random_state=0).fit(points)
    clustering = population.clustering
    assert clustering.inertia_[4] == pytest.approx(model.inertia_, rel=0.002)
    # A few customers lie where two partitions are as good as one another.
    assert adjusted_rand_score(rows.cluster, model.labels_) > 0.95
    assert clustering.silhouette_[4] == pytest.approx(silhouette_score(points, rows.cluster), abs=0.005)
    singly = pd.Series(silhouette_samples(points, rows.cluster)).groupby(rows.cluster).mean()
    assert clustering.silhouette_by_cluster_ == pytest.approx(tuple(singly), abs=0.01)
    found = agreement(store.ask(counts_question(population.table)))
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(rows.segment, rows.cluster), abs=1e-12)


def test_many_customers_in_cells_lie_near_the_rows(uci, monkeypatch):
    exact = CustomersPipeline(k=4).run(uci, uci.lines, "exact")
    monkeypatch.setattr("retail_panel.customers.pipeline.EXACT_CELLS", 1000)
    celled = CustomersPipeline(k=4).run(uci, uci.lines, "celled")
    assert len(celled.clustering.labels_) < 0.8 * len(exact.clustering.labels_)
    first, second = rows_of(uci, exact), rows_of(uci, celled)
    assert adjusted_rand_score(first.cluster, second.cluster) > 0.9
    assert celled.clustering.names == exact.clustering.names
    assert celled.clustering.silhouette_[4] == pytest.approx(exact.clustering.silhouette_[4], abs=0.02)
