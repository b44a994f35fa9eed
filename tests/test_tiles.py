"""Tiles: exact figures under the selection, live figures under a moving brush, earlier periods, sparklines."""

from datetime import datetime

import numpy as np
import pytest
from crossfilter.mirror import DEFINITION, Mirror, as_batch, middle, shop_rows, take_scene

from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.comparison import LAST_YEAR, PREVIOUS
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.distinct_cube import fill_distinct
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.measures import MEASURES
from retail_panel.store import EVERYTHING, RowPolicy, Shelf, Store
from retail_panel.tiles import MOST, TILES, foresee_tiles, known_tiles, leaves, live_figure, shown, tile_answers

FIRST, DAYS = "2023-01-01", 540
FILTERS = {
    "no filter": {},
    "a channel": {"channel": Values(("Online",))},
    "recent customers": {"recency_days": Range(None, 20)},
    "a segment, an hour and large lines": {
        "segment": Values(("Champions", "Loyal", "At Risk", "New")), "hour": Values(("09", "10", "11", "12", "13")),
        "amount": Range(200_000, None),
    },
    "no value of that name": {"tier": Values(("Iron",))},
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    """Order lines over a year and a half, the 29th of February 2024 in it."""
    return shop_rows(seed=3, lines=1200, first=FIRST, days=DAYS)


@pytest.fixture(scope="module")
def shop(rows):
    """A store that holds them."""
    store = Store()
    store.append(as_batch(rows))
    yield store
    store.close()


@pytest.fixture(scope="module")
def scene(shop):
    """The scene of the sales of 2024, a leap year."""
    return take_scene(shop, {"ordered_at": "2024-01-01.."})


@pytest.fixture(scope="module")
def mirror(rows, scene):
    """Every row in pandas, with the segments that the sales of 2024 give."""
    return Mirror(rows, scene)


@pytest.fixture(autouse=True)
def every_tile(monkeypatch):
    """Show all the tiles there are."""
    monkeypatch.setattr("retail_panel.tiles.MOST", len(TILES))


def ask(scene, filters, way=PREVIOUS):
    """Return the tiles' answers."""
    return tile_answers(scene.coded.store, scene, scene.query, filters, way, EVERYTHING, None)


def expected(mirror, names, filters, span):
    """Return the figures of a period by pandas, under filters on anything but time."""
    keep = mirror.mask({**filters, "ordered_at": span})
    return {name: _figure(mirror, name, keep) for name in names}


def _figure(mirror, name, keep):
    parts = MEASURES[name].parts
    return MEASURES[name].combined([_figure(mirror, p, keep) for p in parts]) if parts else mirror.figure(name, keep)


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_tiles_obey_scope_and_every_filter(scene, mirror, filters):
    answers = ask(scene, filters)
    assert list(answers.now) == list(TILES)
    span = Range(datetime(2024, 1, 1), None)
    assert answers.now == pytest.approx(expected(mirror, TILES, filters, span), nan_ok=True)


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize(("way", "days"), [
    (PREVIOUS, ("2023-07-10", "2024-01-01")), (LAST_YEAR, ("2023-01-01", "2023-06-24")),
])  # fmt: skip
def test_the_earlier_period_has_the_same_scope_and_selection(rows, scene, mirror, filters, way, days):
    assert rows.ordered_at.max().date() == datetime(2024, 6, 23).date()
    answers = ask(scene, filters, way)
    span = Range(*map(datetime.fromisoformat, days))
    assert answers.span == Range(datetime(2024, 1, 1), datetime(2024, 6, 24)) and answers.before_span == span
    assert answers.before == pytest.approx(expected(mirror, TILES, filters, span), nan_ok=True)


BRUSHES = (
    (PREVIOUS, "2024-02-05", "2024-02-12", "2024-01-29"),
    (LAST_YEAR, "2024-02-29", "2024-03-01", "2023-02-28"),
    (LAST_YEAR, "2024-02-01", "2024-03-01", "2023-02-01"),
)


@pytest.mark.parametrize(("way", "low", "high", "before"), BRUSHES)
def test_a_brush_on_time_is_compared_with_days_before_it(shop, rows, way, low, high, before):
    scene = take_scene(shop, {"ordered_at": "2024-01-29..2024-03-11"})
    assert scene.coded.bins["ordered_at"].step == "day"
    low, high, before = map(datetime.fromisoformat, (low, high, before))
    answers = ask(scene, {"ordered_at": Range(low, high), "kind": Values(("Full Price", "Return"))}, way)
    assert (answers.span, answers.before_span.low) == (Range(low, high), before)
    mirror = Mirror(rows, scene)
    for found, span in ((answers.now, answers.span), (answers.before, answers.before_span)):
        kinds = {"kind": Values(("Full Price", "Return"))}
        assert found == pytest.approx(expected(mirror, TILES, kinds, span), nan_ok=True)


SCOPES = ({}, {"ordered_at": "2023-12-11..", "channel": "Online,In-store"}, {"ordered_at": "2024-01-29..2024-03-11"})


@pytest.mark.parametrize("way", [PREVIOUS, LAST_YEAR])
@pytest.mark.parametrize("query", SCOPES, ids=["all", "some channels", "days"])
def test_a_box_on_time_is_answered_without_a_question_as_with_one(shop, query, way, monkeypatch):
    scene, rng = take_scene(shop, query), np.random.default_rng(4)
    keys = [Key((), leaf) for name in TILES for leaf in leaves(name)]
    cube = Cube(("ordered_at",), (scene.coded.bins["ordered_at"].size,))
    fill_sums(shop, scene.coded, cube, keys, {})
    fill_distinct(shop, scene.coded, cube, keys, {})
    boxes = [tuple(sorted(rng.choice(cube.sizes[0], 2, replace=False).tolist())) for _ in range(4)]
    filters = [{"ordered_at": scene.coded.bins["ordered_at"].clause(list(range(*box)))} for box in boxes]
    assert known_tiles(scene, filters[0], way, cube.answer((boxes[0],))) is None
    asked = [ask(scene, each, way) for each in filters]
    foresee_tiles(shop, scene, EVERYTHING, None)
    monkeypatch.setattr(shop, "ask", None)
    compared = 0
    for box, each, expected in zip(boxes, filters, asked, strict=True):
        found = known_tiles(scene, each, way, cube.answer((box,)))
        assert (found.span, found.before_span) == (expected.span, expected.before_span)
        assert found.now == pytest.approx(expected.now) and found.before == pytest.approx(expected.before)
        assert found.lines.keys() == expected.lines.keys()
        for name, line in expected.lines.items():
            np.testing.assert_allclose(found.lines[name], line)
        compared += bool(found.before)
    assert compared
    # Another filter takes a question, and so does what the cube does not know.
    assert known_tiles(scene, {**filters[0], "kind": Values(("Return",))}, way, cube.answer((boxes[0],))) is None
    assert known_tiles(scene, filters[0], way, {}) is None


def test_a_timeline_obeys_the_policy_and_the_version(empty_store, make_lines):
    days = ["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"]
    empty_store.append(make_lines(ordered_at=days, amount=[1, 10, 2, 20], channel=["a", "b"] * 2))
    policy, scope = RowPolicy((("channel", ("a",)),)), {"ordered_at": "2024-01-02..2024-01-03"}
    scene = Scenes(empty_store, Shelf(), "GBP").take(scope, DEFINITION, policy)[1]
    empty_store.append(make_lines(ordered_at="2024-01-01", amount=[50], channel="a"))
    foresee_tiles(empty_store, scene, policy, None)
    answers = tile_answers(empty_store, scene, scope, {}, PREVIOUS, policy, None)
    assert scene.answered("timeline") is not None
    assert (answers.now["net_sales"], answers.before["net_sales"]) == (2, 1)


def test_of_very_many_days_each_period_is_asked_for(empty_store, make_lines):
    empty_store.append(make_lines(ordered_at=["2010-01-01", "2024-01-02"], amount=[1, 2]))
    scene = take_scene(empty_store)
    foresee_tiles(empty_store, scene, EVERYTHING, None)
    assert scene.answered("timeline") is None


@pytest.mark.parametrize("way", [PREVIOUS, LAST_YEAR])
def test_no_comparison_where_the_store_does_not_reach_back(shop, way):
    answers = ask(take_scene(shop), {}, way)
    assert answers.before_span is None and answers.before == {} and answers.now["net_sales"]


def test_the_earlier_period_sees_only_the_rows_of_its_version(empty_store, make_lines):
    empty_store.append(make_lines(ordered_at=["2024-01-01", "2024-01-02"], amount=[1, 2]))
    scene = take_scene(empty_store, {"ordered_at": "2024-01-02..2024-01-03"})
    empty_store.append(make_lines(ordered_at="2024-01-01", amount=[50]))
    answers = ask(scene, {})
    assert (answers.now["net_sales"], answers.before["net_sales"]) == (2, 1)


def test_a_policy_holds_for_the_earlier_period_too(empty_store, make_lines):
    days = ["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-02"]
    empty_store.append(make_lines(ordered_at=days, amount=[1, 10, 2, 20], channel=["a", "b"] * 2))
    policy, scope = RowPolicy((("channel", ("a",)),)), {"ordered_at": "2024-01-02..2024-01-03"}
    scene = Scenes(empty_store, Shelf(), "GBP").take(scope, DEFINITION, policy)[1]
    answers = tile_answers(empty_store, scene, scope, {}, PREVIOUS, policy, None)
    assert (answers.now["net_sales"], answers.before["net_sales"]) == (2, 1)


@pytest.mark.parametrize("filters", [
    {"segment": Values(("Champions",))}, {"frequency": Range(2, None)}, {"tier": Values(("Gold",))},
])  # fmt: skip
def test_a_filter_on_what_the_source_lacks_leaves_nothing_in_either_period(empty_store, make_lines, filters):
    empty_store.append(make_lines(ordered_at=["2024-01-01", "2024-01-02"], amount=[1, 2]))
    answers = ask(take_scene(empty_store, {"ordered_at": "2024-01-02..2024-01-03"}), filters)
    assert (answers.now["net_sales"], answers.before["net_sales"]) == (0, 0)


ACTIVE = [("ordered_at",), ("amount",), ("recency_days",), ("monetary",), ("hour", "weekday"), ("r", "f")]


@pytest.mark.parametrize("dims", ACTIVE, ids=" ".join)
def test_live_figures_are_the_exact_ones_or_none(shop, scene, dims):
    coded, rng = scene.coded, np.random.default_rng(1)
    cube = Cube(dims, tuple(coded.bins[d].size for d in dims))
    keys = [Key((), leaf) for name in TILES for leaf in leaves(name)]
    filters = {"channel": middle(scene, "channel")}
    fill_sums(shop, coded, cube, keys, filters)
    if len(dims) == 1:
        fill_distinct(shop, coded, cube, keys, filters)
    known = set()
    for _ in range(3):
        ranges = tuple(sorted(rng.choice(size + 1, 2, replace=False).tolist()) for size in cube.sizes)
        brush = {d: coded.bins[d].clause(list(range(*span))) for d, span in zip(dims, ranges, strict=True)}
        if None in brush.values():
            continue
        exact, parts = ask(scene, {**filters, **brush}).now, cube.answer(ranges)
        for name in TILES:
            live = live_figure(name, parts)
            if all(Key((), leaf) in parts for leaf in leaves(name)):
                known.add(name)
                assert live == (None if exact[name] is None else pytest.approx(exact[name])), (name, ranges)
            else:
                assert live is None
    assert {"net_sales", "return_rate", "units", "gross_margin_rate"} <= known
    assert ("repeat_rate" in known) == (len(dims) == 1)


def test_a_rate_of_nothing_is_none():
    parts = {Key((), "gross_sales"): np.float64(0), Key((), "returns_value"): np.float64(0)}
    assert live_figure("return_rate", parts) is None and live_figure("net_sales", parts) is None


def test_sparklines_follow_the_pieces_of_time(scene, mirror):
    lines = ask(scene, {"channel": Values(("Online",))}).lines
    kept = mirror.mask({"channel": Values(("Online",)), "ordered_at": Range(datetime(2024, 1, 1), None)})
    codes = mirror.codes("ordered_at")
    assert set(lines) == set(TILES) - {"repeat_rate"}
    for name in ("net_sales", "orders", "average_order_value"):
        each = [_figure(mirror, name, kept & (codes == code)) for code in range(scene.coded.bins["ordered_at"].size)]
        np.testing.assert_allclose(lines[name], [np.nan if value is None else value for value in each])


def test_sparklines_of_a_brush_show_its_pieces_only(scene):
    clause = middle(scene, "ordered_at")
    codes = scene.coded.bins["ordered_at"].codes(clause)
    brushed, whole = ask(scene, {"ordered_at": clause}).lines, ask(scene, {}).lines
    np.testing.assert_allclose(brushed["net_sales"], whole["net_sales"][codes])
    outside = ask(scene, {"ordered_at": Range(None, datetime(2023, 5, 1))})
    assert len(outside.lines["net_sales"]) == 0 and outside.now["net_sales"] == 0


def test_what_the_source_lacks_has_no_tile(empty_store, make_lines, monkeypatch):
    empty_store.append(make_lines(amount=[1, 2]))
    assert shown(take_scene(empty_store)) == [
        "net_sales", "orders", "average_order_value", "return_rate", "transactions",
    ]  # fmt: skip
    empty_store.append(make_lines(amount=[1], kind=["Discount"], quantity=2, customer_id="a"))
    assert set(TILES) - set(shown(take_scene(empty_store))) == {"gross_margin_rate"}
    monkeypatch.setattr("retail_panel.tiles.MOST", MOST)
    assert len(shown(take_scene(empty_store))) == MOST


def test_an_empty_store_has_tiles_without_figures(empty_store):
    answers = ask(take_scene(empty_store), {"channel": Values(("Online",))})
    assert answers.span is None and answers.before_span is None and answers.lines == {}
    assert answers.now["net_sales"] == 0 and answers.now["average_order_value"] is None
