"""What goes to the browser for a moving brush, and who answers it."""

from dataclasses import replace

import numpy as np
import pytest
from crossfilter.desk import CHARTS, Desk

from retail_panel.crossfilter.cargo import KINDS
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.histogram import Key
from retail_panel.crossfilter.scene import Scene
from retail_panel.formats import style
from retail_panel.pages.brush_path import EXACT, FREE, LET_GO, NO_CUBE, STOCK, BrushPath
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.tiles import TileRow, figure_part
from retail_panel.portal.person import LOCAL
from retail_panel.store import RowPolicy
from retail_panel.tiles import shown

TIME, RHYTHM = CHARTS["time"], CHARTS["rhythm"]


@pytest.fixture
def boxes():
    """The boxes of which the browser has been told that charts are exact."""
    return []


@pytest.fixture
def sent(boxes, monkeypatch):
    """All other messages to the browser."""

    def send(path, message):
        boxes.append(message["box"]) if message["number"] == EXACT else sent.append(message)

    sent = []
    monkeypatch.setattr(BrushPath, "_send_msg", send)
    return sent


@pytest.fixture
def path(desk, sent, monkeypatch):
    """The path of a visitor who has come to the time chart of a page of tiles and charts before anything was ahead."""
    desk.session.answers.audience.clear()
    charts = [CHARTS[name] for name in ("time", "channel", "segment", "rhythm")]
    grid = ChartGrid(charts, desk.session, print, "overview")
    tiles = TileRow(desk.session, print, "overview")
    path = BrushPath(desk.session.answers)
    path.grid, path.tiles = grid, tiles
    with monkeypatch.context() as early:
        early.setattr(desk.session.answers.brush, "prepare", lambda: None)
        early.setattr(Scene, "answered", lambda scene, key: None)
        desk.open("rfm.k=3")
        desk.session.answers.brush.activate(TIME)
        desk.settle()
    desk.session.answers.look_ahead()
    desk.settle()
    return path


@pytest.fixture
def cubes_of(shop, scenes, sent):
    """A function that lets a person open the page and come to the time chart; returns the cubes they were sent."""

    def cubes_of(**rights):
        desk = Desk(shop, scenes, person=replace(LOCAL, **rights))
        desk.session.answers.audience.clear()
        ChartGrid([TIME, CHARTS["channel"]], desk.session, print, "overview")
        TileRow(desk.session, print, "overview")
        BrushPath(desk.session.answers)
        desk.open("rfm.k=3")
        desk.session.brush(TIME, ((1, 5),), False)
        desk.settle()
        cubes = [message for message in sent if message["number"]]
        sent.clear()
        desk.session.close()
        return cubes

    return cubes_of


def live(path, name):
    """Return a chart on the screen."""
    return next(card.live for card in path.grid.cards if card.chart.name == name)


@pytest.fixture
def asked(shop, monkeypatch):
    """Questions to the store."""
    questions, ask = [], shop.ask
    monkeypatch.setattr(shop, "ask", lambda *asked, **more: questions.append(asked[0]) or ask(*asked, **more))
    return questions


def test_where_nothing_is_selected_cubes_are_there_before_the_pointer(path, desk, sent, asked):
    desk.session.answers.brush.activate(RHYTHM)
    desk.settle()
    assert asked == [] and [message["number"] for message in sent] == [1, 2, 0, 3]


def test_cubes_lie_in_the_browser_before_the_pointer_comes(path, desk, sent):
    path._handle_msg(STOCK)
    desk.settle()
    # That of the time chart is sent again, as it came before the browser had said that it wants any.
    ahead = {tuple(message["active"][0]["sizes"]): message for message in sent if message["number"] == STOCK}
    bins = desk.session.scene.coded.bins
    assert set(ahead) == {(bins["ordered_at"].size,), (bins["hour"].size, bins["weekday"].size)}
    desk.session.answers.brush.activate(RHYTHM)
    cube = sent[-1]
    assert cube["number"] > 0 and cube["load"] is None and desk.jobs == []
    there = ahead[tuple(cube["active"][0]["sizes"])]
    # What it needs to answer by itself came with it.
    assert all(cube[part] == there[part] for part in ("stock", "active", "charts", "tiles", "places"))
    sent.clear()
    desk.session.answers.look_ahead()
    desk.settle()
    assert STOCK not in [message["number"] for message in sent]


