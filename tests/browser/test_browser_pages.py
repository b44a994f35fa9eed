"""The other pages, the dark paper, the details drawer by keyboard, and the telephone."""

import pytest
from figures_by_hand import shown, tiles_of, total_by
from screen import until

from retail_panel.formats import format_value
from retail_panel.views.palette import TEXT

pytestmark = pytest.mark.browser


def colour(screen, chart):
    return screen.page.evaluate("name => charts.figure(name).below[0].major_label_text_color", chart)


def test_segments_page_filters_and_clusters_anew(screen, lines):
    screen.tab("Segments")
    until(lambda: screen.query().get("page") == "segments", screen.query)
    until(lambda: screen.page.evaluate("() => !!charts.figure('rfm_grid')"), "the charts of the page")
    until(lambda: sum(screen.part("rfm_grid").values()) > 0, "figures on the grid")
    assert sum(screen.part("rfm_grid").values()) == lines.customer_id.nunique()
    screen.drag("rfm_grid", (3.1, 3.1), (4.9, 4.9))
    until(lambda: (screen.query().get("sel.r"), screen.query().get("sel.f")) == ("4,5", "4,5"), screen.query)
    until(lambda: screen.part("segment_sizes")["Lost"] == 0, lambda: screen.part("segment_sizes"))
    best = sum(screen.part("segment_sizes").values())
    assert best == sum(n for name, n in screen.part("rfm_grid").items() if name[0] in "45" and name[-1] in "45")
    screen.tab("Overview")
    until(lambda: screen.tiles().get("Customers") == f"{best:,.0f}", screen.tiles)

    screen.tab("Segments")
    screen.pick("Number of clusters", "6")
    until(lambda: screen.query().get("rfm.k") == "6", screen.query)
    until(lambda: len(screen.part("cluster_sizes")) == 6, lambda: screen.part("cluster_sizes"))
    rows = screen.page.locator(".profile tr")
    until(lambda: rows.count() == 7, rows.count)
    assert len(set(screen.part("cluster_sizes"))) == 6
    alerts = screen.page.locator(".MuiAlert-root:visible")
    until(lambda: "page=segments" in screen.page.url and not alerts.count(), "ok")


def test_data_page_shows_what_was_read(screen, lines):
    screen.tab("Data")
    until(lambda: screen.query().get("page") == "data", screen.query)
    page = screen.page.locator("body")
    words = screen.page.get_by_text(f"{len(lines):,}", exact=True)
    until(words.count, "the number of rows")
    for text in ("Completeness", "Recognised columns", "Set aside", "What the data does not support"):
        assert screen.page.get_by_text(text, exact=True).first.is_visible(), text
    assert "order_lines.csv.gz" in page.inner_html() or screen.page.get_by_text("order_lines.csv.gz").count()


def test_dark_mode_recolours_the_charts_in_place(screen):
    screen.page.evaluate("window.stays = true")
    ids = screen.ids("time")
    assert colour(screen, "time") == TEXT["light"]
    screen.button("Toggle theme").click()
    until(lambda: colour(screen, "time") == TEXT["dark"], lambda: colour(screen, "time"))
    assert screen.page.evaluate("window.stays") and screen.ids("time") == ids
    screen.button("Toggle theme").click()
    until(lambda: colour(screen, "time") == TEXT["light"], lambda: colour(screen, "time"))


def test_details_and_a_filter_by_keyboard_alone(screen, lines):
    press = screen.page.keyboard.press
    screen.page.locator(".tiles li button").last.focus()
    screen.tab_to("Table, filter and definition of Channel", most=6)
    press("Enter")
    drawer = screen.page.get_by_role("tab", name="Table", exact=True)
    drawer.wait_for()
    until(lambda: screen.focused() == "dialog", screen.focused)
    screen.tab_to("combobox", most=6)
    press("Enter")
    screen.page.get_by_role("menuitem", name="Online").wait_for()
    for _ in range(8):
        if "Online" in screen.page.evaluate("""() => { let each = document.activeElement
                while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement
                return each.textContent }"""):
            break
        press("ArrowDown")
    press("Enter")
    until(lambda: screen.query() == {"sel.channel": "Online"}, screen.query)
    screen.shows(tiles_of(lines[lines.channel == "Online"]))
    press("Escape")
    press("Escape")
    until(lambda: not drawer.is_visible(), "a closed drawer")

    screen.page.locator(".tiles li button").last.focus()
    screen.tab_to("Table, filter and definition of Kind", most=25)
    press("Enter")
    drawer.wait_for()
    until(lambda: screen.focused() == "dialog", screen.focused)
    screen.tab_to("tab", most=4)
    press("ArrowRight")
    press("Enter")
    row = screen.page.get_by_role("row").filter(has_text="Full Price")
    until(lambda: row.is_visible(), "the table")
    online = total_by(lines[lines.channel == "Online"], "kind")
    assert shown(screen, "kind") == online
    all_of_it = total_by(lines, "kind")
    for text in (format_value(online["Full Price"], "money"), format_value(all_of_it["Full Price"], "money")):
        assert text in row.inner_text()
    press("ArrowRight")
    press("Enter")
    statement = screen.page.locator("pre").filter(has_text="SELECT")
    until(lambda: statement.is_visible(), "the SQL")
    assert '"c_kind"' in statement.inner_text()
    press("Escape")
    until(lambda: not drawer.is_visible(), "a closed drawer")


def test_a_tile_says_how_its_figure_is_made(screen):
    screen.page.get_by_role("button", name="Return rate: ").click()
    statement = screen.page.locator("pre").filter(has_text="SELECT").first
    until(lambda: statement.is_visible(), "the SQL")
    assert screen.page.get_by_text("Source:").count()
    screen.page.keyboard.press("Escape")
    until(lambda: not statement.is_visible(), "a closed drawer")


def test_a_telephone_scrolls_past_charts_and_filters_in_the_drawer(visit, demo_server, lines):
    screen = visit(demo_server.url, phone=True)
    page = screen.page
    assert page.evaluate("() => [document.documentElement, document.querySelector('.main-content')]"
                         ".every(each => each.scrollWidth <= innerWidth)")
    assert screen.tiles() and all(screen.tiles().values())
    x, y = screen.place("time", 50, screen.middle("time"))
    scrolled = "() => document.querySelector('.main-content').scrollTop + window.scrollY"
    screen.show("channel")
    before = page.evaluate(scrolled)
    x, y = screen.place("channel", screen.page.evaluate("charts.figure('channel').x_range.end") / 2, 1.5)
    swipe(page, x, y, -250)
    until(lambda: page.evaluate(scrolled) >= before + 150, lambda: page.evaluate(scrolled))
    screen.show("time")
    before = page.evaluate(scrolled)
    x, y = screen.place("time", 50, screen.middle("time"))
    swipe(page, x, y, -250)
    until(lambda: page.evaluate(scrolled) >= before + 150, lambda: page.evaluate(scrolled))
    assert screen.query() == {}

    screen.show("channel")
    screen.button("Table, filter and definition of Channel").tap()
    page.get_by_role("tab", name="Table", exact=True).wait_for()
    page.get_by_role("dialog").get_by_role("combobox", name="Channel", exact=True).tap()
    page.get_by_role("menuitem", name="App").first.tap()
    until(lambda: screen.query() == {"sel.channel": "App"}, screen.query)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    screen.shows(tiles_of(lines[lines.channel == "App"]))


def swipe(page, x, y, by):
    """Move one finger up the glass."""
    glass = page.context.new_cdp_session(page)
    glass.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        glass.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + by * step / 8}]})
        page.wait_for_timeout(16)
    glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
