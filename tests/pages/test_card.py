"""Charts on a page: which appear, what they show, and one that fails alone."""

from datetime import date

import numpy as np
import pytest
from bokeh.events import SelectionGeometry, Tap
from crossfilter.desk import CHARTS, Desk
from crossfilter.mirror import Mirror

from pages.visitor import all_of, one, press, read
from retail_panel.crossfilter import histogram
from retail_panel.crossfilter.clause import Values
from retail_panel.pages.card import REST_MS, ChartGrid
from retail_panel.store.retention import roll_up
from retail_panel.views import OVERVIEW
from retail_panel.views.palette import PENDING_ALPHA


@pytest.fixture
def asked():
    """Charts whose details were asked for."""
    return []


@pytest.fixture
def grid(desk, asked):
    """The charts of a visitor who has opened the page."""
    charts = [CHARTS[name] for name in ("time", "channel", "segment", "kind", "tier", "rhythm", "recency")]
    grid = ChartGrid(charts, desk.session, asked.append, "overview")
    desk.open("rfm.k=3")
    return grid


def card(grid, name):
    """Return a card by its chart's name."""
    return next(card for card in grid.cards if card.chart.name == name)


def column(card, name):
    """Return a column of a card's chart."""
    return np.array(card.live.source.data[name])


def test_every_chart_that_the_source_supports_is_there(desk):
    grid = ChartGrid(OVERVIEW, desk.session, print, "overview")
    desk.open("rfm.k=3")
    assert list(grid.layout) == [card.layout for card in grid.cards] and all(card.fits for card in grid.cards)
    assert len(grid.wants()) == len(OVERVIEW)


def test_charts_are_drawn_before_their_page_is_there_and_then_put_on_it(desk):
    grid, drawn = ChartGrid(OVERVIEW, desk.session, print, "overview"), []

    def foresee(scene):
        for draw in grid.foresee(scene):
            draw()
        drawn.extend(card.live.figure for card in grid.cards)
        assert [len(card._place) for card in grid.cards] == [0] * len(OVERVIEW)

    desk.session.answers.foreseen = foresee
    desk.open("rfm.k=3")
    assert len(drawn) == len(OVERVIEW) and [card.live.figure for card in grid.cards] == drawn
    assert [[pane.object for pane in card._place] for card in grid.cards] == [[figure] for figure in drawn]
    desk.session.scope.channel = ["Online"]
    desk.settle()
    assert len(drawn) == len(OVERVIEW)


def test_charts_show_the_scope_behind_the_selection(grid, desk, rows):
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    mirror = Mirror(rows, desk.session.scene)
    for name in ("kind", "segment", "time", "rhythm"):
        key = card(grid, name).chart.key("net_sales")
        whole, part = mirror.histogram(key, {}), mirror.histogram(key, desk.session.selection.clauses)
        assert column(card(grid, name), "whole") == pytest.approx(whole.ravel())
        assert column(card(grid, name), "part") == pytest.approx(part.ravel())
    own = card(grid, "channel")
    assert column(own, "part").tolist() == column(own, "whole").tolist()
    assert sorted(set(column(own, "alpha"))) == [0.3, 1.0]


def test_what_the_source_lacks_is_hidden_and_comes_with_its_rows(empty_store, make_lines):
    days = [f"2024-01-0{day} 10:00" for day in range(1, 7)]
    empty_store.append(make_lines(ordered_at=days, amount=[1, 2, 3, 4, 5, 6], channel="Online"))
    desk = Desk(empty_store)
    grid = ChartGrid(OVERVIEW, desk.session, print, "overview")
    desk.open()
    assert [card.chart.name for card in grid.cards if card.fits] == ["time", "amount", "rhythm"]
    assert list(grid.layout) == [card.layout for card in grid.cards if card.fits]
    empty_store.append(make_lines(ordered_at=days, channel="In-store", customer_id=list("abcabc")))
    assert desk.session.tick()
    desk.settle()
    assert {card.chart.name for card in grid.cards if card.fits} >= {"channel", "recency", "monetary"}
    assert list(grid.layout) == [card.layout for card in grid.cards if card.fits]
    desk.session.close()


def test_a_chart_that_fails_says_so_and_the_others_carry_on(grid, desk, monkeypatch):
    answered = histogram._answered

    def failing(store, coded, dims, *more):
        if dims == ("kind",):
            raise ValueError("the disk is gone")
        return answered(store, coded, dims, *more)

    monkeypatch.setattr(histogram, "_answered", failing)
    before = {name: column(card(grid, name), "part").tolist() for name in ("kind", "tier")}
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    faulty = [each.chart.name for each in grid.cards if all_of(each.layout, "Alert", severity="error")]
    fault = one(card(grid, "kind").layout, "Alert", severity="error", visible=True)
    assert faulty == ["kind"]
    assert read(fault.object) == "This chart could not be answered: the disk is gone"
    assert column(card(grid, "tier"), "part").tolist() != before["tier"] and desk.session.problem == ""
    monkeypatch.undo()
    desk.session.selection.set({"channel": Values(("In-store",))})
    desk.settle()
    assert not fault.visible
    assert column(card(grid, "kind"), "part").tolist() != before["kind"]


def test_titles_follow_the_measure_and_drawings_stay(grid, desk):
    figures = [card.live.figure for card in grid.cards]
    title = one(card(grid, "channel").layout, "Typography")
    assert title.object == "**Channel** · Net sales"
    desk.session.measure = "orders"
    desk.settle()
    assert title.object == "**Channel** · Orders"
    assert [card.live.figure for card in grid.cards] == figures
    assert column(card(grid, "channel"), "whole").sum() == pytest.approx(
        desk.session.scene.wholes([CHARTS["channel"].key("orders")])[CHARTS["channel"].key("orders")].sum()
    )