def test_a_browser_that_asks_before_there_is_a_scene_is_sent_them_later(desk, sent):
    desk.session.answers.audience.clear()
    ChartGrid([TIME], desk.session, print, "overview")
    path = BrushPath(desk.session.answers)
    path._handle_msg(STOCK)
    desk.settle()
    assert sent == []
    desk.open("rfm.k=3")
    desk.settle()
    assert [message["number"] for message in sent] == [STOCK, FREE]


def test_the_browser_answers_by_itself_while_what_was_sent_is_of_what_is_on_the_screen(path, desk, sent):
    said = lambda: [message["free"] for message in sent if message["number"] == FREE][-1]  # noqa: E731
    path._handle_msg(STOCK)
    desk.settle()
    assert said()
    desk.session.selection.set({"channel": Values(("Online",))})
    assert not said()
    desk.settle()
    desk.session.clear(("channel",))
    assert said()
    desk.session.measure = "units"
    # Those on the screen are of another measure until cubes of it have come.
    assert not said()
    desk.settle()
    assert said()


def test_a_page_that_is_drawn_anew_is_sent_them_anew(path, desk, sent):
    path._handle_msg(STOCK)
    desk.settle()
    before = [message["stock"] for message in sent if message["number"] == STOCK]
    sent.clear()
    path._handle_msg(STOCK)
    desk.settle()
    assert len([message["stock"] for message in sent if message["number"] == STOCK]) == len(before) == 2


@pytest.mark.parametrize("stale", ["another measure", "a new scene"])
def test_cubes_in_the_browser_are_thrown_away_where_they_are_of_something_else(path, desk, sent, stale):
    path._handle_msg(STOCK)
    desk.settle()
    sent.clear()
    if stale == "another measure":
        desk.session.measure = "units"
    else:
        desk.session.scope.since = desk.session.scene.coded.bins["ordered_at"].edges[2].date()
    desk.settle()
    stocked = [message["stock"] for message in sent if message["number"] == STOCK]
    assert stocked[0] == NO_CUBE and len(stocked) == 3 and NO_CUBE not in stocked[1:]


def test_a_browser_that_has_not_asked_is_sent_nothing_ahead(path, sent):
    assert STOCK not in [message["number"] for message in sent]


def test_where_something_is_selected_they_are_asked_for(path, desk, asked):
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    asked.clear()
    desk.session.answers.brush.activate(RHYTHM)
    desk.settle()
    assert asked


def test_a_box_on_time_let_go_is_answered_without_a_question_charts_first(path, desk, asked, boxes):
    session = desk.session
    session.brush(TIME, ((1, 5),), True)
    exact = f"{session.answers.brush.turn} 1 5"
    assert boxes == [exact] and path.tiles.box == ""
    desk.show()
    assert path.tiles.box == exact and set(path.tiles.values) == set(shown(session.scene))
    assert asked == [] and desk.jobs == [] and session.answers.settled and session.answers.may_study


def test_a_box_beside_another_filter_takes_questions(path, desk, asked):
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    desk.session.brush(TIME, ((1, 5),), False)
    desk.settle()
    asked.clear()
    desk.session.brush(TIME, ((1, 5),), True)
    desk.settle()
    assert asked and path.tiles.box == f"{desk.session.answers.brush.turn} 1 5"


def test_cubes_are_made_ahead_once_the_studies_are_answered(path, desk, monkeypatch):
    answers, order = desk.session.answers, []
    monkeypatch.setattr(answers.brush, "prepare", lambda: order.append("ahead"))

    def work(ticket):
        yield lambda: order.append("study")

    answers.followers.append(lambda scene, filters: answers.study(work, at_once=2))
    answers.settle()
    desk.settle()
    assert order == ["study", "study", "ahead"]


