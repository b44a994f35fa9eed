"""Answers: latest question first, nothing late, nothing held too long, one failure for one view."""

import queue
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from crossfilter.desk import CHARTS, Desk, Screen
from crossfilter.mirror import Mirror, as_batch, shop_rows

from retail_panel import answers, brush
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.errors import RetailPanelError
from retail_panel.session import Session
from retail_panel.store import Shelf, Store, Ticket

LINES = Key((), "net_sales")


@pytest.fixture(scope="module")
def rows():
    """Order lines of ten weeks."""
    return shop_rows(seed=21, lines=400)


@pytest.fixture(scope="module")
def shop(rows):
    """A store that holds them; tests only read it."""
    store = Store()
    store.append(as_batch(rows))
    yield store
    store.close()


@pytest.fixture(scope="module")
def scenes(shop):
    """Scenes that visitors one after the other share."""
    return Scenes(shop, Shelf(), "GBP")


@pytest.fixture
def desk(shop, scenes):
    """A visitor who has opened the page."""
    desk = Desk(shop, scenes)
    desk.open("rfm.k=3")
    yield desk
    desk.session.close()
    desk.settle()
    assert desk.holders == 0


@pytest.fixture
def selecting(desk):
    """The same visitor with something selected, so that no cubes are shared, and none are there ahead."""
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    return desk


@pytest.fixture
def growing(empty_store, rows):
    """A store of its own to which a test appends."""
    empty_store.append(as_batch(rows.iloc[:200]))
    return empty_store


def scratch(store):
    """Return the names of the scratch tables in the engine."""
    found = store.ask("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'scratch'")
    return set(found.column(0).to_pylist())


def at(parts, name, measure="net_sales"):
    """Return the array of a chart."""
    return parts[CHARTS[name].key(measure)]


def test_opening_shows_scene_charts_and_tiles(desk, rows):
    screen, session = desk.screen, desk.session
    assert screen.scenes == [session.scene] and len(screen.shown) == len(screen.tiles) == 1
    wholes, parts, filters = screen.shown[0]
    assert set(wholes) == set(screen.wants()) and filters == {}
    assert all(parts[key] is wholes[key] for key in wholes)
    assert screen.tiles[0].now["net_sales"] == pytest.approx(rows.amount.sum())
    assert (session.busy, session.problem, session.answers.settled) == (False, "", True)


def test_a_page_that_opens_is_not_counted_as_a_scope_change(shop, scenes):
    desk = Desk(shop, scenes)
    counted = [shop.tally.openings, shop.tally.scopes]
    before = [sum(times.read()[0]) for times in counted]
    desk.open("rfm.k=3")
    assert [sum(times.read()[0]) for times in counted] == [before[0] + 1, before[1]]
    desk.session.scope.channel = ["Online"]
    desk.settle()
    assert [sum(times.read()[0]) for times in counted] == [before[0] + 1, before[1] + 1]
    desk.session.close()


def test_what_is_made_ahead_for_anybody_gives_way_to_a_scope(desk, scenes):
    ahead = Ticket()
    scenes.note_ahead(ahead)
    desk.session.selection.set({"channel": Values(("Online",))})
    assert not ahead.cancelled
    desk.session.scope.channel = ["Online"]
    assert ahead.cancelled
    desk.settle()


def test_a_selection_is_shown_beside_the_whole(desk, rows):
    desk.session.selection.set({"channel": Values(("Online",))})
    assert not desk.session.answers.settled
    desk.settle()
    wholes, parts, filters = desk.screen.shown[-1]
    mirror = Mirror(rows, desk.session.scene)
    for chart in desk.screen.charts:
        key = chart.key("net_sales")
        np.testing.assert_allclose(wholes[key], mirror.histogram(key, {}), atol=1e-6)
        np.testing.assert_allclose(parts[key], mirror.histogram(key, filters), atol=1e-6)


def test_a_moving_brush_is_answered_from_the_cube(desk, rows):
    session, screen, time_chart = desk.session, desk.screen, CHARTS["time"]
    session.answers.brush.activate(time_chart)
    desk.settle()
    asked = len(desk.jobs)
    for ranges in (((3, 9),), ((4, 12),)):
        session.brush(time_chart, ranges, False)
        chart, parts = screen.moves[-1]
        clause = session.scene.coded.bins["ordered_at"].clause(list(range(*ranges[0])))
        expected = Mirror(rows, session.scene).histogram(CHARTS["segment"].key("x"), {"ordered_at": clause})
        assert chart is time_chart and np.array_equal(at(parts, "segment"), expected)
    assert len(desk.jobs) == asked and len(screen.moves) == 2
    assert session.selection.clauses == {} and time_chart.key("net_sales") not in screen.moves[-1][1]


