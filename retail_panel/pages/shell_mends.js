// Panel 1.9's components may pass a resize on to a Bokeh 3.9 figure before its first layout, which then fails with
// "Cannot read properties of undefined (reading 'top_panel')"; the figure is laid out a moment later anyway.
function leave_unlaid_figures_alone() {
  const views = window.Bokeh.Models.get("Figure").prototype.default_view.prototype
  for (const step of ["_measure_layout", "_after_layout"]) {
    const take = views[step]
    views[step] = function () {
      if (this.layout != null) take.call(this)
    }
  }
}

// Bokeh 3.9 takes a model that came from the server for a new one, and sends all of it back with the first message that
// names it; the server then warns that it knows it already.
function know_what_came_from_the_server() {
  const document = window.Bokeh.documents[0].constructor.prototype
  const take = document.apply_json_patch
  document.apply_json_patch = function (patch, ...buffers) {
    const came = new Set()
    collect_ids(patch.events, came)
    const fresh = this._new_models
    fresh.add = (model) => came.has(model.id) ? fresh : Set.prototype.add.call(fresh, model)
    try { take.call(this, patch, ...buffers) } finally { delete fresh.add }
  }
}

function collect_ids(value, found) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return
  if (value.type === "object" && value.id !== undefined) found.add(value.id)
  for (const part of Object.values(value)) collect_ids(part, found)
}

// Bokeh 3.9 says of a box that is drawn when it is let go, and of one that is moved or resized it does not.
function say_when_a_moved_box_is_let_go() {
  const tool = window.Bokeh.Models.get("BoxSelectTool").prototype.default_view.prototype
  const { connect_signals, _do_select } = tool
  tool.connect_signals = function () {
    this.connect(this.model.overlay.pan, ([phase]) => { this.is_let_go = phase === "pan:end" })
    connect_signals.call(this)
  }
  tool._do_select = function (x, y, final, ...more) {
    _do_select.call(this, x, y, final || this.is_let_go === true, ...more)
    this.is_let_go = false
  }
}

// Bokeh 3.9 asks the style sheets for each colour, font and width that it paints, such as `--bk-axis-label-text-color`. As it
// moves axes about between two questions, the browser works out the styles of the whole page for nearly each of them: more
// than half of what a refresh took. No style sheet of ours, of Panel or of the shell answers. The size of a figure's
// letters does not change, and is asked once.
function paint_without_asking_style_sheets() {
  window.Bokeh.require("core/visuals/visual").VisualProperties.prototype._get_css_value = () => ""
  const { prototype } = window.Bokeh.require("models/plots/plot").PlotView
  const { get } = Object.getOwnPropertyDescriptor(prototype, "base_font_size")
  Object.defineProperty(prototype, "base_font_size", { get() { return this._size_of_letters ??= get.call(this) } })
}

// Bokeh 3.9 writes the place of each axis and glyph into a style sheet of its own at each paint, also where it is what it was.
// The next canvas that is given a font then has the browser work out the styles of the page, some thirty times a refresh.
// Nothing is ever shown in the element of a glyph.
function write_only_style_sheets_that_differ() {
  const sheet = window.Bokeh.require("core/dom").InlineStyleSheet.prototype
  const update = sheet._update
  sheet._update = function (text) {
    if (this.el.textContent !== text) update.call(this, text)
  }
  const glyph = window.Bokeh.require("models/renderers/glyph_renderer").GlyphRendererView.prototype
  glyph.update_position = function () { this.position.replace(":host { display: none; }") }
}

// Bokeh 3.9 takes a button that is held for a quarter of a second for a press, and follows no move after it: a brush was lost
// where one waited before one moved, or the page was busy for as long.
function brush_after_waiting() {
  const { prototype } = window.Bokeh.require("core/ui_gestures").UIGestures
  const move = prototype._pointer_move
  prototype._pointer_move = function (event) {
    const pointer = this.pointers.get(event.pointerId)
    if (this.phase === "pressing" && event.pointerType === "mouse" && pointer !== undefined) {
      pointer.last = event
      if (this._any_movement) this.phase = "started"
    }
    move.call(this, event)
  }
}

// The lists of panel-material-ui 0.16 open at a click only; from the keyboard, a key that opens a list is such a click.
function open_lists_by_keyboard() {
  document.addEventListener("keydown", (event) => {
    const [target] = event.composedPath()
    const is_list = target.getAttribute?.("role") === "combobox" && target.tagName !== "INPUT"
    if (!is_list || !["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)) return
    event.preventDefault()
    target.click()
  })
}

// A component of Panel 1.9 takes its children as it is made, and listens for others only after it has been painted: what
// the server fills in between stays unseen.
function see_children_that_came_early() {
  const view = window.Bokeh.Models.get("panel.models.esm.ReactComponent").prototype.default_view.prototype
  const listen = view.on_child_render
  view.on_child_render = function (child, callback) {
    listen.call(this, child, callback)
    callback([])
  }
}

export function render({ model }) {
  see_children_that_came_early()
  leave_unlaid_figures_alone()
  paint_without_asking_style_sheets()
  write_only_style_sheets_that_differ()
  brush_after_waiting()
  open_lists_by_keyboard()
  know_what_came_from_the_server()
  say_when_a_moved_box_is_let_go()
  model.ready = true
}