def test_as_rows_arrive_nothing_is_made_ahead(path, desk, asked, monkeypatch):
    made = []
    monkeypatch.setattr(desk.session.answers.brush, "prepare", lambda: made.append(True))
    desk.session.answers.rescope(quiet=True)
    desk.settle()
    assert made == []
    desk.session.answers.rescope()
    desk.settle()
    assert made == [True]


def test_sums_go_first_and_distinct_counts_after_them(path, sent, desk):
    first, second = sent
    assert (first["number"], second["number"]) == (1, 2)
    (active,) = first["active"]
    assert active["figure"] == live(path, "time").figure.id
    assert active["sizes"] == [desk.session.scene.coded.bins["ordered_at"].size]
    by_chart = [{part["figure"]: part["place"] for part in message["charts"]} for message in sent]
    segment = live(path, "segment").figure.id
    assert by_chart[0][segment] is None and second["places"][by_chart[1][segment]]["distinct"]
    assert [part["marks"] is not None for part in second["charts"]] == [False, False, True]
    assert all(isinstance(message["load"], bytes) for message in sent)


def test_tiles_go_as_places_and_formats(path, sent):
    tiles = sent[-1]["tiles"]
    assert set(tiles) == set(shown(path._answers._session.scene))
    assert tiles["net_sales"]["style"] == style("money", "GBP", "tile")
    assert not sent[-1]["places"][tiles["orders"]["figure"]]["summed"]
    assert tiles["return_rate"]["figure"]["sign"] == -1 and len(tiles["return_rate"]["figure"]["parts"]) == 2
    assert sent[0]["tiles"]["orders"]["figure"] is None and len(tiles["repeat_rate"]["figure"]["parts"]) == 2


def test_a_figure_that_is_no_quotient_is_left_to_the_server():
    assert figure_part("nps", dict.fromkeys(("promoters", "detractors", "nps_responses"), 0)) is None


def test_the_browser_answers_once_it_says_so(path, sent, desk):
    session = desk.session
    session.brush(TIME, ((3, 9),), False)
    moved = list(live(path, "channel").source.data["part"])
    path._handle_msg(2)
    session.brush(TIME, ((1, 5),), False)
    assert list(live(path, "channel").source.data["part"]) == moved
    assert session.answers.brush.filters()["ordered_at"] == session.scene.coded.bins["ordered_at"].clause([1, 2, 3, 4])
    session.brush(RHYTHM, ((3, 9), (0, 2)), False)
    assert path.answered(TIME) == path.answered(RHYTHM) == frozenset()


def test_what_the_browser_cannot_answer_is_pending_until_it_can(path, desk):
    is_pending = lambda name: live(path, name)._layers["part"]["glyph"].fill_alpha != "alpha"  # noqa: E731
    path._handle_msg(1)
    desk.session.brush(TIME, ((1, 5),), False)
    assert is_pending("segment") and not is_pending("channel")
    path._handle_msg(2)
    assert not is_pending("segment")


@pytest.mark.parametrize("stale", ["another filter", "another measure", "a new scene", "another page"])
def test_a_stale_cube_is_withdrawn_at_once_and_its_word_counts_for_nothing(path, sent, desk, stale):
    session = desk.session
    path._handle_msg(2)
    assert Key(("channel",), "net_sales") in path.answered(TIME)
    if stale == "another filter":
        session.selection.set({"channel": Values(("Online",))})
    elif stale == "another measure":
        session.measure = "units"
    elif stale == "another page":
        session.page = "trends"
    else:
        session.scope.since = desk.session.scene.coded.bins["ordered_at"].edges[2].date()
        desk.settle()
    assert sent[2] == {"number": 0} and path.answered(TIME) == frozenset()
    path._handle_msg(2)
    assert path.answered(TIME) == frozenset()