def test_a_brush_before_its_cube_is_answered_when_it_comes_sums_first(selecting):
    selecting.session.brush(CHARTS["time"], ((3, 9),), False)
    assert selecting.screen.moves == []
    selecting.settle()
    first, second = (parts for _, parts in selecting.screen.moves)
    orders = Key((), "orders")
    assert LINES in first and LINES in second and orders not in first and orders in second


def test_moving_on_asks_for_no_second_cube(selecting):
    for low in range(5):
        selecting.session.brush(CHARTS["time"], ((low, low + 3),), False)
    assert len(selecting.jobs) == 1


def test_another_chart_takes_over(selecting):
    selecting.session.brush(CHARTS["time"], ((3, 9),), False)
    selecting.session.answers.brush.rest()
    selecting.session.brush(CHARTS["recency"], ((0, 1),), False)
    selecting.settle()
    assert {chart.name for chart, _ in selecting.screen.moves} == {"recency"}


def test_a_brush_is_answered_at_once_where_cubes_are_there(desk):
    desk.session.answers.brush.activate(CHARTS["time"])
    desk.settle()
    desk.session.answers.brush.activate(CHARTS["recency"])
    desk.settle()
    desk.session.brush(CHARTS["time"], ((3, 9),), False)
    ((chart, parts),) = desk.screen.moves
    assert chart.name == "time" and LINES in parts and Key((), "orders") in parts and desk.jobs == []


def test_a_brush_that_rests_is_selected_and_settled_exactly(desk):
    desk.session.brush(CHARTS["time"], ((3, 9),), False)
    desk.settle()
    desk.session.brush(CHARTS["time"], ((3, 9),), True)
    desk.settle()
    edges = desk.session.scene.coded.bins["ordered_at"].edges
    assert desk.session.selection.clauses == {"ordered_at": Range(edges[3], edges[9])}
    moved, (_, parts, filters) = desk.screen.moves[-1][1], desk.screen.shown[-1]
    assert filters == desk.session.selection.clauses
    np.testing.assert_allclose(at(moved, "channel"), at(parts, "channel"), atol=1e-9)
    assert desk.screen.tiles[-1].now["orders"] == moved[Key((), "orders")]


def test_of_a_brush_that_rests_only_what_its_cubes_lack_is_asked(desk, rows, monkeypatch):
    session, asked = desk.session, []
    session.selection.set({"channel": Values(("Online",))})
    session.brush(CHARTS["time"], ((3, 9),), False)
    desk.settle()
    ask = answers.histograms
    monkeypatch.setattr(answers, "histograms", lambda *a: asked.extend(key.dims for key in a[2]) or ask(*a))
    session.brush(CHARTS["time"], ((3, 9),), True)
    desk.settle()
    assert asked == [("ordered_at",)]
    _, parts, filters = desk.screen.shown[-1]
    assert set(filters) == {"channel", "ordered_at"}
    mirror = Mirror(rows, session.scene)
    for chart in desk.screen.charts:
        key = chart.key("net_sales")
        np.testing.assert_allclose(parts[key], mirror.histogram(key, filters), atol=1e-6)
    for name in ("net_sales", "orders", "customers", "units"):
        assert desk.screen.tiles[-1].now[name] == pytest.approx(mirror.figure(name, mirror.mask(filters)))


def test_charts_that_the_cubes_know_are_exact_as_soon_as_the_box_is_let_go(desk, rows):
    session = desk.session
    session.brush(CHARTS["time"], ((3, 9),), False)
    desk.settle()
    shown = len(desk.screen.shown)
    session.brush(CHARTS["time"], ((3, 9),), True)
    assert len(desk.screen.shown) == shown + 1 and not session.answers.settled
    _, parts, filters = desk.screen.shown[-1]
    mirror = Mirror(rows, session.scene)
    for chart in desk.screen.charts:
        key = chart.key("net_sales")
        np.testing.assert_allclose(parts[key], mirror.histogram(key, filters), atol=1e-6)
    desk.settle()
    assert len(desk.screen.shown) == shown + 1 and session.answers.settled


