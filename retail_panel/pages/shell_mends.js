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

export function render({ model }) {
  leave_unlaid_figures_alone()
  open_lists_by_keyboard()
  model.ready = true
}
