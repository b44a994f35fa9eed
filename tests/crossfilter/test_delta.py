"""What grown scenes add to sums of before equals what is asked of all lines."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfilter.mirror import DEFINITION, as_batch, shop_rows
from crossfilter.test_growth import SCOPES, arriving
from retail_panel.crossfilter import delta
from retail_panel.crossfilter.coded import Coded
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.measures import MEASURES
from retail_panel.store import RowPolicy, Shelf, Store, Superseded, Ticket
from retail_panel.store.retention import roll_up
from retail_panel.tiles import shown, tile_answers

NAMES = [name for name, m in MEASURES.items() if m.table == "order_line" and not m.parts and m.whole is None]
KEYS = [Key((dim,), name) for dim in ("ordered_at", "channel", "amount", "hour", "segment") for name in NAMES]
PAIRS = [Key(dims, name) for dims in (("category",), ("amount",), ("ordered_at",), ()) for name in NAMES]


def cube_of(coded, filters=()):
    """Return the cube of what adds up of a brush on channels."""
    cube = Cube(("channel",), (coded.bins["channel"].size,))
    fill_sums(coded.store, coded, cube, PAIRS, dict(filters))
    return {key: array for key, _, array in cube.arrays()}


def answers(scene):
    """Return what charts, tiles and brushes ask of a whole scope."""
    store = scene.coded.store
    wholes = scene.wholes(KEYS)
    tiles = tile_answers(store, scene, scene.query, {}, WAYS[0], scene.policy, None)
    return wholes, cube_of(scene.coded), {**tiles.now, **{f"{name} by day": line for name, line in tiles.lines.items()}}


def made_anew(store, scene):
    """Return a scene of the same lines that nothing was asked of before."""
    every = store.keep("anew", scene.coded.sql, scene.policy)
    coded = Coded(store, "anew", every, scene.coded.bins, None, every, None)
    return replace(scene, coded=coded, _wholes={})


def same(found, expected):
    """Compare the answers of two scenes."""
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys() and one
        for key in one:
            # Not only close: what is zero stays zero, and a tile does not flicker.
            assert np.array_equal(np.asarray(one[key], float), np.asarray(other[key], float), equal_nan=True), key


@pytest.fixture
def spied(monkeypatch):
    """Tells how many sums were asked of all lines."""
    asked, ask = [], delta._asked
    monkeypatch.setattr(delta, "_asked", lambda coded, keys, ticket: asked.extend(keys) or ask(coded, keys, ticket))
    return asked


@settings(max_examples=3, deadline=None)
@given(
    scope=st.sampled_from(SCOPES), some=st.booleans(), rolled=st.booleans(),
    arrivals=st.lists(st.tuples(st.integers(0, 10_000), st.integers(3, 60), st.integers(-40, 75), st.booleans()),
                      min_size=1, max_size=3),
)  # fmt: skip
def test_any_rows_that_arrive(scope, some, rolled, arrivals):
    policy = RowPolicy((("brand", ("North",)),)) if some else RowPolicy()
    store = Store()
    try:
        store.append(as_batch(shop_rows(seed=3, lines=600)))
        if rolled:
            roll_up(store, 60)
        scenes = Scenes(store, Shelf(spare=0), "GBP")
        key, scene = scenes.take(scope, DEFINITION, policy)
        answers(scene)
        for seed, lines, day, is_asked in arrivals:
            first = pd.Timestamp("2024-02-20") + pd.Timedelta(day, "D")
            store.append(as_batch(shop_rows(seed=seed, lines=lines, first=first, days=2)))
            earlier, (key, scene) = key, scenes.take(scope, DEFINITION, policy)
            scenes.give_back(earlier)
            # Where nobody looks in between, the lines of several versions are added at once.
            if is_asked:
                same(answers(scene), answers(made_anew(store, scene)))
        same(answers(scene), answers(made_anew(store, scene)))
    finally:
        store.close()


@pytest.fixture
def shop(empty_store):
    """A shop whose last day is 29 April."""
    empty_store.append(as_batch(shop_rows(seed=5, lines=900)))
    empty_store.append(arriving(5, seed=1))
    return empty_store


def test_only_new_lines_are_read(shop, spied):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    key, scene = scenes.take({}, DEFINITION)
    answers(scene)
    assert {key.dims for key in spied} >= {("channel",), ("channel", "category"), (), ("ordered_at",)}
    assert not [key for key in spied if "segment" in key.dims or key.measure in ("customers", "new_customers")]
    spied.clear()
    for seed in (8, 9):
        shop.append(arriving(6, seed=seed))
        later, scene = scenes.take({}, DEFINITION)
        scenes.give_back(key)
        key = later
        found = answers(scene)
        assert spied == []
        same(found, answers(made_anew(shop, scene)))


def test_a_scene_of_before_answers_for_itself(shop, spied):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    _, first = scenes.take({}, DEFINITION)
    before = answers(first)
    shop.append(arriving(6))
    _, second = scenes.take({}, DEFINITION)
    answers(second)
    spied.clear()
    first._wholes.clear()
    same(answers(first), before)
    assert spied
    spied.clear()
    second._wholes.clear()
    same(answers(second), answers(made_anew(shop, second)))
    assert spied == []


def test_sums_by_two_dimensions_are_asked_for_once(shop, spied):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    _, scene = scenes.take({}, DEFINITION)
    sums = scene.coded.sums
    dims = ("channel", "category", "ordered_at")
    asked = sums.of(scene.coded, [Key(dims, "net_sales"), Key(dims[:2], "net_sales")])
    spied.clear()
    turned = sums.of(scene.coded, [Key(dims[::-1], "net_sales"), Key(("category", "channel"), "net_sales")])
    assert spied == []
    assert np.array_equal(turned[dims[::-1], "net_sales"], asked[dims, "net_sales"].T)
    assert np.array_equal(turned[("category", "channel"), "net_sales"], asked[dims[:2], "net_sales"].T)
    sums.of(scene.coded, [Key(("category", "channel"), "lines")])
    assert spied == [Key(("category", "channel"), "lines")]


def test_of_many_new_lines_and_under_a_selection_all_lines_are_asked(shop, spied, monkeypatch):
    scenes = Scenes(shop, Shelf(spare=0), "GBP")
    _, first = scenes.take({}, DEFINITION)
    answers(first)
    spied.clear()
    monkeypatch.setattr(delta, "MOST_LINES", 5)
    shop.append(arriving(6))
    _, second = scenes.take({}, DEFINITION)
    same(answers(second), answers(made_anew(shop, second)))
    assert spied
    spied.clear()
    clause = {"category": second.coded.bins["category"].clause([0])}
    same([cube_of(second.coded, clause)], [cube_of(made_anew(shop, second).coded, clause)])
    assert spied == []


def test_what_is_remembered_is_bounded_and_a_question_that_is_called_off_leaves_nothing(shop, monkeypatch):
    _, scene = Scenes(shop, Shelf(spare=0), "GBP").take({}, DEFINITION)
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        scene.wholes(KEYS, ticket)
    assert not scene.coded.sums._held
    monkeypatch.setattr(delta, "MOST_BYTES", 2_000)
    cube_of(scene.coded)
    held = scene.coded.sums._held.values()
    assert 0 < sum(array.nbytes for _, array in held) <= 2_000


def test_a_sum_that_cannot_be_asked_for_stops_no_other_chart(shop, monkeypatch):
    _, scene = Scenes(shop, Shelf(spare=0), "GBP").take({}, DEFINITION)
    expected = histograms(shop, scene.coded, KEYS, {})
    monkeypatch.setattr(delta, "histogram_question", lambda *given: "SELECT nonsense")
    found = scene.wholes(KEYS)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[key], expected[key]) for key in found)


def test_names_are_those_of_tiles(shop):
    _, scene = Scenes(shop, Shelf(spare=0), "GBP").take({}, DEFINITION)
    assert set(shown(scene)) <= set(answers(scene)[2])
