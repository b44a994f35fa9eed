"""Bokeh figures inside one HTML file: places in the text, data as JSON, the library itself."""

import json
from html import escape

from bokeh.embed import json_item
from bokeh.models import ColumnDataSource, Legend
from bokeh.resources import Resources

#: Marks up to which a drawing is made of lines that print at any size; more are painted as pixels.
MOST_LINES = 4000


class Plots:
    """The figures of one document."""

    def __init__(self):
        self._items = []

    def place(self, figure, height, label):
        """Take in a figure and return its place in the text.

        Parameters
        ----------
        figure : bokeh.models.Plot
            On no document.
        height : int
            Pixels.
        label : str
            What is to be seen, for those who do not see it; plain text.

        Returns
        -------
        str
            HTML.
        """
        figure.sizing_mode, figure.height, figure.min_height = "stretch_width", height, height
        figure.output_backend = "svg" if _prints_as_lines(figure) else "canvas"
        figure.toolbar_location = None
        target = f"plot{len(self._items)}"
        item = json_item(figure, target)
        # Models that other libraries have defined in this process, which no figure is made of.
        item["doc"].pop("defs", None)
        self._items.append(item)
        return (f'<div class="plot" role="img" aria-label="{escape(label)}" style="height:{height}px">'
                f'<div id="{target}"></div></div>')  # fmt: skip

    def scripts(self):
        """Return the library, the data and what brings both together, as HTML; nothing is fetched."""
        if not self._items:
            return ""
        library = "\n".join(Resources(mode="inline", components=["bokeh"], minified=True, log_level="error").js_raw)
        # A letter of JSON can stand as its number, and so no text in it can end the element or begin another.
        data = json.dumps(self._items, separators=(",", ":")).replace("<", "\\u003c")
        held = f'<script type="application/json" id="drawings">{data}</script>'
        return "\n".join([f"<script>{SHARP}</script>", f"<script>{library}</script>", held, f"<script>{DRAW}</script>"])


#: What is painted as pixels gets enough of them for paper.
SHARP = """
{
  const native = window.devicePixelRatio
  Object.defineProperty(window, "devicePixelRatio", { get: () => Math.max(2, native), configurable: true })
}
"""
DRAW = """
(async () => {
  for (const item of JSON.parse(document.getElementById("drawings").textContent)) {
    try { await Bokeh.embed.embed_item(item) }
    catch (error) { document.getElementById(item.target_id).textContent = `This drawing failed: ${error}` }
  }
  document.body.dataset.drawn = "yes"
})()
"""


def _prints_as_lines(figure):
    marks = sum(max(map(len, source.data.values()), default=0) for source in figure.select({"type": ColumnDataSource}))
    beside = [each for side in ("above", "below", "left", "right") for each in getattr(figure, side)]
    # Bokeh 3.9 misplaces whatever is beside a legend outside the frame: https://github.com/bokeh/bokeh/issues/15014
    return marks <= MOST_LINES and not any(isinstance(each, Legend) for each in beside)