def test_a_brush_over_every_piece_is_settled_with_lines_in_none(desk, rows):
    size = desk.session.scene.coded.bins["recency_days"].size
    desk.session.brush(CHARTS["recency"], ((0, size),), False)
    desk.settle()
    desk.session.brush(CHARTS["recency"], ((0, size),), True)
    desk.settle()
    assert at(desk.screen.shown[-1][1], "channel").sum() == pytest.approx(rows.amount.sum())


def test_a_brush_that_ends_where_it_was_still_settles(desk):
    for ranges in (((3, 9),), ((3, 9),), ((0, 10**3),)):
        clipped = tuple((low, min(high, desk.session.scene.coded.bins["ordered_at"].size)) for low, high in ranges)
        desk.session.brush(CHARTS["time"], clipped, False)
        desk.settle()
        shown = len(desk.screen.shown)
        desk.session.brush(CHARTS["time"], clipped, True)
        desk.settle()
        assert len(desk.screen.shown) > shown
    assert desk.session.selection.clauses == {}


def test_taking_a_brush_away(desk):
    desk.session.brush(CHARTS["time"], ((3, 9),), True)
    desk.settle()
    desk.session.brush(CHARTS["time"], None, True)
    desk.settle()
    assert desk.session.selection.clauses == {} and desk.screen.shown[-1][2] == {}


def test_a_chart_that_clicks_or_that_the_source_lacks_has_no_cube(desk):
    desk.session.answers.brush.activate(CHARTS["channel"])
    assert desk.jobs == []
    lacking = CHARTS["time"].__class__("x", "X", ("nothing",), "lines", "columns", 3)
    desk.session.answers.brush.activate(lacking)
    desk.session.brush(lacking, ((0, 1),), True)
    assert desk.jobs == [] and desk.session.selection.clauses == {}


def test_a_superseded_question_is_never_shown(desk):
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.work()
    desk.session.selection.set({"channel": Values(("In-store",))})
    desk.settle()
    assert [filters["channel"].values for _, _, filters in desk.screen.shown[1:]] == [("In-store",)]
    assert len(desk.screen.tiles) == 2


def test_a_superseded_scene_is_never_shown_and_given_back(shop):
    desk = Desk(shop)
    desk.open("rfm.k=3")
    desk.session.scope.channel = ["Online"]
    desk.work()
    desk.session.scope.channel = ["In-store"]
    desk.settle()
    assert [scene.query for scene in desk.screen.scenes] == [{}, {"channel": "In-store"}]
    assert desk.holders == 1 and len(desk.shelf) == 1
    desk.session.close()


def test_late_answers_for_an_old_scene_are_never_shown(desk):
    desk.session.selection.set({"kind": Values(("Return",))})
    desk.session.brush(CHARTS["time"], ((3, 9),), False)
    desk.work()
    desk.session.scope.channel = ["Online"]
    desk.session.answers.brush.rest()
    desk.settle()
    assert desk.screen.moves == [] and len(desk.screen.shown) == 2
    wholes = desk.screen.shown[-1][0]
    assert wholes == desk.session.scene.wholes(list(wholes))


def test_a_scene_whose_bins_changed_drops_the_brush_in_the_air(desk):
    desk.session.brush(CHARTS["time"], ((60, 65),), False)
    desk.session.scope.since = desk.session.scene.catalogue.last.date() - timedelta(days=5)
    desk.settle()
    assert desk.session.problem == "" and desk.screen.shown[-1][2] == {}
    desk.session.brush(CHARTS["time"], ((1, 3),), True)
    desk.settle()
    assert list(desk.session.selection.clauses) == ["ordered_at"]


def test_rows_that_arrive_during_a_drag_keep_the_brush(growing, rows, monkeypatch):
    desk = Desk(growing)
    session = desk.open("rfm.k=3")
    session.brush(CHARTS["recency"], ((0, 2),), False)
    desk.settle()
    growing.append(as_batch(rows.iloc[200:210].assign(ordered_at=rows.ordered_at.iloc[:200].max())))
    monkeypatch.setattr(brush, "CALM_S", 60.0)
    assert not session.tick(), "the pointer has moved just now"
    monkeypatch.setattr(brush, "CALM_S", 0.0)
    assert session.tick()
    desk.settle()
    assert session.scene.version == 2
    assert "recency_days" in desk.screen.shown[-1][2] and session.selection.clauses == {}
    moves = len(desk.screen.moves)
    session.brush(CHARTS["recency"], ((0, 3),), False)
    desk.settle()
    assert len(desk.screen.moves) > moves


