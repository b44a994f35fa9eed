"""A scene that grew from an earlier one equals one that is made of all rows."""

import gc
import weakref

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfilter.mirror import DEFINITION, as_batch, shop_rows
from retail_panel.crossfilter import ledgers, making
from retail_panel.crossfilter.coded import Coded, own_of, people_of
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.store import RowPolicy, Shelf, Store, Superseded, Ticket

SCOPES = ({}, {"channel": "Online"}, {"without": "returns,guests"}, {"ordered_at": "2024-03-01..2024-05-01"})
DEFINITIONS = [DEFINITION, definition_of(CustomersPipeline(k=3, returns="count", frequency="days"))]


def table(store, name):
    """Return a scratch table as sorted rows, columns in the order of their names."""
    frame = store.ask(f"SELECT * FROM scratch.main.{name}").to_pandas()
    frame = frame[sorted(frame)]
    return frame.sort_values(list(frame), ignore_index=True)


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_dtype=True)


def check(store, scene, definition, policy):
    """Compare a scene's tables with those made of all lines."""
    own = CustomersPipeline(**definition)
    before = scene.population
    whole = own.run(store, scene.scoped, "whole", before, policy=policy, refit=False)
    same(table(store, whole.name), table(store, before.name))
    assert whole.rfm == {measure: pytest.approx(figures) for measure, figures in before.rfm.items()}
    assert (whole.edges, whole.segments, whole.reference_day) == (before.edges, before.segments, before.reference_day)
    every = store.keep("all_lines", scene.coded.sql, policy)
    # What opens an order is known of lines that were there together.
    same(table(store, "all_lines"), table(store, scene.coded.table.op().name).drop(columns="opens", errors="ignore"))
    assert scene.rows == len(table(store, "all_lines"))
    same_answers(store, scene.coded, Coded(store, "all_lines", every, scene.coded.bins, None, every, None))


def same_answers(store, coded, whole):
    """Compare what charts show of the lines, those that read what belongs to customers and those that do not."""
    dims, measures = ("channel", "segment", "ordered_at"), ("net_sales", "new_customers", "orders", "customers")
    keys = [Key((name,), measure) for name in dims if name in coded.bins for measure in measures]
    filters = [{}, *({name: coded.bins[name].clause([0])} for name in ("channel", "segment") if name in coded.bins)]
    for chosen in filters:
        found, expected = (histograms(store, lines, keys, chosen) for lines in (coded, whole))
        assert found.keys() == expected.keys() and len(found) == len(keys)
        for key, array in found.items():
            assert array == pytest.approx(expected[key]), (key, chosen)


@pytest.fixture
def grown_only(monkeypatch):
    """Tells how many scenes went on from an earlier one, and how often all lines were put into codes."""
    made = {"grown": 0, "ledgers": 0}
    since, ledger = making.Growth.since, ledgers.Ledger

    def counted(*arguments):
        found = since(*arguments)
        made["grown"] += found is not None
        return found

    def written(*arguments):
        made["ledgers"] += 1
        return ledger(*arguments)

    monkeypatch.setattr(making.Growth, "since", counted)
    monkeypatch.setattr(ledgers, "Ledger", written)
    return made


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scope=st.sampled_from(SCOPES), definition=st.sampled_from(DEFINITIONS), some=st.booleans(),
    arrivals=st.lists(st.tuples(st.integers(0, 10_000), st.integers(3, 120), st.integers(-40, 75)), min_size=1,
                      max_size=3),
)  # fmt: skip
def test_any_rows_that_arrive(scope, definition, some, arrivals):
    policy = RowPolicy((("brand", ("North",)),)) if some else RowPolicy()
    store = Store()
    try:
        store.append(as_batch(shop_rows(seed=3, lines=600)))
        scenes = Scenes(store, Shelf(spare=0), "GBP")
        key, _ = scenes.take(scope, definition, policy)
        for seed, lines, day in arrivals:
            first = pd.Timestamp("2024-02-20") + pd.Timedelta(day, "D")
            store.append(as_batch(shop_rows(seed=seed, lines=lines, first=first, days=2)))
            earlier, (key, scene) = key, scenes.take(scope, definition, policy)
            scenes.give_back(earlier)
            check(store, scene, definition, policy)
    finally:
        store.close()


