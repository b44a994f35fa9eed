import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.customers.scores import MEASURES, Scale, edges_question, quintile_edges, unused_scores

values_strategy = st.lists(st.integers(-50, 50), min_size=1, max_size=60)


def scale_of(values, measure="monetary"):
    found, counts = np.unique(values, return_counts=True)
    return Scale.over(measure, quintile_edges(found, counts), min(values), max(values))


@given(values_strategy, st.randoms(use_true_random=False))
def test_row_order_and_ties_never_change_scores(values, random):
    shuffled = values[:]
    random.shuffle(shuffled)
    before, after = (dict(zip(v, scale_of(v).score(v).tolist(), strict=True)) for v in (values, shuffled))
    assert before == after
    scores = [before[value] for value in sorted(before)]
    assert scores == sorted(scores)
    assert set(scores) <= {1, 2, 3, 4, 5}


@given(values_strategy)
def test_recency_is_reversed(values):
    if min(values) < max(values):
        assert (scale_of(values, "recency_days").score(values) == 6 - scale_of(values).score(values)).all()


@given(values_strategy)
def test_edges_are_the_inverted_cdf(values):
    found, counts = np.unique(values, return_counts=True)
    expected = np.quantile(values, [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    assert quintile_edges(found[::-1], counts[::-1]) == expected.tolist()


def test_distinct_values_fill_the_scores_evenly():
    values = np.arange(1000)
    assert np.bincount(scale_of(values).score(values)).tolist() == [0, 200, 200, 200, 200, 200]


@pytest.mark.parametrize(
    ("measure", "value", "score"),
    [("recency_days", 0, 5), ("recency_days", 90, 5), ("frequency", 1, 1), ("frequency", 7, 3), ("monetary", 5, 3)],
)
def test_all_alike(shop, measure, value, score):
    scale = scale_of([value] * 4, measure)
    assert scale.score([value, value]).tolist() == [score, score]
    assert scale.score([value]).dtype == np.int8
    assert shop.ask(shop.lines.select(score=scale.expression(shop.lines)).distinct())["score"].to_pylist() == [score]


def test_mostly_once_uses_fewer_scores():
    values = [1] * 70 + [2] * 15 + [3] * 15
    assert set(scale_of(values, "frequency").score(values).tolist()) == {1, 4, 5}


def test_engine_and_numpy_agree(empty_store):
    rng = np.random.default_rng(5)
    columns = {
        "recency_days": rng.integers(0, 300, 5000).astype(np.int32),
        "frequency": rng.geometric(0.5, 5000).astype(np.int32),
        "monetary": rng.normal(1e6, 1e6, 5000).astype(np.int64),
    }
    import pyarrow as pa

    rfm = empty_store.keep_table("scored", pa.table(columns))
    answer = {row["measure"]: row for row in empty_store.ask(edges_question(rfm)).to_pylist()}
    for measure in MEASURES:
        values = columns[measure]
        edges = quintile_edges(*np.unique(values, return_counts=True))
        assert [answer[measure][f"edge_{i}"] for i in (1, 2, 3, 4)] == edges
        scale = Scale.over(measure, edges, values.min(), values.max())
        found = empty_store.ask(rfm.select(rfm[measure], score=scale.expression(rfm)))
        assert str(found.schema.field("score").type) == "int8"
        assert found["score"].to_pylist() == scale.score(found[measure].to_numpy()).tolist()


def test_unused_scores_are_said():
    held = {
        "recency_days": {1: 1, 2: 1, 3: 1, 4: 1, 5: 1},
        "frequency": {1: 9, 2: 0, 3: 0, 4: 3, 5: 1},
        "monetary": {1: 0, 2: 0, 3: 13, 4: 0, 5: 0},
    }
    assert unused_scores(held) == [
        "Frequency has many equal values: nobody scores 2, 3.",
        "Monetary is the same for all customers, who all score 3.",
    ]