def test_a_brush_over_everything_in_the_air_is_no_filter(desk):
    size = desk.session.scene.coded.bins["ordered_at"].size
    desk.session.brush(CHARTS["time"], ((0, size),), False)
    desk.session.measure = "units"
    desk.settle()
    assert desk.screen.shown[-1][2] == {} and desk.session.problem == ""


def test_a_view_that_fails_shows_its_own_error(desk, monkeypatch):
    def failing(question, *arguments, **more):
        text = desk.store.sql(question)
        if "c_kind" in text and "GROUP BY" in text:
            raise RetailPanelError("refused")
        return ask(question, *arguments, **more)

    ask = desk.store.ask
    monkeypatch.setattr(desk.store, "ask", failing)
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    desk.session.measure = "units"
    desk.settle()
    for (wholes, parts, _), measure in zip(desk.screen.shown[-2:], ("net_sales", "units"), strict=True):
        assert isinstance(at(parts, "kind", measure), RetailPanelError)
        assert at(parts, "channel", measure).shape == at(wholes, "channel", measure).shape
        assert not any(isinstance(whole, Exception) for whole in wholes.values())
    assert len(desk.screen.tiles) == 3 and desk.session.problem == ""


def test_a_member_that_fails_does_not_stop_the_others(desk, caplog):
    class Breaking(Screen):
        def show(self, wholes, parts, filters):
            raise ValueError("broken glass")

    desk.session.answers.audience.insert(0, Breaking(desk.session, ["tier"]))
    desk.session.measure = "units"
    desk.settle()
    assert len(desk.screen.shown) == 2 and "broken glass" in desk.session.problem
    assert "Breaking failed" in caplog.text


def test_a_failed_scene_is_told_and_the_next_one_heals(desk, monkeypatch, caplog):
    take = desk.scenes.take
    for error in (RetailPanelError("the store could not answer: full"), KeyError("odd")):
        monkeypatch.setattr(desk.scenes, "take", _raising(error))
        desk.session.scope.channel = ["Online"]
        desk.settle()
        assert str(error) in desk.session.problem and not desk.session.busy
        monkeypatch.setattr(desk.scenes, "take", take)
        desk.session.scope.channel = []
        desk.settle()
        assert desk.session.problem == "" and desk.session.scene.query == {}
    assert "a question failed" in caplog.text


def _raising(error):
    def raising(*arguments, **more):
        raise error

    return raising


def test_tiles_that_fail_are_told_and_do_not_block_the_refresh(desk, monkeypatch):
    monkeypatch.setattr("retail_panel.answers.tile_answers", _raising(RetailPanelError("no tiles today")))
    desk.session.selection.set({"kind": Values(("Discount",))})
    desk.settle()
    assert desk.session.problem == "no tiles today" and desk.session.answers.settled
    assert desk.screen.shown[-1][2] == {"kind": Values(("Discount",))}


def test_studies_do_not_wait_for_tiles(desk, monkeypatch):
    answers, order = desk.session.answers, []
    monkeypatch.setattr(desk.screen, "show_tiles", lambda found: order.append("tiles"))
    monkeypatch.setattr(desk.screen, "show", lambda *shown: order.append("charts"))
    answers.followers.append(lambda scene, filters: order.append("studies"))
    answers.settle()
    desk.settle()
    assert order == ["charts", "studies", "tiles"]


def test_studies_begin_beside_the_charts_of_a_page_without_tiles(desk, monkeypatch):
    answers, order = desk.session.answers, []
    desk.screen.has_tiles = False
    monkeypatch.setattr(desk.screen, "show", lambda *shown: order.append("charts"))
    answers.followers.append(lambda scene, filters: order.append("studies"))
    desk.session.selection.set({"kind": Values(("Discount",))})
    assert order == ["studies"] and not answers.settled
    desk.settle()
    assert order == ["studies", "charts"] and answers.settled


