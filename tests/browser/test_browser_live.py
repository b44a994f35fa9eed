"""Rows that arrive while a brush is held: figures follow, and what the visitor did stays where it is."""

import re

import pytest
from conftest import Served
from screen import until

from retail_panel import demo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live_server():
    """A server that plays the end of the demo, half a day of it a second."""
    one = Served("--replay", demo.folder() / "order_lines.csv.gz", "--replay-from", "0.9", "--speed", "43200")
    yield one
    log = one.log()
    assert one.stop() == 0, log
    assert not [line for line in log.splitlines() if "ERROR" in line], log


@pytest.fixture
def screen(visit, live_server):
    return visit(live_server.url)


def lines(screen):
    """Return how many lines the status bar speaks of."""
    # Between two texts the browser shows the markup of the next one for a moment.
    until(lambda: screen.facts()[:1].isdigit(), screen.facts)
    return int(screen.facts().split()[0].replace(",", ""))


def behind(screen):
    """Return how many batches a paused page is behind, 0 where it is not said."""
    found = re.search(r"([\d,]+) batches behind", screen.facts())
    return int(found[1].replace(",", "")) if found else 0


def total(screen, chart):
    return sum(screen.part(chart).values())


def test_a_brush_is_held_while_rows_arrive(screen):
    screen.brush("recency", 0, 6)
    until(lambda: "sel.recency_days" in screen.query(), screen.query)
    until(lambda: screen.box("recency") == (0, 6), lambda: screen.box("recency"))
    screen.settle()
    query, sentence, ids = screen.query(), screen.sentence(), screen.ids("channel")
    before, rows, sales = total(screen, "channel"), lines(screen), screen.tiles()["Net sales"]
    until(lambda: lines(screen) > rows, screen.facts)
    until(lambda: total(screen, "channel") != before, "a chart that follows the rows")
    until(lambda: screen.tiles()["Net sales"] not in (sales, None), screen.tiles)
    assert (screen.query(), screen.sentence(), screen.ids("channel")) == (query, sentence, ids)
    assert screen.box("recency") == (0, 6)
    until(lambda: "new since you opened this page" in screen.facts(), screen.facts)
    assert total(screen, "channel") < sum(screen.source("channel")["whole"])


def test_a_brush_that_is_being_dragged_is_not_torn_away(screen):
    y = screen.middle("time")
    screen.press("time", (20.1, y), (30, y))
    rows = lines(screen)
    until(lambda: lines(screen) > rows, screen.facts)
    screen.page.mouse.move(*screen.place("time", 39.9, y), steps=4)
    screen.page.mouse.up()
    until(lambda: screen.box("time") == (20, 40), lambda: screen.box("time"))
    until(lambda: "sel.ordered_at" in screen.query(), screen.query)


def test_a_pause_holds_the_rows_back_and_goes_on_with_them(screen):
    until(lambda: "lines" in screen.facts(), screen.facts)
    rows = lines(screen)
    until(lambda: lines(screen) > rows, screen.facts)
    screen.button("Hold new rows back").click()
    # Rows that were on their way already still come.
    until(lambda: behind(screen) >= 3, screen.facts)
    held = lines(screen)
    until(lambda: behind(screen) >= 6, screen.facts)
    assert lines(screen) == held
    screen.button("Go on with new rows").click()
    until(lambda: lines(screen) > held, screen.facts)
