"""A moving brush answered in the browser: what it shows is what the server would show, and nothing stale."""

import random

import pytest
from conftest import Served, Visits
from screen import CHARTS, until

pytestmark = pytest.mark.browser
TALL = {"width": 1400, "height": 2600}
ACTIVE = {"time": ["x"], "monetary": ["x"], "rhythm": ["x", "y"]}
#: Moves the brush as the tool does, and has it answered within the same turn of the event loop, so that no message of
#: the server can come between; then tells what is on the screen.
BRUSH = """
window.brush ||= {
  move(name, box, final = false) {
    const { SelectionGeometry } = Bokeh.require("core/bokeh_events")
    charts.figure(name).trigger_event(new SelectionGeometry({ type: "rect", y0: 0, y1: 1, ...box }, final))
  },
  async at_once(name, box) {
    const wait = window.requestAnimationFrame, before = this.shown()
    window.requestAnimationFrame = (work) => (queueMicrotask(work), 1)
    this.move(name, box)
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    window.requestAnimationFrame = wait
    return [...this.shown(), JSON.stringify(this.shown()) !== JSON.stringify(before)]
  },
  shown() { return [this.charts(), this.tiles()] },
  tiles() {
    return Object.fromEntries([...document.querySelectorAll("*")].flatMap(tiles_in).map((tile) => [
      tile.querySelector(".label").textContent,
      tile.getAttribute("aria-busy") === "true" ? null : tile.querySelector(".value").textContent]))
  },
  charts() {
    const found = {}
    for (const card of document_cards()) {
      const [, front] = charts.figure(card).renderers
      const { part, part_size } = front.data_source.data
      const pale = front.glyph.fill_alpha.value !== undefined
      found[card] = pale ? "pending" : [Array.from(part), Array.from(part_size ?? [])]
    }
    return found
  },
}
function tiles_in(place) {
  const within = place.shadowRoot
  return within === null ? [] : [...within.querySelectorAll("*")].flatMap(tiles_in)
    .concat([...within.querySelectorAll(".tiles li button")])
}
function document_cards() {
  return [...Bokeh.documents[0]._all_models.values()].flatMap((model) => model.css_classes || [])
    .filter((name) => name.startsWith("chart-") && charts.figure(name.slice(6))).map((name) => name.slice(6))
}
"""


@pytest.fixture(scope="module")
def plain_server():
    """A server whose visitors' brushes it answers by itself."""
    one = Served(browser_brush="no")
    yield one
    log = one.log()
    assert one.stop() == 0 and "ERROR" not in log, log


def tall(screen):
    """Make a screen hold every chart of the overview, and return it."""
    screen.page.set_viewport_size(TALL)
    screen.page.evaluate(CHARTS + BRUSH)
    screen.settle()
    return screen


@pytest.fixture
def ours(screen):
    """A page whose browser answers."""
    return tall(screen)


@pytest.fixture(scope="module")
def plain_screen(browser, plain_server):
    visits = Visits(browser)
    yield visits(plain_server.url)
    visits.close()
    visits.check()


@pytest.fixture
def theirs(plain_screen):
    """A page whose server answers, with nothing selected."""
    if not plain_screen.reset():
        plain_screen.open()
    return tall(plain_screen)


def sizes(screen, chart):
    """Return the numbers of pieces of a chart along its axes."""
    return screen.page.evaluate("""([name, axes]) => { const figure = charts.figure(name)
        return axes.map((axis) => Math.max(figure[`${axis}_range`].start, figure[`${axis}_range`].end)) }""",
        [chart, ACTIVE[chart]])  # fmt: skip


def box(rng, sizes):
    """Return a random box over a chart, from anywhere to anywhere."""
    ends = [sorted(rng.uniform(-1, size + 1) for _ in "ab") for size in sizes]
    return {f"{axis}{i}": pair[i] for axis, pair in zip("xy", ends, strict=False) for i in (0, 1)}


def at_once(screen, chart, where):
    """Move a brush; return the charts and the tiles as the browser alone makes them, and whether it changed any."""
    return screen.page.evaluate("at => brush.at_once(...at)", [chart, where])


