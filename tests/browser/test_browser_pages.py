"""The other pages, the dark paper, the details drawer by keyboard, and the telephone."""

import pytest
from figures_by_hand import shown, tiles_of, total_by
from screen import equals, until

from retail_panel.formats import format_value

pytestmark = pytest.mark.browser


def lightness(screen):
    """Return how light the words on the axes of some charts are, from 0 to 255."""
    return screen.page.evaluate("""() => ["time", "channel", "rhythm"].map((name) => {
        const brush = document.createElement("canvas").getContext("2d")
        brush.fillStyle = charts.figure(name).below[0].major_label_text_color
        brush.fillRect(0, 0, 1, 1)
        return brush.getImageData(0, 0, 1, 1).data[0] })""")


def test_segments_page_filters_and_clusters_anew(screen, lines):
    screen.tab("Segments")
    until(lambda: screen.query().get("page") == "segments", screen.query)
    until(lambda: screen.page.evaluate("() => !!charts.figure('rfm_grid')"), "the charts of the page")
    until(lambda: sum(screen.part("rfm_grid").values()) > 0, "figures on the grid")
    equals(lambda: sum(screen.part("rfm_grid").values()), lines.customer_id.nunique())
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
    until(lambda: len(set(screen.part("cluster_sizes"))) == 6, lambda: screen.part("cluster_sizes"))
    alerts = screen.page.locator(".MuiAlert-root:visible")
    until(lambda: "page=segments" in screen.page.url and not alerts.count(), "ok")


def test_data_page_shows_what_was_read(screen, lines):
    screen.tab("Data")
    until(lambda: screen.query().get("page") == "data", screen.query)
    returned = (lines.kind == "Return").sum()
    for text in ("order_lines.csv.gz · order lines", f"{len(lines):,}", f"{returned:,}", "Completeness",
                 "Recognised columns", "Set aside", "What the data does not support"):  # fmt: skip
        shown = screen.page.get_by_text(text, exact=True).locator("visible=true")
        until(shown.count, f"{text} on the page")


