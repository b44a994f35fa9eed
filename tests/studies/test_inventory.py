"""The inventory page against pandas on the demo data."""

import datetime as dt

import pandas as pd
import pytest

from retail_panel.crossfilter.clause import Range, Values, day
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Shelf
from retail_panel.studies import Nothing
from retail_panel.studies.forms.months import day_number, month_ticks
from retail_panel.studies.inventory import STUDIES as ALL
from studies import bench
from studies.bench import DEFINITION

STUDIES = {study.name: study for study in ALL}
SCOPE = {"ordered_at": "2026-02-15..2026-07-01"}
LEEDS, ONLINE, BOOKS = Values(("Leeds",)), Values(("Online",)), Values(("Books",))


@pytest.fixture(scope="module")
def frames(scene):
    """The sales and the counts in scope."""
    store = scene.coded.store
    lines, stock = (store.ask(table).to_pandas() for table in (scene.scoped, store.stock))
    stock["day"] = pd.to_datetime(stock["day"])
    stock = stock[stock["day"].between("2026-02-15", "2026-06-30")]
    inside = lines["ordered_at"].between(stock["day"].min(), stock["day"].max() + pd.Timedelta(days=1), "left")
    lines = lines[inside].assign(cost=lines["unit_cost"].fillna(0) * lines["quantity"].fillna(0) / MONEY_SCALE)
    return lines, stock.assign(at_cost=stock["on_hand"] * stock["unit_cost"] / MONEY_SCALE)


def answered(scene, name, *choices, **filters):
    return bench.answered(scene, STUDIES[name], *choices, **filters)


def by_hand(lines, stock, by):
    """Turnover, days of supply, cover, sell-through, stock-out rate and GMROI of each value."""
    found = {}
    for value, counts in stock.groupby(by):
        own = lines[lines[by] == value]
        average = counts.groupby("day")["at_cost"].sum().mean()
        days = (counts["day"].max() - counts["day"].min()).days + 1
        closing = counts.loc[counts["day"] == counts["day"].max(), "on_hand"].sum()
        cost, units, sales = own["cost"].sum(), own["quantity"].sum(), own["amount"].sum() / MONEY_SCALE
        found[value] = (cost / average, average * days / cost, closing * days / 7 / units, units / (units + closing),
                        (counts["on_hand"] <= 0).mean(), (sales - cost) / average)  # fmt: skip
    return found


@pytest.mark.parametrize("filters", [{}, {"store": LEEDS}])
def test_measures_by_category(scene, frames, filters):
    _, table, says = answered(scene, "stock_measures", **filters)
    lines, stock = (frame[frame["store"] == "Leeds"] if filters else frame for frame in frames)
    expected = by_hand(lines, stock, "category")
    assert set(table["Category"]) == set(expected)
    for row in table.itertuples(index=False):
        assert row[1:7] == pytest.approx(expected[row[0]], rel=1e-6)
    fastest = max(expected, key=lambda value: expected[value][0])
    assert f"to {expected[fastest][0]:.2f} ({fastest})" in says
    assert ("Narrowed by store." in says) == bool(filters)


def test_measures_by_product_carry_their_descriptions(scene, frames):
    answer, table, says = answered(scene, "stock_measures", {"by": "product", "measure": "gmroi"})
    lines, stock = frames
    expected = by_hand(lines, stock, "product")
    assert set(table["Product"]) == set(expected) and len(table) > 100
    names = lines.groupby("product").description.max().to_dict()
    for row in table.iloc[::9].itertuples(index=False):
        assert row[1] == names[row[0]]
        assert row[2:8] == pytest.approx(expected[row[0]], rel=1e-6, nan_ok=True)
    best = table.loc[table["GMROI"].idxmax(), "Description"]
    assert f"({best})" in says and "more products in the table." in says
    first = table["Product"][0]
    assert STUDIES["stock_measures"].publish(answer, 0.1, 11.5) == {"product": Values((first,))}


def test_a_view_ignores_its_own_dimension(scene):
    whole = answered(scene, "stock_measures")[1]
    assert whole.equals(answered(scene, "stock_measures", category=BOOKS)[1])
    by_store = answered(scene, "stock_measures", {"by": "store"})[1]
    assert not by_store.equals(answered(scene, "stock_measures", {"by": "store"}, category=BOOKS)[1])
    assert answered(scene, "gmroi")[1].equals(answered(scene, "gmroi", category=BOOKS)[1])


@pytest.mark.parametrize("name", STUDIES)
def test_what_counts_do_not_know_narrows_neither_side(scene, name):
    _, whole, _ = answered(scene, name)
    _, table, says = answered(scene, name, channel=ONLINE)
    assert whole.equals(table) and says.endswith("Not narrowed by channel, which stock counts do not know.")