def arriving(count, seed=9, **columns):
    """Return rows of the last day in the shop, which neither move the reference day nor add a bar."""
    rows = shop_rows(seed=seed, lines=count, first="2024-04-29", days=1)
    return as_batch(rows.assign(ordered_at=rows.ordered_at.where(rows.ordered_at < "2024-04-30", "2024-04-29"),
                                **columns))  # fmt: skip


@pytest.fixture
def shop(empty_store):
    """A shop whose last day is 29 April."""
    empty_store.append(as_batch(shop_rows(seed=5, lines=900)))
    empty_store.append(arriving(5, seed=1))
    return empty_store


def test_few_rows_are_all_that_is_read(shop, grown_only):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    key, first = scenes.take({}, DEFINITION)
    shop.append(arriving(6))
    scenes.give_back(key)
    _, second = scenes.take({}, DEFINITION)
    assert grown_only == {"grown": 0, "ledgers": 2}, "all was thrown away, so there is nothing to go on from"
    shop.append(arriving(6, seed=10))
    _, third = scenes.take({}, DEFINITION)
    assert grown_only == {"grown": 1, "ledgers": 2}
    assert third.rows == second.rows + 6 == first.rows + 12
    check(shop, third, DEFINITION, RowPolicy())


def test_the_sql_of_a_grown_table_makes_it_from_the_stores_own_tables(shop, grown_only):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    scenes.take({}, DEFINITION)
    shop.append(arriving(6))
    _, scene = scenes.take({}, DEFINITION)
    assert grown_only["grown"] == 1
    found = shop.ask(scene.coded.sql).to_pandas()
    found = found[sorted(found)]
    same(found.sort_values(list(found), ignore_index=True), table(shop, scene.coded.table.op().name))


def test_a_first_purchase_told_late_moves_the_customers_first_day(shop, grown_only):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    scenes.take({"channel": "Online"}, DEFINITION)
    early = shop_rows(seed=7, lines=3, first="2024-02-21", days=1).assign(customer_id="c1", channel="In-store")
    shop.append(as_batch(early.assign(kind="Full Price", amount=5.0)))
    _, scene = scenes.take({"channel": "Online"}, DEFINITION)
    assert grown_only["grown"] == 1
    check(shop, scene, DEFINITION, RowPolicy())


@pytest.mark.parametrize(("many", "made"), [
    ("rows", {"grown": 0, "ledgers": 1}), ("rewritten", {"grown": 0, "ledgers": 2}),
    ("value", {"grown": 1, "ledgers": 1}), ("column", {"grown": 0, "ledgers": 2}),
])  # fmt: skip
def test_what_has_changed_too_much_is_read_again(empty_store, grown_only, many, made):
    shop = empty_store
    bare = shop_rows(seed=5, lines=900)
    shop.append(as_batch(bare if many != "column" else bare.assign(tier=None)))
    shop.append(arriving(5, seed=1, **({"tier": None} if many == "column" else {})))
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    scenes.take({}, DEFINITION)
    if many == "rewritten":
        shop.rewritten = shop.version + 1
    shop.append({
        "rows": arriving(300), "rewritten": arriving(3), "value": arriving(3, tier="Platinum"), "column": arriving(3),
    }[many])  # fmt: skip
    _, scene = scenes.take({}, DEFINITION)
    assert grown_only == made
    check(shop, scene, DEFINITION, RowPolicy())


def test_a_category_that_gets_more_values_than_pieces_is_put_into_codes_anew(shop, grown_only):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    scenes.take({}, DEFINITION)
    for i in range(15):
        shop.append(arriving(3, seed=i, tier=f"Tier {i:02d}"))
        _, scene = scenes.take({"tier": f"Tier {i:02d}"}, DEFINITION)
        assert scene.rows == 3
    assert grown_only["ledgers"] == 2
    check(shop, scenes.take({}, DEFINITION)[1], DEFINITION, RowPolicy())


