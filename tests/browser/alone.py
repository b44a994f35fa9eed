"""The scripts of a moving brush on a page without a server, so that a test says what the server says, and when."""

import json
from pathlib import Path

import numpy as np
from bokeh.embed import file_html
from bokeh.layouts import column
from bokeh.models import BoxAnnotation, BoxSelectTool, ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import INLINE
from screen import until

from retail_panel import pages
from retail_panel.formats import style

SCRIPTS = Path(pages.__file__).parent
PIECES = 20
#: Values of the chart that follows, a row a piece of the brushed one, and the tile's.
VALUES = np.arange(1, PIECES * 3 + 1, dtype=np.uint8).reshape(PIECES, 3)
#: A page's models as the server would have them, and what a test does to them: the server's part, and what one sees.
DESK = """
([load, active, figures, layers, style]) => {
  const told = []
  const model = (more) => { const on = {}
    return { ...more, on: (name, does) => { on[name] = does }, send_msg(what) { told.push(what) },
      hear: (name, what) => on[name](what) } }
  const doc = Bokeh.documents[0], place = document.createElement("div")
  document.body.append(place)
  doc.get_model_by_id(active).subscribed_events = new Set(["selectiongeometry", "mouseenter"])
  const said = []
  doc.on_change(({ msg_data }) => { if (msg_data?.event_name === "selectiongeometry") said.push(msg_data.final) })
  const path = model({}), named = (name) => ({ name, label: name, definition: "" })
  const tiles = model({ tiles: [named("known"), named("unknown")], values: {}, box: "", changes: {} })
  const renderer = (i) => doc.get_model_by_id(figures[i]).renderers[1]
  const chart = (figure, i) => ({ figure, layer: layers[i], place: i === 0 ? 0 : null, marks: null,
    alpha: { field: "alpha" }, pale: { value: 0.3 } })
  const number = (at, kind, width) => ({ kind, at, width, distinct: false, scale: 1, summed: false })
  const plan = { places: [number(0, "Uint8", 3), number(64, "Uint16", 1)],
    active: [{ figure: active, sizes: [20], edge: 0.25 }], charts: figures.map(chart),
    tiles: { known: { figure: 1, style }, unknown: { figure: null, style } } }
  window.desk = {
    active, path,
    arm: (stock = 0) => path.hear("msg:custom", { number: 1, turn: 7, exact: "", stock,
      load: stock ? null : new Uint8Array(load).buffer, ...plan }),
    disarm: () => path.hear("msg:custom", { number: 0 }),
    put: (stock) => path.hear("msg:custom", { number: -3, stock, load: new Uint8Array(load).buffer, ...plan }),
    free: (free) => path.hear("msg:custom", { number: -4, free }),
    say(box, tile, parts) {
      parts.forEach((part, i) => { const { data_source } = renderer(i)
        data_source.setv({ data: { ...data_source.data, part } }, { sync: false, check_eq: false }) })
      path.hear("msg:custom", { number: -2, box })
      Object.assign(tiles, { values: { known: tile, unknown: tile }, box })
      tiles.hear("told")
    },
    forget: () => path.hear("msg:custom", { number: -1 }),
    seen: () => [
      [...place.querySelectorAll("button")].map((tile) =>
        tile.getAttribute("aria-busy") === "true" ? null : tile.querySelector(".value").textContent),
      figures.map((_, i) => [...renderer(i).data_source.data.part]),
      renderer(1).glyph.fill_alpha.value !== undefined],
    said, told,
    pixel(x) {
      const view = Bokeh.index.find_one_by_id(active), { left, top } = view.canvas_view.el.getBoundingClientRect()
      return [left + view.frame.x_scale.compute(x), top + view.frame.y_scale.compute(20)] },
  }
  render_path({ model: path })
  render_tiles({ model: tiles, el: place })
  desk.arm()
}
"""


def _columns(source, pieces):
    drawn = figure(width=500, height=250, x_range=(0, pieces), y_range=(0, 50), toolbar_location=None, tools="")
    drawn.vbar(x="x", top="whole", source=source)
    layer = drawn.vbar(x="x", top="part", source=source, fill_alpha="alpha")
    layer.level = "overlay"
    return drawn, layer


def _source(pieces):
    ones = [1.0] * pieces
    return ColumnDataSource({"x": np.arange(pieces) + 0.5, "whole": ones, "part": ones, "alpha": ones})


def _script(*names):
    text = "\n".join((SCRIPTS / name).read_text("utf-8") for name in names)
    text = text.replace("export function render", "window.render = function").replace("export ", "")
    return f"(() => {{ {text}\n}})()"


def lay_out(page):
    """Put a chart to brush, two that follow it and two tiles on a page; the browser answers one of each."""
    active, _ = _columns(_source(PIECES), PIECES)
    overlay = BoxAnnotation(editable=True, visible=False, top=50, bottom=0, movable="x", resizable="x", syncable=False)
    tool = BoxSelectTool(dimensions="width", continuous=True, persistent=True, renderers=[], overlay=overlay)
    active.add_tools(tool)
    active.toolbar.active_drag = tool
    following = [_columns(_source(3), 3) for _ in "ab"]
    # Before anything is drawn, as the workbench has it; what comes from a server or of Panel does not come here.
    mends = _script("shell_mends.js")
    for absent in ("know_what_came_from_the_server", "see_children_that_came_early"):
        mends = mends.replace(f"  {absent}()\n", "")
    html = file_html(column(active, *(drawn for drawn, _ in following)), INLINE)
    data = '<script type="application/json"'
    page.set_content(html.replace(data, f"<script>{mends}; render({{ model: {{}} }})</script>{data}", 1))
    until(lambda: page.evaluate("!!Bokeh.documents[0]?.is_idle"), "a page that is drawn")
    load = [*VALUES.tobytes(), *bytes(4), *VALUES.sum(1).astype("<u2").tobytes()]
    page.add_script_tag(content=f"{_script('formats.js', 'brush_path.js')}; window.render_path = window.render")
    page.add_script_tag(content=f"{_script('tiles.js')}; window.render_tiles = window.render")
    plan = [load, active.id, [d.id for d, _ in following], [r.id for _, r in following], style("count", "GBP", "tile")]
    page.evaluate(f"({DESK.strip()})({json.dumps(plan)})")
    page.mouse.move(900, 1)
