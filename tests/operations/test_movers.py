import pytest

from retail_panel.crossfilter.scope import Scope
from retail_panel.errors import UnusableInput
from retail_panel.measures import scoped_tables
from retail_panel.operations.inventory import inventory
from retail_panel.operations.movers import movers

#: Product, on hand at both counts, units sold between them, over one week.
SHELF = (
    ("lies", 70, 0), ("slow", 70, 5), ("steady", 70, 10), ("fast", 6, 3), ("faster", 5, 10), ("gone", 0, 4),
    ("none", 0, 0),
)  # fmt: skip


@pytest.fixture
def shelf(empty_store, make_lines, make_stock):
    """``tables`` of seven products."""
    names, on_hand, units = (list(column) for column in zip(*SHELF, strict=True))
    with empty_store.loading("shelf") as load:
        for day in ("2024-01-01", "2024-01-07"):
            load.append_stock(make_stock(day=day, product=names, on_hand=on_hand, unit_cost=2))
        sold = [(name, n) for name, n in zip(names, units, strict=True) if n]
        load.append(make_lines(product=[name for name, _ in sold], quantity=[n for _, n in sold],
                               ordered_at="2024-01-03", unit_cost=2))  # fmt: skip
    return scoped_tables(empty_store, Scope())


def test_slow_and_fast_by_hand(empty_store, shelf):
    slow, fast = (movers(inventory(empty_store.ask, shelf, "product"), pace) for pace in ("slow", "fast"))
    assert slow.rows["product"].tolist() == ["lies", "slow"]
    assert slow.rows.weeks_of_cover.isna().tolist() == [True, False] and slow.rows.weeks_of_cover[1] == 14
    # Gone has no stock to turn, so it comes after those that have.
    assert fast.rows["product"].tolist() == ["faster", "fast", "gone"]
    assert fast.rows.inventory_turnover.tolist()[:2] == [2, 0.5]
    assert (slow.matching, slow.products, fast.matching) == (2, 7, 3)
    assert "more than 13 weeks of cover" in slow.rule and "less than 4 weeks" in fast.rule


def test_the_rule_can_be_set_and_is_told(empty_store, shelf):
    found = movers(inventory(empty_store.ask, shelf, "product"), slow_weeks=6.5)
    assert found.rows["product"].tolist() == ["lies", "slow", "steady"] and "6.5 weeks" in found.rule


@pytest.mark.parametrize("pace", ["slow", "fast"])
def test_pages_of_the_demo_make_the_whole(demo, pace):
    products = inventory(demo.ask, demo.tables, "product")
    whole = movers(products, pace, limit=1000)
    pages = [movers(products, pace, offset, 14).rows["product"].tolist() for offset in range(0, 140, 14)]
    assert sum(pages, []) == whole.rows["product"].tolist() and whole.matching == len(whole.rows) > 0
    found = products.set_index("value")
    cover = found.weeks_of_cover
    expected = (cover > 13) & (found.closing_stock > 0) if pace == "slow" else (cover < 4) & (found.counted_units > 0)
    assert set(whole.rows["product"]) == set(found.index[expected])
    ranked = whole.rows.weeks_of_cover if pace == "slow" else whole.rows.inventory_turnover
    assert ranked.is_monotonic_decreasing


def test_nothing_counted(empty_store):
    found = movers(inventory(empty_store.ask, scoped_tables(empty_store, Scope()), "product"))
    assert (len(found.rows), found.matching, found.products) == (0, 0, 0)


def test_what_is_not_allowed_is_said(six):
    with pytest.raises(UnusableInput, match="pace 'quick': allowed: slow, fast"):
        movers(inventory(six.ask, six.tables, "product"), "quick")
    with pytest.raises(UnusableInput, match="movers from -1 with 20 rows"):
        movers(inventory(six.ask, six.tables, "product"), offset=-1)
