"""Scenes: shared, pinned to a version, steady as rows arrive, and gone when nobody looks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlencode

import numpy as np
import pytest

from crossfilter.mirror import DEFINITION, Mirror, as_batch, shop_rows, take_scene
from retail_panel.crossfilter import making as making_module
from retail_panel.crossfilter import scenes as scenes_module
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.making import Making
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.customers.clusters import fit_clusters
from retail_panel.errors import RetailPanelError
from retail_panel.figures import figures
from retail_panel.store import RowPolicy, Shelf, Superseded, Ticket
from retail_panel.tiles import shown
from retail_panel.views import OVERVIEW, SEGMENTS


@pytest.fixture
def own_shop(empty_store):
    """A store with a small shop, to which a test may append."""
    empty_store.append(as_batch(shop_rows(seed=5, lines=300)))
    return empty_store


@pytest.fixture
def shelf():
    """A shelf that keeps nothing that nobody holds."""
    return Shelf(spare=0)


@pytest.fixture
def scenes(own_shop, shelf):
    """The scenes of the small shop."""
    return Scenes(own_shop, shelf, "GBP")


def scratch(store):
    """Return the names of the scratch tables in the engine."""
    found = store.ask("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'scratch'")
    return set(found.column(0).to_pylist())


def test_a_scene_is_of_the_rows_in_scope(own_shop):
    rows = shop_rows(seed=5, lines=300)
    scene = take_scene(own_shop, {"channel": "Online", "without": "returns", "ordered_at": "2024-03-01..2024-04-01"})
    inside = (rows.channel == "Online") & (rows.kind != "Return")
    inside &= (rows.ordered_at >= "2024-03-01") & (rows.ordered_at < "2024-04-01")
    mirror = Mirror(rows, scene, inside)
    assert scene.population.customers == mirror.rows.customer_id.nunique()
    assert (scene.coded.bins["ordered_at"].step, scene.coded.bins["ordered_at"].size) == ("day", 31)
    for chart in (*OVERVIEW, *SEGMENTS):
        key = chart.key("net_sales")
        found = histograms(own_shop, scene.coded, [key], {"brand": Values(("North",))})[key]
        np.testing.assert_allclose(found, mirror.histogram(key, {"brand": Values(("North",))}), atol=1e-6)
    whole = figures(own_shop, {"order_line": scene.coded.table}, ["net_sales", "orders", "customers"])
    assert whole == {name: pytest.approx(mirror.figure(name)) for name in whole}


def test_visitors_with_the_same_scope_share_one_scene(scenes, shelf, own_shop):
    one, other = scenes.take({"channel": "Online"}, DEFINITION), scenes.take({"channel": "Online"}, DEFINITION)
    different = scenes.take({"channel": "In-store"}, DEFINITION)
    assert one[1] is other[1] is not different[1] and len(shelf) == 2
    for key, _ in (one, different):
        scenes.give_back(key)
    assert len(shelf) == 1 and {one[1].coded.table.op().name, one[1].population.name} <= scratch(own_shop)
    scenes.give_back(other[0])
    assert len(shelf) == 0 and scratch(own_shop) == set()


def test_a_scene_holds_its_definition_and_policy_apart(scenes):
    policy = RowPolicy((("channel", ("Online",)),))
    own, strict = scenes.take({}, DEFINITION)[1], scenes.take({}, DEFINITION, policy)[1]
    days = scenes.take({}, {**DEFINITION, "frequency": "days"})[1]
    assert own is not strict and own is not days and "days with a purchase" in days.population.definition
    assert strict.coded.bins["channel"].values == ("Online",) and strict.catalogue.rows < own.catalogue.rows


def test_rows_that_arrive_meanwhile_are_not_in_it(scenes, own_shop, monkeypatch):
    late = as_batch(shop_rows(seed=6, lines=50))
    append = making_module.moment_bins

    def appends_first(*arguments):
        own_shop.append(late)
        return append(*arguments)

    monkeypatch.setattr(making_module, "moment_bins", appends_first)
    scene = scenes.take({}, DEFINITION)[1]
    assert (scene.version, own_shop.version) == (1, 2)
    assert scene.catalogue.rows == 300
    assert scene.wholes([Key((), "lines")])[Key((), "lines")] == 300


def test_members_are_found_at_the_version_of_their_scene(scenes, own_shop, monkeypatch):
    chosen = {"within.scope": "", "within.selection": urlencode({"sel.channel": "Online"})}
    monkeypatch.setattr(scenes_module, "behind", _appending(own_shop, scenes_module.behind))
    key, scene = scenes.take(chosen, DEFINITION)
    rows = shop_rows(seed=5, lines=300)
    members = rows.customer_id[(rows.channel == "Online") & rows.customer_id.notna()].unique()
    assert own_shop.version == 2 and scene.version == 1
    assert scene.wholes([Key((), "lines")])[Key((), "lines")] == rows.customer_id.isin(members).sum()
    assert f"{scene.coded.name.removesuffix('lines')}members" in scratch(own_shop)
    scenes.give_back(key)
    assert scratch(own_shop) == set()


def _appending(store, function):
    def appending(*arguments):
        store.append(as_batch(shop_rows(seed=6, lines=50)))
        return function(*arguments)

    return appending


def test_bars_stay_where_they_are_as_rows_arrive(scenes, own_shop):
    before = scenes.take({}, DEFINITION)[1].coded.bins
    more = shop_rows(seed=8, lines=30)
    more["tier"], more["brand"] = "Platinum", "South"
    more["amount"] = 9_000
    own_shop.append(as_batch(more))
    after = scenes.take({}, DEFINITION)[1].coded.bins
    assert after["tier"].values == (*before["tier"].values, "Platinum")
    assert after["store"].values == before["store"].values and set(before["store"].rest) <= set(after["store"].rest)
    assert after["brand"] == before["brand"] and after["amount"] == before["amount"]
    fresh = take_scene(own_shop).coded.bins
    assert fresh["tier"].values[0] == "Platinum"


def test_cuts_that_no_longer_fit_are_made_anew(empty_store, make_lines):
    scenes = Scenes(empty_store, Shelf(), "GBP")
    empty_store.append(make_lines(amount=5, customer_id="a"))
    first = scenes.take({}, DEFINITION)[1].coded.bins
    assert first["amount"].size == first["monetary"].size == 1
    many = [f"c{i}" for i in range(50)]
    empty_store.append(make_lines(amount=[float(i + 1) for i in range(50)], customer_id=many))
    later = scenes.take({}, DEFINITION)[1].coded.bins
    assert later["amount"].size > 10 and later["monetary"].size > 10


def test_remembered_cuts_are_bounded(scenes, monkeypatch):
    monkeypatch.setattr(scenes_module, "MOST_REMEMBERED", 2)
    for channel in ("Online", "In-store", "(none)"):
        scenes.give_back(scenes.take({"channel": channel}, DEFINITION)[0])
    assert len(scenes._latest) == 2


def test_an_unfinished_scene_leaves_no_tables(scenes, shelf, own_shop, monkeypatch):
    def failing(*arguments, **more):
        raise RetailPanelError("no room")

    monkeypatch.setattr(making_module, "shape_of", failing)
    with pytest.raises(RetailPanelError, match="no room"):
        scenes.take({"within.scope": "", "within.selection": "sel.channel=Online"}, DEFINITION)
    assert scratch(own_shop) == set() and len(shelf) == 0


def test_a_cancelled_scene_is_superseded(scenes, own_shop):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        scenes.take({}, DEFINITION, ticket=ticket)
    assert scratch(own_shop) == set()


def test_whoever_waits_for_a_scene_gets_it_though_its_maker_called_it_off(scenes, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    make, ticket = making_module.shape_of, Ticket()

    def waits(*arguments, **more):
        begun.set()
        assert go_on.wait(20)
        return make(*arguments, **more)

    monkeypatch.setattr(making_module, "shape_of", waits)
    with ThreadPoolExecutor(2) as pool:
        maker = pool.submit(scenes.take, {}, DEFINITION, ticket=ticket)
        assert begun.wait(20)
        waiter = pool.submit(scenes.take, {}, DEFINITION, ticket=Ticket())
        ticket.cancel()
        go_on.set()
        with pytest.raises(Superseded):
            maker.result(20)
        assert waiter.result(20)[1].coded.bins


def test_an_empty_store_is_a_scene_without_rows(empty_store, make_lines):
    scenes = Scenes(empty_store, Shelf(), "GBP")
    key, scene = scenes.take({}, DEFINITION)
    assert not scene.has_rows and scene.version == 0
    assert scene.coded.bins == {} and scene.population is None
    keys = [chart.key("net_sales") for chart in OVERVIEW]
    assert scene.wholes(keys) == {} and histograms(empty_store, scene.coded, keys, {"kind": Values(("Return",))}) == {}
    assert scene.wholes([Key((), "lines")]) == {Key((), "lines"): 0}
    assert shown(scene) == ["net_sales", "orders", "average_order_value", "return_rate", "transactions"]
    scenes.give_back(key)
    empty_store.append(make_lines(amount=[1, 2], kind=["Full Price", "Discount"]))
    later = scenes.take({}, DEFINITION)[1]
    assert later.has_rows and {"kind", "amount", "ordered_at"} <= set(later.coded.bins)


@pytest.mark.parametrize("scope", [
    {"channel": "Nowhere"}, {"ordered_at": "2030-01-01..2030-02-01"}, {"ordered_at": "..2001-01-01"},
    {"amount": "5000..6000", "without": "guests"}, {"within.scope": "", "within.selection": "sel.segment=Nobody"},
])  # fmt: skip
def test_an_empty_scope_is_a_scene_of_zeros(own_shop, scope):
    scene = take_scene(own_shop, scope)
    assert scene.has_rows and scene.population.customers == 0
    keys = [chart.key("customers") for chart in OVERVIEW]
    wholes = scene.wholes(keys)
    assert Key(("channel",), "customers") in wholes and not any(array.any() for array in wholes.values())


def test_a_source_without_customers_has_only_charts_of_lines(empty_store, make_lines):
    empty_store.append(make_lines(amount=[1, 2, 3], channel=["a", "b", "a"]))
    scene = take_scene(empty_store)
    assert scene.population is None and "segment" not in scene.coded.bins
    keys = [Key(("channel",), "net_sales"), Key(("channel",), "customers"), Key(("segment",), "lines")]
    assert {key: array.tolist() for key, array in scene.wholes(keys).items()} == {keys[0]: [4, 2]}
    nobody = take_scene(empty_store, {"within.scope": "", "within.selection": "sel.segment=Lost"})
    assert nobody.wholes([Key((), "lines")]) == {Key((), "lines"): 0}


def test_one_customer(empty_store, make_lines):
    empty_store.append(make_lines(amount=[1, 2], customer_id="only"))
    scene = take_scene(empty_store, definition={**DEFINITION, "k": None})
    keys = [chart.key("lines") for chart in (*OVERVIEW, *SEGMENTS) if set(chart.dims) <= set(scene.coded.bins)]
    wholes = scene.wholes(keys)
    assert Key(("segment",), "customers") in wholes
    assert all(array.sum() in (1, 2) for array in wholes.values())


def test_one_line_at_one_moment(empty_store, make_lines):
    empty_store.append(make_lines(amount=[1], ordered_at="2024-02-29T23:59:59"))
    cut = take_scene(empty_store).coded.bins["ordered_at"]
    assert (cut.edges, cut.labels) == ((datetime(2024, 2, 29), datetime(2024, 3, 1)), ("29 Feb 2024",))


def test_a_date_far_away_does_not_break_the_scene(empty_store, make_lines):
    empty_store.append(make_lines(amount=[1, 2, 3], ordered_at=["0099-01-01", "1970-01-01", "2024-06-30"]))
    scene = take_scene(empty_store)
    key = Key(("ordered_at",), "net_sales")
    array = scene.wholes([key])[key]
    assert array.sum() == 6 and array[0] == 1 and array[-1] == 3


def test_whoever_follows_takes_what_another_asked_for(scenes, own_shop):
    key, scene = scenes.take({}, DEFINITION)
    late, _ = scenes.take({}, DEFINITION)
    own_shop.append(as_batch(shop_rows(seed=6, lines=20)))
    second_key, second = scenes.take({}, DEFINITION, newer_than=key)
    own_shop.append(as_batch(shop_rows(seed=7, lines=20)))
    assert scenes.take({}, DEFINITION, newer_than=late) == (second_key, second)
    third_key, third = scenes.take({}, DEFINITION, newer_than=second_key)
    assert (scene.version, second.version, third.version) == (1, 2, 3)
    assert scenes.take({}, DEFINITION, newer_than=late)[1] is third
    assert scenes.take({"channel": "Online"}, DEFINITION, newer_than=late)[1].version == 3


def test_clusters_stay_as_rows_arrive_and_are_found_anew_now_and_then(own_shop, shelf, monkeypatch):
    clock, beside = [0.0], []
    scenes = Scenes(own_shop, shelf, "GBP", beside.append)
    monkeypatch.setattr(scenes_module.time, "monotonic", lambda: clock[0])
    key, first = scenes.take({}, DEFINITION)
    assert not first.is_carried
    own_shop.append(as_batch(shop_rows(seed=6, lines=20)))
    assert scenes.is_behind(first, key)
    clock[0] = scenes_module.REFIT_S - 1
    key, second = scenes.take({}, DEFINITION)
    assert second.is_carried and "nearest cluster" in " ".join(second.population.notes)
    assert second.population.clustering.positions_ == first.population.clustering.positions_
    assert not scenes.is_behind(second, key)
    clock[0] = scenes_module.REFIT_S + 1
    assert not scenes.is_behind(second, key), "its clusters are due, though not found yet"
    assert scenes.take({}, DEFINITION)[1] is second
    assert not scenes.is_behind(second, key) and len(beside) == 1, "they are looked for once"
    beside.pop()()
    assert scenes.is_behind(second, key), "its clusters are there, though no row arrived"
    third_key, third = scenes.take({}, DEFINITION)
    assert not third.is_carried and third.version == second.version and third_key != key
    assert not scenes.is_behind(third, third_key)
    assert scenes.is_behind(second, key), "whoever shows the earlier one still has it to come"
    clock[0] *= 3
    assert scenes.take({}, DEFINITION)[1] is third


def test_clusters_that_are_found_while_rows_arrive_are_those_of_the_next_scene(own_shop, shelf, monkeypatch):
    clock, beside = [0.0], []
    monkeypatch.setattr(scenes_module.time, "monotonic", lambda: clock[0])
    scenes = Scenes(own_shop, shelf, "GBP", beside.append)
    scenes.take({}, DEFINITION)
    own_shop.append(as_batch(shop_rows(seed=6, lines=400)))
    key, second = scenes.take({}, DEFINITION)
    clock[0] = scenes_module.REFIT_S + 1
    scenes.is_behind(second, key)
    own_shop.append(as_batch(shop_rows(seed=7, lines=20)))
    scene_of = Making.scene

    def found_meanwhile(making, *arguments, **how):
        made = scene_of(making, *arguments, **how)
        beside.pop()()
        return made

    monkeypatch.setattr(Making, "scene", found_meanwhile)
    key, third = scenes.take({}, DEFINITION)
    monkeypatch.setattr(Making, "scene", scene_of)
    assert third.is_carried and scenes.is_behind(third, key)
    assert third.population.clustering.positions_ == second.population.clustering.positions_
    own_shop.append(as_batch(shop_rows(seed=8, lines=20)))
    key, fourth = scenes.take({}, DEFINITION)
    before = second.population.clustering
    expected = fit_clusters(before.cells, DEFINITION.get("k"), before)
    assert fourth.is_carried and not scenes.is_behind(fourth, key)
    assert fourth.population.clustering.inertia_ == expected.inertia_ != before.inertia_