@pytest.mark.parametrize("change", ["scope", "selection"])
def test_where_no_tiles_are_on_the_screen_none_are_asked_for(desk, monkeypatch, change):
    session, led = desk.session, []
    session.answers.followers.append(lambda scene, filters: led.append((scene.query, filters)))
    monkeypatch.setattr("retail_panel.answers.tile_answers", _raising(AssertionError("asked for")))
    desk.screen.has_tiles = False
    if change == "scope":
        session.scope.channel = ["Online"]
    else:
        session.selection.set({"kind": Values(("Discount",))})
    desk.settle()
    assert (session.problem, session.answers.settled, len(led)) == ("", True, 1)
    assert len(desk.screen.tiles) == 1


def test_a_brush_that_the_cubes_know_needs_no_tiles_where_there_are_none(desk):
    session, led = desk.session, []
    desk.screen.has_tiles = False
    session.answers.brush.activate(CHARTS["time"])
    desk.settle()
    session.answers.followers.append(lambda scene, filters: led.append(filters))
    session.brush(CHARTS["time"], ((1, 2),), True)
    desk.settle()
    assert session.answers.settled and led == [session.selection.clauses] and len(desk.screen.tiles) == 1


def test_tiles_are_exact_once_they_come_back(desk):
    desk.screen.has_tiles = False
    desk.session.selection.set({"kind": Values(("Discount",))})
    desk.settle()
    desk.screen.has_tiles = True
    desk.session.answers.settle()
    desk.settle()
    known = Desk(desk.store)
    known.open("rfm.k=3")
    known.session.selection.set({"kind": Values(("Discount",))})
    known.settle()
    assert desk.screen.tiles[-1].now == known.screen.tiles[-1].now
    known.session.close()
    known.settle()


@pytest.mark.parametrize("after", ["nothing", "asking", "work", "scene", "brush", "scope", "scope and work"])
def test_closing_gives_everything_back(shop, after):
    desk, before = Desk(shop), scratch(shop)
    if after != "nothing":
        desk.session.restore("rfm.k=3")
    if after == "work":
        desk.work()
    elif after != "asking":
        desk.settle()
    if after == "brush":
        desk.session.brush(CHARTS["time"], ((1, 2),), False)
        desk.work()
    if after.startswith("scope"):
        desk.session.scope.channel = ["Online"]
    if after == "scope and work":
        desk.work()
    desk.session.close()
    desk.work()
    assert desk.holders == 0 and len(desk.shelf) == 0
    desk.show()
    desk.session.close()
    assert desk.holders == 0
    assert scratch(shop) == before


def test_two_visitors_share_a_scene_until_both_have_left(shop):
    one = Desk(shop)
    other = Desk(shop, one.scenes)
    assert one.open("rfm.k=3").scene is other.open("rfm.k=3").scene and one.holders == 2
    one.session.close()
    other.session.selection.set({"kind": Values(("Return",))})
    other.settle()
    assert other.session.problem == "" and other.screen.shown[-1][2]
    other.session.close()
    assert one.holders == 0 and len(one.shelf) == 0


def test_with_a_thread_of_its_own(shop, rows):
    loop, shelf = queue.Queue(), Shelf(spare=0)
    with ThreadPoolExecutor(1) as workers:
        session = Session(shop, Scenes(shop, shelf, "GBP"), workers, loop.put)
        screen = Screen(session, ["time", "channel"])
        session.answers.audience.append(screen)
        session.restore("rfm.k=3")
        _run(loop, lambda: screen.tiles)
        for value in ("Online", "In-store", "Online", "(none)"):
            session.click(CHARTS["channel"], session.scene.coded.bins["channel"].labels.index(value), add=False)
        session.brush(CHARTS["time"], ((2, 20),), False)
        _run(loop, lambda: screen.moves and LINES in screen.moves[-1][1])
        session.brush(CHARTS["time"], ((2, 20),), True)
        _run(loop, lambda: screen.tiles[-1].now and "ordered_at" in screen.shown[-1][2] and session.answers.settled)
        filters = session.selection.clauses
        assert screen.shown[-1][2] == filters and filters["channel"] == Values(("(none)",))
        mirror = Mirror(rows, session.scene)
        assert screen.tiles[-1].now["net_sales"] == pytest.approx(mirror.figure("net_sales", mirror.mask(filters)))
        session.close()
    assert sum(shelf._holders.values()) == 0 and len(shelf) == 0 and session.problem == ""


def _run(loop, done):
    deadline = time.monotonic() + 20
    while not done():
        loop.get(timeout=max(0.01, deadline - time.monotonic()))()
