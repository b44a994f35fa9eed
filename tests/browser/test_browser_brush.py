"""Brush one chart with the mouse: the others, the tiles, the sentence and the address answer, live and exactly."""

from urllib.parse import urlencode

import pandas as pd
import pytest
from figures_by_hand import monday, shown, tiles_of, time_filter, total_by, weeks
from screen import equals, until

pytestmark = pytest.mark.browser
NOTHING = "Nothing selected"


def test_all_of_it_is_shown_at_first(screen, lines):
    until(lambda: screen.sentence().startswith(NOTHING), screen.sentence)
    screen.shows(tiles_of(lines))
    equals(lambda: shown(screen, "channel"), total_by(lines, "channel"))
    equals(lambda: shown(screen, "category"), total_by(lines, "category"))
    until(lambda: screen.facts().startswith(f"{len(lines):,} lines · version 1 · up to"), screen.facts)


def test_a_brush_on_time_is_answered_while_the_button_is_down(screen, lines):
    before, tiles = screen.part("channel"), screen.tiles()
    y = screen.middle("time")
    screen.press("time", (22.1, y), (30, y))
    until(lambda: screen.part("channel") != before, "another chart that follows the brush")
    until(lambda: screen.tiles()["Net sales"] not in (tiles["Net sales"], None), screen.tiles)
    first = screen.part("channel")
    screen.page.mouse.move(*screen.place("time", 40.9, y), steps=4)
    until(lambda: screen.part("channel") != first, "another chart that follows further")

    since, to = monday(lines, 22), monday(lines, 41)
    until(screen.query, "an address that says what a resting brush selects")
    equals(lambda: screen.query(), {"sel.ordered_at": f"{since:%Y-%m-%d}..{to:%Y-%m-%d}"})
    last = to - pd.Timedelta(days=1)
    until(lambda: screen.sentence() == f"From {since.day} {since:%b %Y} to {last.day} {last:%b %Y}", screen.sentence)
    until(lambda: all(screen.tiles().values()), screen.tiles)
    expected = tiles_of(weeks(lines, 22, 41))
    screen.shows(expected)

    screen.page.mouse.up()
    screen.settle()
    inside = weeks(lines, 22, 41)
    screen.shows(expected)
    equals(lambda: shown(screen, "channel"), total_by(inside, "channel"))
    equals(lambda: shown(screen, "tier"), total_by(inside, "tier"))
    equals(lambda: screen.box("time"), (22, 41))
    compared = lambda: {name for name, text in screen.changes().items() if "%" in text}  # noqa: E731
    until(lambda: {"Net sales", "Orders"} <= compared(), screen.changes)


def test_a_chart_ignores_its_own_brush_and_fades_what_is_outside(screen):
    before = screen.part("time")
    screen.brush("time", 20, 30)
    until(screen.query, "a filter")
    until(lambda: screen.source("time")["alpha"][19] < 1, "bars outside the brush that fade")
    source = screen.source("time")
    equals(lambda: screen.part("time"), before)
    assert [code for code, alpha in enumerate(source["alpha"]) if alpha == 1] == list(range(20, 30))


def test_a_box_can_be_moved_and_resized(screen, lines):
    y = screen.middle("time")
    screen.brush("time", 20, 30)
    until(lambda: screen.box("time") == (20, 30), lambda: screen.box("time"))
    screen.drag("time", (25, y), (35, y))
    until(lambda: screen.query() == time_filter(lines, 30, 40), screen.query)
    until(lambda: screen.box("time") == (30, 40), lambda: screen.box("time"))
    screen.settle()
    screen.shows(tiles_of(weeks(lines, 30, 40)))
    screen.drag("time", (40, y), (44, y))
    until(lambda: screen.query() == time_filter(lines, 30, 44), screen.query)
    until(lambda: shown(screen, "kind") == total_by(weeks(lines, 30, 44), "kind"), "exact")


def test_a_box_from_a_link_can_be_resized_as_well(screen, lines):
    screen.open(urlencode(time_filter(lines, 30, 40)))
    y = screen.middle("time")
    screen.drag("time", (30, y), (26, y))
    until(lambda: screen.query() == time_filter(lines, 26, 40), screen.query)


def test_a_click_beside_the_box_takes_it_away(screen):
    screen.brush("time", 20, 30)
    until(screen.query, "a filter")
    until(lambda: screen.box("time") == (20, 30), lambda: screen.box("time"))
    screen.page.mouse.click(*screen.place("time", 60, screen.middle("time")))
    until(lambda: screen.sentence().startswith(NOTHING), screen.sentence)
    until(lambda: screen.box("time") is None, lambda: screen.box("time"))
    equals(lambda: screen.query(), {})


def test_clicking_bars_picks_adds_and_lets_go(screen, lines):
    screen.click_bar("channel", 1)
    until(lambda: screen.query() == {"sel.channel": "Online"}, screen.query)
    until(lambda: screen.source("channel")["alpha"] == [0.3, 1, 0.3], "faded bars")
    screen.settle()
    online = lines[lines.channel == "Online"]
    screen.shows(tiles_of(online))
    equals(lambda: shown(screen, "kind"), total_by(online, "kind"))
    equals(lambda: shown(screen, "channel"), total_by(lines, "channel"))

    screen.click_bar("channel", 2, ["Control"])
    until(lambda: screen.query() == {"sel.channel": "Online,App"}, screen.query)
    until(lambda: screen.sentence() == "Channel is Online or App", screen.sentence)
    screen.settle()
    screen.shows(tiles_of(lines[lines.channel != "In-store"]))

    screen.click_bar("channel", 1, ["Control"])
    until(lambda: screen.query() == {"sel.channel": "App"}, screen.query)
    screen.click_bar("channel", 2)
    until(lambda: screen.query() == {}, screen.query)


def test_two_numbers_by_a_box_on_weekday_and_hour(screen, lines):
    before = screen.part("channel")
    screen.press("rhythm", (9.1, 1.1), (12, 3), (14.9, 4.9))
    until(lambda: screen.part("channel") != before, "another chart that follows the box")
    screen.page.mouse.up()
    until(lambda: screen.query() == {"sel.hour": "09,10,11,12,13,14", "sel.weekday": "Tue,Wed,Thu,Fri"}, screen.query)
    screen.settle()
    when = lines.ordered_at.dt
    inside = lines[when.hour.between(9, 14) & when.day_of_week.between(1, 4)]
    until(lambda: shown(screen, "channel") == total_by(inside, "channel"), "exact values")
    screen.shows(tiles_of(inside))


def test_brushes_on_customers_and_lines_work_together(screen):
    screen.brush("recency", 0, 3)
    until(lambda: "sel.recency_days" in screen.query(), screen.query)
    screen.click_bar("kind", 0)
    until(lambda: "sel.kind" in screen.query(), screen.query)
    until(lambda: "Recency under" in screen.sentence() and "Kind is" in screen.sentence(), screen.sentence)
    screen.settle()

    def three():
        """Return the customers of the segments, those of the brushed bars, and those of the tile."""
        recency, segments = screen.source("recency")["part"][:3], screen.part("segment").values()
        return f"{sum(segments):,.0f}", f"{sum(recency):,.0f}", screen.tiles()["Customers"]

    until(lambda: len(set(three())) == 1, three)
