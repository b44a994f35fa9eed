import math

import numpy as np
import pytest

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.scores import MEASURES
from retail_panel.demo import scaled_order_lines
from retail_panel.insight.distributions import distributions
from retail_panel.store import Store


@pytest.fixture(scope="module")
def demo():
    store = Store()
    for batch in scaled_order_lines(20_000):
        store.append(batch)
    lines = store.lines
    sides = [lines.filter(lines.channel == "Online"), lines.filter(lines.channel == "In-store")]
    scored = [CustomersPipeline(k=3).run(store, side, f"side_{i}").table for i, side in enumerate(sides)]
    yield store, sides, scored
    store.close()


@pytest.fixture(params=[math.inf, 0], ids=["by the engine", "in memory"])
def rows(request):
    """How many lines there are said to be."""
    return request.param


def counted(values, edges):
    """Count by NumPy, the first and last bin open."""
    inner = np.concatenate([[-np.inf], edges[1:-1], [np.inf]])
    return np.histogram(values, inner)[0].tolist()


def test_equals_numpy_on_the_demo(demo, rows):
    store, sides, scored = demo
    found = distributions(store.ask, *sides, *scored, rows=rows)
    assert [one.name for one in found] == ["transaction", *MEASURES]
    raw = [store.ask(side).to_pandas() for side in sides]
    values = {"transaction": [own.amount.abs().groupby(own.order_key).sum() / 10_000 for own in raw]}
    people = [store.ask(table).to_pandas() for table in scored]
    for measure in MEASURES:
        values[measure] = [own[measure] / (10_000 if measure == "monetary" else 1) for own in people]
    for one in found:
        assert len(one.edges) == len(one.labels) + 1 == len(one.a) + 1
        assert list(one.edges) == sorted(one.edges)
        for side, own in zip((one.a, one.b), values[one.name], strict=True):
            assert list(side) == counted(own, one.edges) and sum(side) == len(own)
        low, high = np.quantile(np.concatenate(values[one.name]), [0.01, 0.99])
        assert one.edges[0] <= low and high < one.edges[-1]
        assert [sum(shares) for shares in one.shares] == pytest.approx([1, 1])


def test_by_hand(store, rows):
    online = store.lines.filter(store.lines.channel == "Online")
    (one,) = distributions(store.ask, online, store.lines.filter(store.lines.channel == "In-store"), rows=rows)
    # Online 140 (o1), 200, 100, 200, 200 (o9), 200 back, 20; in the shop 20, 100, 200, 80, 100 and 20 of Finn, 30, 20.
    assert (sum(one.a), sum(one.b)) == (7, 8)
    at = {label: place for place, label in enumerate(one.labels)}
    assert one.a[at[one.labels[-1]]] == 4 and one.b[at[one.labels[-1]]] == 1
    assert one.unit == "money" and one.labels[0].startswith("under £")


def test_an_empty_side_and_both(store, rows):
    lines = store.lines
    nothing = lines.filter(lines.channel == "Mars")
    (one,) = distributions(store.ask, lines, nothing, currency="EUR", rows=rows)
    assert sum(one.a) == 15 and sum(one.b) == 0 and sum(one.shares[1]) == 0
    assert "€" in one.labels[0]
    assert distributions(store.ask, nothing, nothing, rows=rows) == ()
    scored = CustomersPipeline().run(store, nothing, "nobody").table
    assert distributions(store.ask, nothing, nothing, scored, scored, rows=rows) == ()


def test_all_alike_is_one_bin(empty_store, make_lines, rows):
    empty_store.append(make_lines(customer_id=["a", "b"], order_id=["1", "2"], amount=10))
    (one,) = distributions(empty_store.ask, empty_store.lines, empty_store.lines, rows=rows)
    assert sum(one.a) == sum(one.b) == 2 and max(one.a) == 2