def armed(screen, chart, where):
    """Go to a chart and wait until the browser answers a brush on it, with everything it ever will."""
    screen.page.evaluate("name => charts.figure(name).trigger_event(new (Bokeh.require('core/bokeh_events')"
                         ".MouseEnter)(0, 0, 0, 0, {}))", chart)  # fmt: skip
    most = 1 if ACTIVE[chart] == ["x"] else 4

    def answers():
        at_once(screen, chart, {end: 0 if end[1] == "0" else 1 for end in where})
        _, tiles, changed = at_once(screen, chart, where)
        return changed and sum(text is None for text in tiles.values()) <= most

    until(answers, screen.tiles, 30)


def compare(ours, theirs, chart, where):
    """Brush on both pages; every number of every chart and every text of a tile is the same."""
    expected, tiles, _ = at_once(ours, chart, where)
    assert sum(values != "pending" for values in expected.values()) >= 8

    def different():
        # Again and again: Panel now and then leaves a message lying until the next one comes.
        theirs.page.evaluate("at => brush.move(...at)", [chart, where])
        charts, texts = theirs.page.evaluate("brush.shown()")
        found = {name: (tiles[name], text) for name, text in texts.items() if tiles[name] not in (None, text)}
        for name, values in charts.items():
            if name != chart and expected[name] != "pending" and not same(values, expected[name]):
                found[name] = (expected[name], values)
        return found

    until(lambda: not different(), different, 20)


def same(one, other):
    """Whether two charts show the same numbers; a brush that has rested has them from the engine's own sums."""
    return one != "pending" and all(a == pytest.approx(b, abs=1e-6) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("chart", ACTIVE)
def test_the_browser_shows_what_the_server_shows(ours, theirs, chart):
    rng = random.Random(chart)
    length = sizes(ours, chart)
    armed(ours, chart, box(rng, length))
    for _ in range(6):
        compare(ours, theirs, chart, box(rng, length))


def test_the_server_settles_what_the_browser_showed(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    shown, tiles, _ = at_once(ours, "time", {"x0": 10.2, "x1": 33.3})
    ours.page.evaluate("at => brush.move(...at, true)", ["time", {"x0": 10.2, "x1": 33.3}])
    until(ours.query, "the range in the address")
    until(lambda: all(ours.tiles().values()), ours.tiles)
    exact = ours.tiles()
    assert {n: t for n, t in tiles.items() if t} == {n: t for n, t in exact.items() if tiles[n]}
    for name, (part, _) in ours.page.evaluate("brush.charts()").items():
        assert name == "time" or part == pytest.approx(shown[name][0], abs=1e-6), name


def test_the_server_hears_of_a_moving_brush_a_few_times_a_second(ours):
    armed(ours, "time", {"x0": 22.1, "x1": 40.9})
    counted = ours.page.evaluate("""async () => {
        const send = WebSocket.prototype.send, began = performance.now()
        let heard = 0
        WebSocket.prototype.send = function (text) {
          heard += String(text).includes("selectiongeometry"); return send.call(this, text)
        }
        for (let move = 0; move < 100; move++) {
          brush.move("time", { x0: 10, x1: 20 + move / 2 })
          await new Promise(requestAnimationFrame)
        }
        const lasted = performance.now() - began
        brush.move("time", { x0: 10, x1: 70 }, true)
        WebSocket.prototype.send = send
        return { heard, lasted }
    }""")
    assert 3 <= counted["heard"] <= counted["lasted"] / 150 + 2
    until(lambda: ours.box("time") == (10, 70), lambda: ours.box("time"))


def test_a_stale_cube_answers_nothing(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    ours.page.evaluate("at => brush.move(...at, true)", ["time", where])
    until(ours.query, "a filter")
    ours.click_bar("channel", 1)
    until(lambda: "sel.channel" in ours.query(), ours.query)
    ours.settle()
    before, _, changed = at_once(ours, "time", {"x0": 5.1, "x1": 60.9})
    assert not changed
    until(lambda: ours.page.evaluate("brush.charts()")["kind"] != before["kind"], "the server's own answer")


def test_charts_out_of_sight_are_left_until_they_are_seen(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    first, _, _ = at_once(ours, "time", where)
    ours.page.set_viewport_size({"width": 1400, "height": 700})
    ours.page.wait_for_timeout(500)
    second, _, _ = at_once(ours, "time", {"x0": 50.2, "x1": 80.1})
    assert first["monetary"] == second["monetary"] and first["channel"] != second["channel"]
    ours.show("monetary")
    until(lambda: ours.page.evaluate("brush.charts()")["monetary"] != first["monetary"], "a chart that came in sight")