def scratch(store):
    """Return the names of the scratch tables, ledgers without their numbers."""
    found = store.ask("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'scratch'")
    return sorted(name if not name.startswith("ledger_") else "ledger" for name in found["table_name"].to_pylist())


def tables_of(scene):
    """Return the names of what a scene keeps for itself, once its lines were joined with their customers."""
    name = scene.coded.table.op().name
    return [name, own_of(name), people_of(name), scene.population.name]


def test_scratch_tables_go_with_the_scene(shop):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    key, _ = scenes.take({}, DEFINITION)
    shop.append(arriving(6))
    later, scene = scenes.take({}, DEFINITION)
    scenes.give_back(key)
    assert sorted([*tables_of(scene), "ledger"]) == scratch(shop)
    scenes.give_back(later)
    assert scratch(shop) == []


def test_scenes_of_several_versions_share_the_lines_and_each_sees_its_own(shop, grown_only):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    _, first = scenes.take({}, DEFINITION)
    taken = []
    for seed in (11, 12, 13):
        shop.append(arriving(4, seed=seed))
        taken.append(scenes.take({}, DEFINITION))
    assert grown_only == {"grown": 3, "ledgers": 1}
    seen = [len(table(shop, scene.coded.table.op().name)) for _, scene in taken]
    assert seen == [first.rows + more for more in (4, 8, 12)]
    (key, _), (middle, _), (_, last) = taken
    scenes.give_back(key)
    scenes.give_back(middle)
    check(shop, last, DEFINITION, RowPolicy())


def test_lines_that_were_added_are_compressed_after_a_while(shop, grown_only, monkeypatch):
    asked, compress = [], Store.compress
    monkeypatch.setattr(Store, "compress", lambda store: asked.append(compress(store)) or asked[-1])
    scenes = Scenes(shop, Shelf(), "GBP")
    scenes.take({}, DEFINITION)
    for seed, loose_s in ((1, 3600), (2, 0)):
        monkeypatch.setattr("retail_panel.crossfilter.ledger.LOOSE_S", loose_s)
        shop.append(arriving(6, seed=seed))
        _, scene = scenes.take({}, DEFINITION)
    assert asked == [True] and grown_only["grown"] == 2
    check(shop, scene, DEFINITION, RowPolicy())


def test_lines_are_added_once_where_the_making_is_called_off_meanwhile(shop, grown_only, monkeypatch):
    scenes, ticket, run = Scenes(shop, Shelf(spare=0), "GBP"), Ticket(), shop.engine.run
    scenes.take({}, DEFINITION)
    shop.append(arriving(4, seed=11))
    scenes.take({}, DEFINITION)
    shop.append(arriving(5, seed=12))

    def called_off(sql, with_ticket=None, batch=None):
        run(sql, with_ticket, batch)
        if sql.startswith("INSERT INTO scratch"):
            ticket.cancel()
            if with_ticket is not None:
                with_ticket.check()

    monkeypatch.setattr(shop.engine, "run", called_off)
    with pytest.raises(Superseded):
        scenes.take({}, DEFINITION, ticket=ticket)
    monkeypatch.undo()
    _, scene = scenes.take({}, DEFINITION)
    check(shop, scene, DEFINITION, RowPolicy())


def test_a_scene_that_is_called_off_at_its_end_leaves_nothing(shop, monkeypatch):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    key, first = scenes.take({}, DEFINITION)
    shop.append(arriving(6))
    monkeypatch.setattr(making, "Scene", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scenes.take({}, DEFINITION)
    assert sorted([*tables_of(first), "ledger"]) == scratch(shop)
    scenes.give_back(key)


def test_a_grown_scene_does_not_keep_the_earlier_ones_alive(shop, grown_only):
    scenes, gone = Scenes(shop, Shelf(spare=0), "GBP"), []
    key, scene = scenes.take({}, DEFINITION)
    for seed in (11, 12, 13):
        gone.append(weakref.ref(scene))
        shop.append(arriving(3, seed=seed))
        earlier, (key, scene) = key, scenes.take({}, DEFINITION)
        scenes.give_back(earlier)
    gc.collect()
    assert grown_only["grown"] == 3
    assert [reference() for reference in gone] == [None, None, None]
