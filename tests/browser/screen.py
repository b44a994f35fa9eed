"""What a person at the screen sees and does, read from and done to a real browser page."""

import time
from urllib.parse import parse_qsl

#: Finds the figure of a chart by the CSS class of its card, and what Bokeh shows of it.
CHARTS = """
window.charts ||= {
  figure(name) {
    for (const model of Bokeh.documents[0]._all_models.values())
      if ((model.css_classes || []).includes(`chart-${name}`))
        return [...model.references()].find((each) => each.type === "Figure")
  },
  source(name) {
    const figure = this.figure(name)
    const data = figure.renderers[0].data_source.data
    return Object.fromEntries(Object.entries(data).map(([key, column]) => [key, Array.from(column)]))
  },
  box(name) {
    const found = this.figure(name).toolbar.tools.find((tool) => tool.type === "BoxSelectTool").overlay
    return found.visible ? [found.left, found.right] : null
  },
  place(name, x, y) {
    const view = Bokeh.index.find_one(this.figure(name))
    const { left, top } = view.canvas_view.el.getBoundingClientRect()
    return [left + view.frame.x_scale.compute(x), top + view.frame.y_scale.compute(y)]
  },
  ids(name) {
    const figure = this.figure(name)
    return [figure.id, ...figure.renderers.flatMap((each) => [each.id, each.data_source.id])]
  },
}
"""


#: Has Playwright take in what browsers tell by themselves, while there is one: it does so only while it is asked for
#: something, and neither an address nor a handler of events hears of anything else.
ears = []


def until(found, what, timeout_s=60):
    """Return the first truthy value that ``found()`` returns; fails with ``what`` when there is none in time."""
    end = time.monotonic() + timeout_s
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end, f"not within {timeout_s} s: {what() if callable(what) else what}"
        for hear in ears:
            hear()
        time.sleep(0.03)


def equals(found, expected):
    """Wait until ``found()`` returns what is expected."""
    until(lambda: found() == expected, lambda: f"{found()} for {expected}", 30)


