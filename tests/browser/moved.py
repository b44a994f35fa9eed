"""A brush that is moved and held on a page with every chart in sight, and what the browser makes of it by itself."""

from screen import CHARTS, until

TALL = {"width": 1400, "height": 2600}
#: Charts that are brushed, and the axes along which they are.
ACTIVE = {"time": ["x"], "monetary": ["x"], "rhythm": ["x", "y"]}
#: Moves the brush as the tool does, and has it answered within the same turn of the event loop, so that no message of
#: the server can come between; then tells what is on the screen, and whether the browser has answered at all. A frame
#: that was asked for before is let go first: it would have answered in its own time.
BRUSH = """
window.brush ||= {
  move(name, box, final = false) {
    const { SelectionGeometry } = Bokeh.require("core/bokeh_events")
    this.held = final ? null : [name, box]
    charts.figure(name).trigger_event(new SelectionGeometry({ type: "rect", y0: 0, y1: 1, ...box }, final))
  },
  async at_once(name, box) {
    await new Promise(window.requestAnimationFrame)
    const wait = window.requestAnimationFrame
    let answered = false
    const hear = ({ detail }) => { answered ||= detail !== null }
    window.addEventListener("brushed-tiles", hear)
    window.requestAnimationFrame = (work) => (queueMicrotask(work), 1)
    this.move(name, box)
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    window.requestAnimationFrame = wait
    window.removeEventListener("brushed-tiles", hear)
    return [...this.shown(), answered]
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


def tall(screen):
    """Make a screen hold every chart of the overview, and return it."""
    screen.page.set_viewport_size(TALL)
    screen.page.evaluate(CHARTS + BRUSH)
    screen.settle()
    return screen


def let_go(screen):
    """Let go of a brush that is held; only then can it be cleared."""
    if screen.page.evaluate("brush.held && (brush.move(...brush.held, true), true)"):
        until(screen.query, "a brush that rests")
        until(screen.button("Clear the selection").is_enabled, "a selection to clear")


def sizes(screen, chart):
    """Return the numbers of pieces of a chart along its axes."""
    return screen.page.evaluate("""([name, axes]) => { const figure = charts.figure(name)
        return axes.map((axis) => Math.max(figure[`${axis}_range`].start, figure[`${axis}_range`].end)) }""",
        [chart, ACTIVE[chart]])  # fmt: skip


def tried(screen, chart, where):
    """Move a brush; return the charts and the tiles as the browser alone makes them, and whether it did."""
    return screen.page.evaluate("at => brush.at_once(...at)", [chart, where])


def at_once(screen, chart, where):
    """Move a brush; return the charts and the tiles as the browser alone makes them."""
    # A frame that a message has just asked for would answer it in its own time, after this has looked.
    return until(lambda: (found := tried(screen, chart, where))[2] and found[:2], "the browser answers")


def armed(screen, chart, where):
    """Go to a chart and wait until the browser answers a brush on it, with everything it ever will."""
    screen.page.evaluate("name => charts.figure(name).trigger_event(new (Bokeh.require('core/bokeh_events')"
                         ".MouseEnter)(0, 0, 0, 0, {}))", chart)  # fmt: skip

    def answers():
        values, _, answered = tried(screen, chart, where)
        return answered and ("pending" not in values.values() or len(ACTIVE[chart]) == 2)

    until(answers, screen.tiles)
