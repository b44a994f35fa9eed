import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retail_panel.customers.personas import EVERYBODY, PERSONAS, personas_of

SEED_PERSONAS = {
    "VIP Champions", "Loyal Customers", "At-Risk Customers", "New Prospects", "High-Value Customers",
    "Frequent Buyers", "Recent Customers", "Dormant Customers",
}  # fmt: skip


def names(positions, monetary=None, earlier=()):
    monetary = np.ones(len(positions)) if monetary is None else monetary
    return [persona.name for persona in personas_of(positions, monetary, earlier)]


def test_table_holds_the_seeds_personas_and_enough_more():
    assert {persona.name for persona in PERSONAS[:8]} == SEED_PERSONAS
    assert sum(not persona.is_negative for persona in PERSONAS) >= 10
    assert len({persona.name for persona in PERSONAS}) == len({p.description for p in PERSONAS}) == len(PERSONAS)


@pytest.mark.parametrize("persona", [p for p in PERSONAS if not p.is_negative], ids=lambda p: p.name)
def test_typical_customers_get_their_own_name(persona):
    away = next(p for p in PERSONAS if np.dot(p.position, persona.position) < 0 and not p.is_negative)
    assert names([persona.position, away.position]) == [persona.name, away.name]


@given(st.integers(2, 10).flatmap(lambda k: arrays(float, (k, 3), elements=st.floats(-4, 4))), st.booleans())
def test_no_two_alike(positions, is_negative):
    monetary = np.full(len(positions), -1.0 if is_negative else 1.0)
    found = names(positions, monetary)
    assert len(set(found)) == len(positions)
    assert is_negative or "Heavy Returners" not in found


def test_order_of_clusters_does_not_matter():
    positions = [(-1, 1.5, 1.5), (1, -1, -1), (-1, -1, -1), (0.7, 0.5, 0.5)]
    found = names(positions)
    assert found == ["VIP Champions", "Dormant Customers", "New Prospects", "At-Risk Customers"]
    assert names(positions[::-1]) == found[::-1]


def test_returners_are_those_who_gave_back_more():
    assert names([(0, 0, -4), (0, 0.1, 0.4)], [-5, 100])[0] == "Heavy Returners"


def test_earlier_names_hold_until_others_fit_clearly_better():
    between = (-0.6, 1.0, 1.0)
    away = (1, -1, -1)
    for earlier in ("VIP Champions", "Loyal Customers"):
        assert names([between, away], earlier=(earlier, "Dormant Customers")) == [earlier, "Dormant Customers"]
    assert names([away, between], earlier=("VIP Champions", "Dormant Customers"))[0] == "Dormant Customers"


def test_one_cluster_is_everybody():
    assert personas_of([(0, 0, 0)], [1]) == (EVERYBODY,)
