"""State one can clear, undo, share and save: the address, the status bar and the sidebar."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from figures_by_hand import between, shown, tiles_of, time_filter, total_by, weeks
from screen import equals, until

pytestmark = pytest.mark.browser


def query_is(screen, expected):
    until(lambda: screen.query() == expected, lambda: f"{expected}, but {screen.query()}")


def test_clear_one_clear_all_undo_and_redo(screen, lines):
    online = {"sel.channel": "Online"}
    brushed = time_filter(lines, 30, 50)
    screen.brush("time", 30, 50)
    query_is(screen, brushed)
    screen.click_bar("channel", 1)
    query_is(screen, online | brushed)
    screen.shows(tiles_of(weeks(lines[lines.channel == "Online"], 30, 50)))

    screen.button("Clear the filter on Over time").click()
    query_is(screen, online)
    until(lambda: screen.box("time") is None, "no box")
    screen.shows(tiles_of(lines[lines.channel == "Online"]))

    screen.button("Undo").click()
    query_is(screen, online | brushed)
    until(lambda: screen.box("time") == (30, 50), lambda: screen.box("time"))

    screen.button("Clear the selection").click()
    query_is(screen, {})
    screen.shows(tiles_of(lines))
    until(lambda: set(screen.source("channel")["alpha"]) == {1}, "no faded bars")

    screen.button("Undo").click()
    query_is(screen, online | brushed)
    screen.button("Undo").click()
    query_is(screen, brushed)
    screen.button("Redo").click()
    query_is(screen, online | brushed)
    until(lambda: screen.box("time") == (30, 50), lambda: screen.box("time"))
    screen.shows(tiles_of(weeks(lines[lines.channel == "Online"], 30, 50)))


def test_a_link_restores_the_very_same_view(screen, visit, demo_server, lines):
    screen.brush("time", 30, 50)
    screen.click_bar("channel", 1)
    screen.drag("rhythm", (8.1, 0.1), (17.9, 4.9))
    wanted = {"sel.channel", "sel.hour", "sel.ordered_at", "sel.weekday"}
    until(lambda: set(screen.query()) == wanted, screen.query)
    screen.pick("Brand", "Kestrel Row")
    until(lambda: "brand" in screen.query(), screen.query)
    inside = weeks(lines[(lines.channel == "Online") & (lines.brand == "Kestrel Row")], 30, 50)
    when = inside.ordered_at.dt
    inside = inside[when.hour.between(8, 17) & (when.day_of_week < 5)]
    screen.shows(tiles_of(inside))
    screen.settle()

    other = visit(demo_server.url, urlencode(screen.query()))
    other.shows(tiles_of(inside))
    until(lambda: other.box("time") == (30, 50), lambda: other.box("time"))
    equals(lambda: other.box("rhythm"), (8, 18))
    equals(lambda: other.source("channel")["alpha"], [0.3, 1, 0.3])
    equals(lambda: (other.query(), other.sentence()), (screen.query(), screen.sentence()))
    equals(lambda: (other.tiles(), other.changes()), (screen.tiles(), screen.changes()))
    for chart in ("time", "channel", "category", "segment", "rhythm", "monetary"):
        assert other.source(chart)["part"] == screen.source(chart)["part"]
        assert other.source(chart)["whole"] == screen.source(chart)["whole"]


def test_a_link_that_cannot_be_read_says_so_and_shows_the_rest(visit, demo_server, lines):
    screen = visit(demo_server.url, "channel=Online&sel.nonsense=1")
    screen.shows(tiles_of(lines[lines.channel == "Online"]))
    alert = screen.page.locator(".status [role=alert]").first
    until(lambda: "'nonsense': no such dimension" in alert.inner_text(), alert.inner_text)


def test_a_selection_becomes_scope(screen, lines):
    screen.click_bar("channel", 1)
    query_is(screen, {"sel.channel": "Online"})
    screen.button("Make the selection my scope").click()
    query_is(screen, {"channel": "Online"})
    screen.settle()
    online = lines[lines.channel == "Online"]
    screen.shows(tiles_of(online))
    until(lambda: "within Channel is Online" in screen.sentence(), screen.sentence)
    until(lambda: shown(screen, "channel") == total_by(online, "channel"), lambda: screen.part("channel"))
    channel = screen.page.get_by_role("combobox", name="Channel", exact=True)
    until(lambda: "Online" in channel.inner_text(), channel.inner_text)


def test_sidebar_filters_presets_and_leaving_out(screen, lines):
    screen.pick("Channel", "Online")
    query_is(screen, {"channel": "Online"})
    online = lines[lines.channel == "Online"]
    screen.shows(tiles_of(online))

    screen.pick("Period", "Last 90 days")
    last = lines.ordered_at.max().normalize() + timedelta(days=1)
    since = last - timedelta(days=90)
    query_is(screen, {"channel": "Online", "ordered_at": f"{since:%Y-%m-%d}..{last:%Y-%m-%d}"})
    recent = between(online, since, last)
    screen.shows(tiles_of(recent))
    until(lambda: len(screen.source("time")["part"]) == 90, "a bar a day")

    screen.page.get_by_role("checkbox", name="Returns").click()
    until(lambda: screen.query().get("without") == "returns", screen.query)
    screen.shows(tiles_of(recent[recent.kind != "Return"]))

    screen.page.get_by_role("button", name="Take every filter out of scope").click()
    query_is(screen, {})
    screen.shows(tiles_of(lines))
    until(lambda: not screen.page.get_by_role("checkbox", name="Returns").is_checked(), "returns in scope")
    period = screen.page.get_by_role("combobox", name="Period", exact=True)
    until(lambda: period.inner_text().strip() == "All", period.inner_text)


def test_charts_show_another_measure(screen, lines):
    figure = screen.ids("channel")
    screen.pick("Charts show", "Units")
    query_is(screen, {"measure": "units"})
    title = screen.page.locator(".chart-channel p, .chart-channel h6").first
    until(lambda: "Units" in title.inner_text(), title.inner_text)
    until(lambda: shown(screen, "channel") == total_by(lines, "channel", "quantity"), lambda: screen.part("channel"))
    assert screen.ids("channel") == figure
    screen.shows(tiles_of(lines))


def test_views_are_saved_opened_and_removed(screen):
    screen.click_bar("channel", 2)
    query_is(screen, {"sel.channel": "App"})
    screen.button("Saved views and link").click()
    link = screen.page.get_by_role("textbox", name="Link to this view")
    until(lambda: link.input_value().endswith("?sel.channel=App"), link.input_value)
    screen.page.get_by_role("textbox", name="Name of this view").fill("Phones")
    screen.button("Save").click()
    chosen = screen.page.get_by_role("combobox", name="Open a saved view")
    until(lambda: "Phones" in chosen.inner_text(), chosen.inner_text)
    screen.page.keyboard.press("Escape")
    screen.button("Clear the selection").click()
    query_is(screen, {})

    screen.button("Saved views and link").click()
    until(lambda: "Phones" in chosen.inner_text(), chosen.inner_text)
    screen.button("Open").click()
    query_is(screen, {"sel.channel": "App"})

    screen.button("Saved views and link").click()
    screen.button("Remove").click()
    until(lambda: "Phones" not in chosen.inner_text(), chosen.inner_text)
    screen.page.keyboard.press("Escape")