def test_its_own_brush_leaves_a_cube_where_it_is(path, sent, desk):
    path._handle_msg(2)
    desk.session.brush(TIME, ((1, 5),), True)
    desk.settle()
    assert len(sent) == 2 and path.answered(TIME)


def test_a_cube_too_large_to_send_is_answered_from_here(path, sent, desk, monkeypatch):
    monkeypatch.setattr("retail_panel.brush.packed", lambda cube: None)
    desk.session.selection.set({"kind": Values(("Return",))})
    desk.settle()
    desk.session.answers.brush.activate(RHYTHM)
    before = list(live(path, "channel").source.data["part"])
    desk.session.brush(RHYTHM, ((3, 9), (0, 2)), False)
    desk.settle()
    assert [message["number"] for message in sent] == [1, 2, 0]
    assert list(live(path, "channel").source.data["part"]) != before


def test_who_may_not_know_of_small_groups_is_sent_no_cube(cubes_of):
    assert cubes_of(min_customers=1)
    assert cubes_of(min_customers=2) == []


def test_a_cube_holds_the_rows_that_its_visitor_may_see_and_no_others(cubes_of, rows):
    cube = cubes_of(policy=RowPolicy((("channel", ("Online",)),)))[-1]
    place = cube["places"][cube["tiles"]["units"]["figure"]]
    numbers = np.frombuffer(cube["load"], KINDS[place["kind"]], *cube["active"][0]["sizes"], place["at"])
    assert numbers.sum() == place["scale"] * rows.quantity[rows.channel == "Online"].sum() != rows.quantity.sum()


def test_exact_figures_say_which_box_they_answer(path, desk, boxes):
    session = desk.session
    session.brush(TIME, ((1, 5),), False)
    assert path.tiles.box == "" and boxes == []
    session.brush(TIME, ((1, 5),), True)
    desk.settle()
    exact = f"{session.answers.brush.turn} 1 5"
    assert path.tiles.box == exact and boxes == [exact]
    session.clear(TIME.dims)
    desk.settle()
    assert path.tiles.box == "" and boxes == [exact, ""]


def test_a_cube_comes_with_the_box_of_the_figures_that_are_there(path, desk, sent, boxes):
    session = desk.session
    session.brush(RHYTHM, ((3, 9), (0, 2)), True)
    desk.settle()
    (cube,) = [message for message in sent[2:] if message["number"] > 0]
    assert (path.tiles.box, cube["exact"], boxes) == (f"{cube['turn']} 3 9 0 2", "", [path.tiles.box])


@pytest.mark.parametrize("other", ["a filter cleared", "a step back", "another brush"])
def test_the_browser_forgets_a_brush_before_figures_that_are_of_none(path, sent, desk, other):
    session = desk.session
    session.brush(TIME, ((1, 5),), True)
    desk.settle()
    session.brush(TIME, ((2, 7),), False)
    assert [message["number"] for message in sent] == [1, 2]
    if other == "a filter cleared":
        session.clear(TIME.dims)
    elif other == "a step back":
        session.undo()
    else:
        session.brush(RHYTHM, ((3, 9), (0, 2)), True)
    # Another chart's brush has its own cubes, and the browser forgets with those of the earlier one.
    assert sent[2]["number"] == (NO_CUBE if other == "another brush" else LET_GO)
    assert session.answers.brush.filters().keys() == session.selection.clauses.keys()


def test_figures_of_an_earlier_box_do_not_stay(path, desk):
    session = desk.session
    session.brush(TIME, ((1, 5),), True)
    desk.work()
    session.brush(TIME, ((2, 7),), False)
    moved = list(live(path, "channel").source.data["part"]), path.tiles.values
    desk.show()
    assert (list(live(path, "channel").source.data["part"]), path.tiles.values) == moved
    assert path.tiles.box == ""


def test_tiles_that_are_told_the_same_again_are_told(path, desk):
    told = path.tiles.told
    desk.session.answers.settle()
    desk.settle()
    assert path.tiles.told == told + 1