def test_another_page_asks_nothing_and_catches_up(grid, desk):
    desk.session.page = "segments"
    desk.settle()
    assert grid.wants() == []
    before = column(card(grid, "tier"), "part").tolist()
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert column(card(grid, "tier"), "part").tolist() == before
    desk.session.page = "overview"
    desk.settle()
    assert column(card(grid, "tier"), "part").tolist() != before


def test_clear_appears_with_the_filter_and_details_are_passed_on(grid, desk, asked):
    own = card(grid, "channel")
    more = one(own.layout, "IconButton", icon="more_vert")
    assert not all_of(grid.layout, "IconButton", icon="filter_alt_off")
    own.live.figure._trigger_event(Tap(own.live.figure, x=1, y=0.5))
    desk.settle()
    clear = one(grid.layout, "IconButton", icon="filter_alt_off")
    assert clear is one(own.layout, "IconButton", icon="filter_alt_off", visible=True)
    press(clear)
    assert desk.settle().selection.clauses == {} and not clear.visible
    own.live.figure._trigger_event(Tap(own.live.figure, x=1, y=0.5))
    desk.settle()
    assert clear is one(grid.layout, "IconButton", icon="filter_alt_off", visible=True)
    press(more)
    assert asked == [own]


def drag(card, x, y=(0, 0), final=False):
    """Drag a box on a card's chart."""
    geometry = {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    card.live.figure._trigger_event(SelectionGeometry(card.live.figure, geometry, final))


def waiting(document):
    """Return the callbacks that a document runs later."""
    return [callback for callback in document.session_callbacks if getattr(callback, "timeout", None) == REST_MS]


def test_a_moving_brush_moves_the_others_and_rests_by_itself(grid, desk, document):
    recency = card(grid, "recency")
    desk.session.answers.brush.activate(recency.chart)
    desk.settle()
    parts = {name: column(card(grid, name), "part").tolist() for name in ("recency", "kind", "segment")}
    drag(recency, (0, 6))
    drag(recency, (0, 9))
    assert column(card(grid, "kind"), "part").tolist() != parts["kind"]
    assert column(recency, "part").tolist() == parts["recency"]
    assert desk.session.selection.clauses == {} and desk.jobs == []
    (resting,) = waiting(document)
    resting.callback()
    moved = column(card(grid, "kind"), "part")
    desk.settle()
    assert set(desk.session.selection.clauses) == {"recency_days"}
    assert column(card(grid, "kind"), "part") == pytest.approx(moved)
    drag(recency, (0, 12))
    assert len(waiting(document)) == 1
    drag(recency, (0, 12), final=True)
    assert waiting(document) == []


def test_a_timer_that_was_due_is_not_heard_after_a_later_brush(grid, desk, document):
    recency = card(grid, "recency")
    drag(recency, (0, 6))
    (due,) = waiting(document)
    drag(recency, (0, 12), final=True)
    desk.settle()
    rested = desk.session.query
    due.callback()
    assert desk.settle().query == rested

    drag(recency, (3, 6))
    (due,) = waiting(document)
    drag(recency, (3, 9))
    due.callback()
    assert desk.settle().query == rested
    (resting,) = waiting(document)
    resting.callback()
    assert desk.settle().query not in (rested, "")


def test_a_filter_cleared_at_once_stays_cleared(grid, desk, document):
    recency = card(grid, "recency")
    drag(recency, (0, 6), final=True)
    drag(recency, (0, 12))
    desk.session.clear()
    assert desk.session.answers.brush.filters() == {}
    (resting,) = waiting(document)
    resting.callback()
    assert desk.settle().selection.clauses == {}
    drag(recency, (0, 6), final=True)
    assert set(desk.settle().selection.clauses) == {"recency_days"}


def test_counts_that_do_not_add_up_are_pale_until_the_brush_rests(grid, desk, document):
    desk.session.measure = "orders"
    desk.settle()
    rhythm, segment = card(grid, "rhythm"), card(grid, "segment")
    desk.session.answers.brush.activate(rhythm.chart)
    desk.settle()
    before = column(segment, "part").tolist()
    drag(rhythm, (0, 12), (0, 3))
    assert segment.live.figure.renderers[1].glyph.fill_alpha == PENDING_ALPHA
    assert column(segment, "part").tolist() == before
    drag(rhythm, (0, 12), (0, 3), final=True)
    desk.settle()
    assert segment.live.figure.renderers[1].glyph.fill_alpha == "alpha"
    assert column(segment, "part").tolist() != before


def test_dark_paper_before_and_after_drawing(desk):
    grid = ChartGrid(OVERVIEW[:2], desk.session, print, "overview")
    grid.theme(True)
    desk.open("rfm.k=3")
    dark = grid.cards[0].live.figure.xaxis[0].major_label_text_color
    grid.theme(False)
    assert grid.cards[0].live.figure.xaxis[0].major_label_text_color != dark


def test_the_chart_of_single_amounts_says_from_when_on_they_are_known(own_desk):
    desk = own_desk
    grid = ChartGrid([CHARTS["amount"], CHARTS["channel"]], desk.session, print, "overview")
    desk.open("rfm.k=3")
    amount, channel = (card.layout for card in grid.cards)
    assert not all_of([amount, channel], css_classes=["gone"])
    roll_up(desk.store, 60, date(2024, 4, 29))
    desk.session.answers.rescope()
    desk.settle()
    words = one(amount, css_classes=["gone"], visible=True)
    assert not all_of(channel, css_classes=["gone"])
    told = "Lines before 1 Mar 2024 are rolled up, without single amount, and not in this."
    assert read(words.object) == told
