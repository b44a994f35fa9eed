import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import adjusted_rand_score

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.agreement import adjusted_rand, agreement, in_words
from retail_panel.customers.profile import EMPTY, counts_question
from retail_panel.demo import scaled_order_lines
from retail_panel.store import Store


def one_by_one(table):
    """Return both labels of each customer of a cross table."""
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


@given(arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 9)))
def test_equals_scikit_learn_over_single_customers(table):
    if table.sum() < 2:
        return
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(*one_by_one(table)), abs=1e-12)
    assert adjusted_rand(table.T) == pytest.approx(adjusted_rand(table), abs=1e-12)
    assert adjusted_rand(np.diag(table.sum(axis=1))) == 1


def test_a_customer_alone_is_grouped_alike():
    assert adjusted_rand([[1]]) == 1


def test_words_by_steinley():
    assert [in_words(index) for index in (1, 0.9, 0.89, 0.8, 0.65, 0.64, -0.2)] == [
        "excellent", "excellent", "good", "good", "moderate", "poor", "poor"
    ]  # fmt: skip


def test_equals_pandas_and_scikit_learn_on_the_demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    population = CustomersPipeline().run(store, store.lines, "demo")
    rows = store.ask(population.table).to_pandas()
    found = agreement(store.ask(counts_question(population.table)))
    store.close()
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score(rows.segment, rows.cluster), abs=1e-12)
    by_size = rows.groupby(["segment", "cluster"]).size()
    table = found.table.set_index(["segment", "cluster"])
    assert len(table) == rows.segment.nunique() * rows.cluster.nunique()
    assert table.customers.sum() == len(rows)
    assert table.customers[table.customers > 0].to_dict() == by_size.to_dict()
    for shares, along in (("share_of_segment", "segment"), ("share_of_cluster", "cluster")):
        assert table[shares].groupby(along).sum().to_list() == pytest.approx([1] * rows[along].nunique())
        expected = by_size / by_size.groupby(along).transform("sum")
        assert table[shares][by_size.index].to_list() == pytest.approx(expected.to_list())
    assert f"{found.adjusted_rand:.2f}" in found.sentence and "poor" in found.sentence


def counts_of(empty_store, segment, cluster):
    blank = {name: [0] * len(segment) for name in EMPTY.schema.names}
    rows = pa.table({**blank, "segment": segment, "cluster": cluster}).cast(EMPTY.schema)
    return empty_store.ask(counts_question(empty_store.keep_table("scored", rows)))


def test_the_same_groups_under_other_numbers(empty_store):
    found = agreement(counts_of(empty_store, [0, 0, 4, 4, 9], [1, 1, 0, 0, 2]))
    assert found.adjusted_rand == 1
    assert found.sentence == (
        "Agreement of rules and clusters is excellent (adjusted Rand index 1.00): both group customers nearly alike."
    )
    assert found.table.customers.tolist() == [0, 2, 0, 2, 0, 0, 0, 0, 1]


def test_one_group_and_nobody(empty_store):
    one = agreement(counts_of(empty_store, [3, 3], [0, 0]))
    assert one.sentence == "Rules and clusters both put all customers into one group."
    nobody = agreement(counts_of(empty_store, [], []))
    assert nobody.table.empty and nobody.adjusted_rand is None and "No customers" in nobody.sentence
