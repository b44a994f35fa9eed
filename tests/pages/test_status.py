"""The status bar: filters as a sentence, facts, and buttons that are off where they would do nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from crossfilter.desk import Desk
from crossfilter.mirror import as_batch

from pages.visitor import one, press, read
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.feed import PumpState
from retail_panel.pages.feed_health import FeedHealth
from retail_panel.pages.plain_text import plain
from retail_panel.pages.status import EMPTY, NOTHING, NOTHING_TOUCH, StatusBar
from retail_panel.portal.person import LOCAL, RIGHTS
from retail_panel.store.retention import roll_up

QUIET = SimpleNamespace(pump=None)
ICONS = ("undo", "redo", "filter_alt_off", "filter_center_focus")


@pytest.fixture
def bar(desk):
    """The bar of a visitor who has opened the page."""
    bar = StatusBar(desk.session, QUIET)
    desk.open("rfm.k=3")
    return bar


def sentence(bar):
    """Return the sentence of filters."""
    return read(one(bar.layout, css_classes=["filters"]).object)


def facts(bar):
    """Return the facts, one by one."""
    return one(bar.layout, css_classes=["facts"]).object.split(" · ")


def enabled(bar):
    """Return the icons of the buttons that can be pressed."""
    return [icon for icon in ICONS if not one(bar.layout, "IconButton", icon=icon).disabled]


def alert(bar, severity):
    """Return what a visible alert says, None where it is not there."""
    found = one(bar.layout, "Alert", severity=severity)
    return read(found.object) if found.visible else None


def test_before_the_first_scene(desk):
    bar = StatusBar(desk.session, QUIET)
    assert sentence(bar) == NOTHING and facts(bar) == ["Preparing the first view"] and enabled(bar) == []
    assert not one(bar.layout, "LinearProgress").visible
    desk.session.restore("")
    assert one(bar.layout, "LinearProgress").visible
    desk.settle()
    assert not one(bar.layout, "LinearProgress").visible
    assert StatusBar(desk.session, QUIET, touch=True)._nothing == NOTHING_TOUCH


def test_facts_of_the_store(bar, rows, desk):
    last = rows.ordered_at.max()
    known = ["400 lines", "version 1", f"up to {last.day} {last:%b %Y %H:%M}"]
    assert facts(bar) == known
    desk.session.comparison = "compared with 1 Mar 2024 to 31 Mar 2024"
    assert facts(bar) == [*known, "compared with 1 Mar 2024 to 31 Mar 2024"]
    assert alert(bar, "error") is alert(bar, "info") is None


def test_scope_and_selection_as_one_sentence(bar, desk):
    assert sentence(bar) == NOTHING
    desk.session.scope.channel = ["Online"]
    desk.settle()
    assert sentence(bar) == f"{NOTHING} · within Channel is Online"
    desk.session.selection.set({"kind": Values(("Return",))})
    desk.settle()
    assert sentence(bar) == "**Kind is Return** · within Channel is Online"


def test_buttons_are_on_where_they_do_something(bar, desk):
    session = desk.session
    assert enabled(bar) == []
    session.selection.set({"kind": Values(("Return",))})
    desk.settle()
    assert enabled(bar) == ["undo", "filter_alt_off", "filter_center_focus"]
    press(one(bar.layout, "IconButton", icon="undo"))
    desk.settle()
    assert session.selection.clauses == {} and enabled(bar) == ["redo"]
    press(one(bar.layout, "IconButton", icon="redo"))
    desk.settle()
    assert session.selection.clauses and "redo" not in enabled(bar)
    press(one(bar.layout, "IconButton", icon="filter_center_focus"))
    desk.settle()
    assert session.scope.kind == ["Return"] and enabled(bar) == ["undo"]
    session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    press(one(bar.layout, "IconButton", icon="filter_alt_off"))
    assert desk.settle().selection.clauses == {}


def test_a_problem_is_shown_and_goes(bar, desk):
    desk.session.problem = "The disk is full."
    assert alert(bar, "error") == "The disk is full."
    desk.session.problem = ""
    assert alert(bar, "error") is None


def test_an_empty_scope_says_how_to_get_out(bar, desk):
    desk.session.restore("ordered_at=2031-01-01..2031-02-01")
    desk.settle()
    assert alert(bar, "info") == EMPTY
    desk.session.restore("")
    desk.settle()
    assert alert(bar, "info") is None


def test_new_rows_are_counted_and_wait_while_paused(own_desk, rows):
    server = SimpleNamespace(pump=None, settings=SimpleNamespace(stale_s=60.0))
    bar = StatusBar(own_desk.session, server)
    session = own_desk.open("rfm.k=3")
    pause = one(bar.layout, "IconButton", icon="pause_circle")
    assert not pause.visible
    server.pump = SimpleNamespace(state=PumpState(running=True))
    bar.tick()
    assert pause.visible
    own_desk.store.append(as_batch(rows.iloc[200:230]))
    assert session.tick()
    own_desk.settle()
    assert "230 lines" in facts(bar) and "30 new since you opened this page" in facts(bar)
    press(pause)
    assert session.paused and pause.description == "Go on with new rows"
    assert facts(bar)[-1] == "paused"
    own_desk.store.append(as_batch(rows.iloc[230:240]))
    own_desk.store.append(as_batch(rows.iloc[240:250]))
    bar.tick()
    assert facts(bar)[-1] == "paused, 2 batches behind" and "230 lines" in facts(bar)
    press(pause)
    assert pause.description == "Hold new rows back"
    assert session.tick()
    own_desk.settle()
    assert "250 lines" in facts(bar) and "paused" not in facts(bar)[-1]


def test_an_empty_store_is_said_to_be_empty(empty_store):
    desk = Desk(empty_store)
    bar = StatusBar(desk.session, QUIET)
    desk.open()
    assert facts(bar)[0] == "0 lines" and alert(bar, "info") == EMPTY
    desk.session.close()


def test_names_and_problems_are_text(bar, desk):
    """HTML and Markdown in a value mean themselves: Typography would make elements of them."""
    name = "<img src=x onerror=alert(1)> *bold*"
    desk.session.selection.set({"channel": Values((name,))})
    desk.session.problem = name
    shown = one(bar.layout, css_classes=["filters"]).object
    assert name not in shown and plain(name) in shown and name in sentence(bar)
    assert one(bar.layout, "Alert", severity="error").object == plain(name)


def test_the_light_tells_how_the_feed_stands(desk):
    now = datetime.now(UTC)
    pump = SimpleNamespace(state=PumpState(running=True, rows=5, committed_at=now, lag_rows=0, lag_s=0.0))
    bar = StatusBar(desk.session, SimpleNamespace(pump=None, settings=SimpleNamespace(stale_s=60.0)))
    light = one(bar.layout, css_classes=["feed-light"])
    assert not light.visible
    bar._server.pump = pump
    for state, words, level in (
        (pump.state, "Live", "live"),
        (replace(pump.state, lag_s=12.0, lag_rows=3), "Live, 12 s behind", "live"),
        (replace(pump.state, committed_at=now - timedelta(minutes=5)), "Quiet", "late"),
        (replace(pump.state, error="SourceDown: <b>no broker</b>"), "Feed down", "down"),
    ):
        pump.state = state
        bar.tick()
        assert light.visible and f'class="{level}"' in light.object and light.object.endswith(f">{words}</span>")
    assert "<b>" not in light.object


def test_only_admins_read_why_the_feed_is_down(desk):
    error = "SourceDown: kafka-7.internal:9092 refused"
    pump = SimpleNamespace(state=PumpState(running=True, error=error))
    server = SimpleNamespace(pump=pump, settings=SimpleNamespace(stale_s=60.0))
    for rights in (RIGHTS, RIGHTS - {"admin"}):
        desk.session.person = replace(LOCAL, rights=rights)
        light = one(StatusBar(desk.session, server).layout, css_classes=["feed-light"]).object
        board = FeedHealth(server, counts=True, why=desk.session.person.may("admin")).layout.object
        for html in (light, board):
            assert "Feed down" in html and ("kafka-7" in html) == ("admin" in rights)


def test_days_that_were_rolled_up_are_said(own_desk):
    desk, bar = own_desk, StatusBar(own_desk.session, QUIET)
    desk.open("rfm.k=3")
    assert not [fact for fact in facts(bar) if "rolled up" in fact]
    roll_up(desk.store, 60, date(2024, 4, 29))
    desk.session.answers.rescope()
    desk.settle()
    assert "rolled up before 1 Mar 2024" in facts(bar)
    assert "rolled up" not in sentence(bar)
    desk.session.selection.set({"amount": Range(50_000, 600_000)})
    desk.settle()
    assert sentence(bar).endswith("Lines before 1 Mar 2024 are rolled up, without single amount, and not in this.")
    desk.open("ordered_at=2024-03-01..")
    assert not [fact for fact in facts(bar) if "rolled up" in fact]