class Screen:
    """One open page.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Where the workbench is open or will be.
    url : str
        Address of the server.
    """

    def __init__(self, page, url):
        self.page, self.url = page, url
        self._is_held = False

    def open(self, query=""):
        """Go to a state of the workbench and wait until its first view is there; returns the screen."""
        # The first page of a process has it load what pages are made of: on a busy machine that takes a while.
        self.page.goto(f"{self.url}app{'?' if query else ''}{query}", timeout=90_000)
        # What comes before the page is a picture.
        self.page.locator("#glance").wait_for(state="detached", timeout=60_000)
        self.page.locator(".tiles li, .profile, .status").first.wait_for(timeout=60_000)
        self.page.locator("#loader").wait_for(state="hidden", timeout=60_000)
        self.settle()
        return self

    def reset(self):
        """Go back to everything in scope and nothing selected by the page's own buttons; returns whether that did."""
        self._is_held = False
        if self.page.locator("[role=dialog]:visible, [role=listbox]:visible, .status [role=alert]:visible").count():
            return False
        if set(self.query()) & {"page"}:
            self.tab("Overview")
        for name in ("Clear the selection", "Take every filter out of scope"):
            if self.button(name).is_enabled():
                self.button(name).click()
        try:
            until(lambda: not self.query(), self.query, 5)
            self.settle()
        except AssertionError:
            return False
        return not [chart for chart in ("time", "rhythm") if self.box(chart)]

    def settle(self):
        """Wait until nothing is pending: tiles have figures and the bar of the status is gone."""
        self.page.evaluate(CHARTS)
        until(lambda: self.page.evaluate(
            "() => !!charts.figure('time') || !!charts.figure('segment_sizes')"), "charts")
        tiles = self.page.locator(".tiles li button")
        until(lambda: not tiles.count() or all(self.tiles().values()), self.tiles)
        until(lambda: not self.page.locator(".status [role=progressbar]:visible").count(), "an idle status bar")

    def tiles(self):
        """Return the text of each tile by its label, None while it is pending."""
        return dict(self.page.locator(".tiles li button").evaluate_all(
            """all => all.map(one => [one.querySelector(".label").textContent,
                one.getAttribute("aria-busy") === "true" ? null : one.querySelector(".value").textContent])"""))

    def shows(self, tiles):
        """Wait until tiles have these texts, a dict by label."""
        until(lambda: tiles.items() <= self.tiles().items(), lambda: f"{tiles}, but {self.tiles()}")

    def changes(self):
        """Return the comparison line of each tile by its label."""
        return dict(self.page.locator(".tiles li button").evaluate_all(
            'all => all.map(one => ["label", "change"].map(part => one.querySelector(`.${part}`).textContent))'))

    def sentence(self):
        """Return the filters in words."""
        return self.page.locator(".filters p").first.inner_text().strip()

    def facts(self):
        """Return the line of rows, version and freshness."""
        return self.page.locator(".facts").locator("span").first.inner_text().strip()

    def query(self):
        """Return the state in the address, a dict of texts."""
        return dict(parse_qsl(self.page.evaluate("location.search").lstrip("?")))

    def source(self, chart):
        """Return the columns of a chart: label, part, whole, alpha."""
        return self.page.evaluate("name => charts.source(name)", chart)

    def part(self, chart):
        """Return the selected values of a chart by label."""
        found = self.source(chart)
        return dict(zip(found["label"], found["part"], strict=True))

    def box(self, chart):
        """Return the brush of a chart in codes, None where there is none."""
        found = self.page.evaluate("name => charts.box(name)", chart)
        return found and tuple(found)

    def ids(self, chart):
        """Return the ids of a chart's figure, its renderers and their sources."""
        return self.page.evaluate("name => charts.ids(name)", chart)

    def place(self, chart, x, y):
        """Return the pixel of a point of a chart, in its own coordinates."""
        return self.page.evaluate("at => charts.place(...at)", [chart, x, y])

    def show(self, chart):
        """Scroll a chart into view and wait until it lies still there: what is above it may still grow."""
        card, seen = self.page.locator(f".chart-{chart}").first, []

        def still():
            card.scroll_into_view_if_needed()
            seen.append(self.place(chart, 0, 0))
            self.page.wait_for_timeout(60)
            return seen[-2:-1] == [self.place(chart, 0, 0)]

        until(still, f"{chart} at rest")

    def middle(self, chart):
        """Return the middle of a chart's value axis, so that a pointer there is well inside."""
        return self.page.evaluate(
            "name => { const span = charts.figure(name).y_range; return (span.start + span.end) / 2 }", chart)

    def press(self, chart, *points, steps=6):
        """Press the button at the first point of a chart and move to the others; the button stays down."""
        self.show(chart)
        start, *rest = [self.place(chart, *point) for point in points]
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self._is_held = True
        for point in rest:
            self.page.mouse.move(*point, steps=steps)

    def drag(self, chart, *points, steps=6):
        """Press at the first point, move to the others, let go."""
        self.press(chart, *points, steps=steps)
        self.page.mouse.up()
        self._is_held = False

    def brush(self, chart, low, high):
        """Drag over the pieces from ``low`` until ``high`` of a chart of columns, and wait for the answer."""
        y = self.middle(chart)
        self.drag(chart, (low + 0.1, y), (high - 0.1, y))

    def click_bar(self, chart, code, modifiers=()):
        """Click the bar of a category, not so soon after another click that the two are a double click."""
        self.show(chart)
        self.page.wait_for_timeout(350)
        span = self.page.evaluate("name => charts.figure(name).x_range.end", chart)
        for key in modifiers:
            self.page.keyboard.down(key)
        self.page.mouse.click(*self.place(chart, span * 0.02, code + 0.5))
        for key in modifiers:
            self.page.keyboard.up(key)

    def button(self, name):
        """Return the button of that name, no words of another one over it: they go as the pointer leaves that."""
        if not self._is_held:
            self.page.mouse.move(1, 1)
        return self.page.get_by_role("button", name=name, exact=True)

    def pick(self, label, choice, among=None):
        """Choose from a list of the sidebar, or of another part of the page, by the words one sees."""
        (among or self.page).get_by_role("combobox", name=label, exact=True).click()
        self.page.get_by_role("menuitem", name=choice).first.click()
        self.page.keyboard.press("Escape")

    def tab(self, name):
        """Open a page of the workbench by its tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def focused(self):
        """Return the name of the element that has the keyboard, or its role."""
        return self.page.evaluate("""() => {
            let each = document.activeElement
            while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement
            return each.getAttribute("aria-label") || each.getAttribute("role") || each.textContent.trim() }""")

    def tab_to(self, name, most=40):
        """Press Tab until the element of that name has the keyboard, once there is one."""
        if name not in ("combobox", "tab"):
            self.button(name).wait_for()
        seen = [self.focused()]
        for _ in range(most):
            self.page.keyboard.press("Tab")
            seen.append(self.focused())
            if seen[-1] == name:
                return
        raise AssertionError(f"Tab does not reach {name}, but {seen}")