def test_stores_beyond_twelve_are_in_the_table(scene):
    answer, table, says = answered(scene, "stock_measures", {"by": "store", "measure": "stock_out_rate"})
    assert len(table) == 14 and "2 more stores in the table." in says
    publish, first = STUDIES["stock_measures"].publish, table["Store"][0]
    assert publish(answer, 0.1, 11.5) == {"store": Values((first,))}
    assert publish(answer, 0.1, 12.5) is None and publish(answer, 0.1, -0.5) is None


def test_gmroi_is_ranked(scene, frames):
    answer, table, says = answered(scene, "gmroi")
    expected = {value: figures[5] for value, figures in by_hand(*frames, "category").items()}
    ranked = sorted(expected, key=expected.get, reverse=True)
    assert table["Category"].tolist() == ranked
    assert table["GMROI"].tolist() == pytest.approx([expected[value] for value in ranked])
    assert f"in {ranked[0]} brought back £{expected[ranked[0]]:,.2f}" in says and f"{ranked[-1]} brought least" in says
    assert STUDIES["gmroi"].publish(answer, 1.0, len(table) - 0.5) == {"category": Values((ranked[0],))}
    assert STUDIES["gmroi"].publish(answer, 1.0, 40.0) is None


@pytest.mark.parametrize("name", ["stock_outs", "stock_at_cost"])
def test_stock_over_time(scene, frames, name):
    _, table, says = answered(scene, name, category=BOOKS)
    stock = frames[1][frames[1]["category"] == "Books"]
    days = stock.groupby("day")
    assert pd.to_datetime(table["Day counted"]).tolist() == list(days.groups)
    assert table["Stock-outs"].tolist() == days["on_hand"].apply(lambda counts: (counts <= 0).sum()).tolist()
    assert table["Stock at cost"].tolist() == pytest.approx(days["at_cost"].sum().tolist())
    peak = days["on_hand"].apply(lambda c: (c <= 0).mean()) if name == "stock_outs" else days["at_cost"].sum()
    assert f"most on {peak.idxmax().day} {peak.idxmax():%b %Y}" in says and "Narrowed by category." in says


def test_a_selection_of_time_stays_before_the_whole(scene):
    may = Range(day(dt.date(2026, 5, 1)), day(dt.date(2026, 6, 1)))
    answer, table, says = answered(scene, "stock_outs", ordered_at=may)
    days = pd.to_datetime(table["Day counted"])
    assert days.dt.month.eq(5).all() and len(answer[0]) > len(table) > 0
    assert says.startswith(f"{table['Stock-outs'].sum() / table['Counts'].sum():.1%} of the counts from")


def test_movers(scene, frames):
    lines, stock = frames
    expected = by_hand(lines, stock, "product")
    slow = {value: figures[2] for value, figures in expected.items() if figures[2] > 13}
    fast = {value: figures[0] for value, figures in expected.items() if figures[2] < 4}
    for name, rule in (("slow_movers", slow), ("fast_movers", fast)):
        _, table, says = answered(scene, name)
        ranked = sorted(rule, key=rule.get, reverse=True)
        assert table["Product"].tolist() == ranked
        column = "Weeks of cover" if name == "slow_movers" else "Inventory turnover"
        assert table[column].tolist() == pytest.approx([rule[value] for value in ranked])
        words = lines.loc[lines["product"] == ranked[0], "description"].iloc[0]
        assert says.startswith(f"{len(rule)} of {len(expected)} products") and f"est: {words}" in says


@pytest.mark.parametrize("name", STUDIES)
def test_nothing_counted_is_told(scene, name):
    with pytest.raises(Nothing, match="Clear the selection"):
        answered(scene, name, store=Values(("Atlantis",)))


@pytest.mark.parametrize("name", STUDIES)
def test_a_source_without_counts_says_so(name, empty_store, six_clean):
    empty_store.append(six_clean)
    scene = Scenes(empty_store, Shelf(), "GBP").take({}, DEFINITION)[1]
    with pytest.raises(Nothing, match="The source has no stock counts"):
        answered(scene, name)


def test_ticks_are_few():
    days = pd.Series(pd.to_datetime(["2024-11-02", "2026-10-31"]))
    assert month_ticks(days) == [(day_number(pd.Timestamp(t)), w) for t, w in (
        ("2025-01-01", "Jan 2025"), ("2025-07-01", "Jul 2025"), ("2026-01-01", "Jan 2026"), ("2026-07-01", "Jul 2026"),
    )]  # fmt: skip
    assert [words for _, words in month_ticks(pd.Series(pd.to_datetime(["2026-05-02", "2026-05-09"])))] == [
        "2 May 2026", "9 May 2026",
    ]  # fmt: skip
    assert len(month_ticks(pd.Series(pd.to_datetime(["2026-05-02"])))) == 1
