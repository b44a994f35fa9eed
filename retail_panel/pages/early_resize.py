"""Keeps the browser's console clean while charts are being built."""

import panel as pn


class EarlyResize(pn.custom.JSComponent):
    """Nothing to see; makes a chart that is not laid out yet leave resizes of what is around it alone.

    Panel 1.9.4's components may pass a resize on to a Bokeh 3.9 figure before its first layout, which then fails with
    "Cannot read properties of undefined (reading 'top_panel')"; the figure is laid out a moment later anyway.
    """

    _esm = """
    export function render() {
      const views = window.Bokeh.Models.get("Figure").prototype.default_view.prototype
      const measure = views._measure_layout
      views._measure_layout = function () {
        if (this.layout != null) measure.call(this)
      }
    }
    """

    def __init__(self, **params):
        super().__init__(width=0, height=0, margin=0, **params)