def test_pages_of_customers_are_turned_by_numbered_buttons(visit, demo_server, lines):
    screen = visit(demo_server.url)
    screen.tab("Customers")
    pages = screen.page.get_by_role("navigation", name="Pages")
    many = -(-lines.customer_id.nunique() // 25)
    first = screen.page.locator(".tabulator-row").first

    def now():
        return pages.locator("[aria-current=page]").inner_text()

    def press(name):
        pages.get_by_role("button", name=name, exact=True).click()

    until(first.count, "rows")
    seen = [first.inner_text()]
    assert now() == "1" and pages.get_by_role("button", name="Go to previous page", exact=True).is_disabled()
    for name, to in (("Go to next page", 2), (f"Go to page {many}", many), ("Go to previous page", many - 1)):
        press(name)
        equals(now, str(to))
        # First, neighbours and last, and four to step: the others are an ellipsis.
        assert pages.get_by_role("button").count() <= 11
        until(lambda: first.inner_text() not in seen, seen)
        seen.append(first.inner_text())
    press("Go to first page")
    equals(now, "1")
    equals(first.inner_text, seen[0])


def test_what_comes_before_a_page_listens_is_on_it(visit, demo_server):
    screen = visit(demo_server.url)
    screen.page.evaluate("""() => {
        const view = Bokeh.Models.get("panel.models.esm.ReactComponent").prototype.default_view.prototype
        const listen = view.on_child_render
        view.on_child_render = function (...what) { setTimeout(() => listen.apply(this, what), 1500) } }""")
    screen.tab("Data")
    until(screen.page.get_by_text("Recognised columns").locator("visible=true").count, "what was read")


def test_dark_mode_recolours_the_charts_in_place(screen):
    screen.page.evaluate("window.stays = true")
    ids = screen.ids("time")
    assert max(lightness(screen)) < 100
    screen.button("Toggle theme").click()
    until(lambda: min(lightness(screen)) > 180, lambda: lightness(screen))
    assert screen.page.evaluate("window.stays") and screen.ids("time") == ids
    screen.button("Toggle theme").click()
    until(lambda: max(lightness(screen)) < 100, lambda: lightness(screen))


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
    equals(lambda: shown(screen, "kind"), online)
    all_of_it = total_by(lines, "kind")
    for text in (format_value(online["Full Price"], "money"), format_value(all_of_it["Full Price"], "money")):
        assert text in row.inner_text()
    press("ArrowRight")
    press("ArrowRight")
    press("Enter")
    statement = screen.page.locator("pre").filter(has_text="SELECT").first
    until(lambda: statement.is_visible(), "the SQL")
    assert '"c_kind"' in statement.inner_text()
    press("Escape")
    until(lambda: not drawer.is_visible(), "a closed drawer")


def test_a_tile_says_how_its_figure_is_made(screen):
    screen.page.get_by_role("button", name="Return rate: ").click()
    statement = screen.page.locator("pre").filter(has_text="SELECT").first
    until(lambda: statement.is_visible(), "the SQL")
    until(screen.page.get_by_text("Source:").count, "the source")
    screen.page.keyboard.press("Escape")
    until(lambda: not statement.is_visible(), "a closed drawer")


def test_a_telephone_scrolls_past_charts_and_filters_in_the_drawer(visit, demo_server, lines):
    screen = visit(demo_server.url, phone=True)
    page = screen.page
    body = page.locator(".main-content")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert body.evaluate("each => each.scrollWidth <= innerWidth")
    assert screen.tiles() and all(screen.tiles().values())
    scrolled = "each => each.scrollTop + window.scrollY"
    screen.show("channel")
    before = body.evaluate(scrolled)
    x, y = screen.place("channel", screen.page.evaluate("charts.figure('channel').x_range.end") / 2, 1.5)
    swipe(page, x, y, -250)
    until(lambda: body.evaluate(scrolled) >= before + 150, lambda: body.evaluate(scrolled))
    screen.show("time")
    before = body.evaluate(scrolled)
    x, y = screen.place("time", 50, screen.middle("time"))
    swipe(page, x, y, -250)
    until(lambda: body.evaluate(scrolled) >= before + 150, lambda: body.evaluate(scrolled))
    equals(lambda: screen.query(), {})

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


def test_no_style_sheet_says_how_charts_are_painted_so_none_is_asked(screen):
    is_painted, letters_px, asked = screen.page.evaluate("""() => {
        const { getComputedStyle } = window
        let asked = 0
        window.getComputedStyle = (...rest) => { asked += 1; return getComputedStyle(...rest) }
        const axis = Bokeh.index.find_one(charts.figure("time").below[0])
        const found = [axis.visuals.major_label_text.doit, axis.plot_view.base_font_size, asked]
        window.getComputedStyle = getComputedStyle
        return found
    }""")
    assert is_painted and letters_px > 0 and asked == 0
    said = screen.page.evaluate("""() => {
        const inner = (el) => el.shadowRoot ? roots(el.shadowRoot) : []
        const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap(inner)]
        const sheets = roots(document).flatMap((root) => [...root.styleSheets, ...root.adoptedStyleSheets])
        const rules = sheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText))
        return [rules.length, rules.filter((text) => text.includes("--bk-"))]
    }""")
    assert said[0] > 50 and said[1] == []


def test_a_chart_that_is_painted_anew_in_its_place_writes_no_style_sheet(screen):
    painted, written, places = screen.page.evaluate("""async () => {
        const inner = (el) => el.shadowRoot ? styles(el.shadowRoot) : []
        const styles = (root) => [...root.querySelectorAll("style"), ...[...root.querySelectorAll("*")].flatMap(inner)]
        const figure = charts.figure("time")
        const view = Bokeh.index.find_one(figure)
        const axis = Bokeh.index.find_one(figure.left[0])
        let painted = 0, written = 0
        view.repainted.connect(() => { painted += 1 })
        const watch = new MutationObserver((changes) => { written += changes.length })
        for (const each of styles(view.shadow_el)) watch.observe(each, { childList: true, characterData: true })
        view.request_repaint()
        await new Promise((end) => setTimeout(end, 500))
        const glyphs = figure.renderers.map((one) => getComputedStyle(Bokeh.index.find_one(one).el).display)
        watch.disconnect()
        return [painted, written, [axis.el.getBoundingClientRect().width > 0, ...new Set(glyphs)]]
    }""")
    assert painted > 0 and written == 0
    assert places == [True, "none"]


def test_figures_are_there_before_the_page_and_stay_the_same(screen):
    screen.page.goto(f"{screen.url}app", wait_until="commit")
    screen.page.locator("#glance rect").first.wait_for()
    early = screen.page.locator("#glance .tiles li").evaluate_all(
        "all => all.map(one => ['label', 'value'].map(part => one.querySelector(`.${part}`).textContent))"
    )
    assert early and all(value for _, value in early)
    screen.page.locator("#glance").wait_for(state="detached", timeout=60_000)
    screen.settle()
    assert screen.tiles() == dict(early)
