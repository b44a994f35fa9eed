"""How words on charts are set: one typeface, one size, and the colour that the paper asks for."""

import holoviews as hv
from bokeh.core.properties import value
from bokeh.models import CategoricalAxis, Text
from bokeh.themes import Theme

from retail_panel.views.palette import GRID_LINE, TEXT

#: The shell's typeface first, so that charts and page are of one kind.
TYPEFACE = "Roboto, Helvetica, Arial, sans-serif"
SIZE = "12px"
_SETTING = {"font": TYPEFACE, "font_size": SIZE, "font_style": "normal"}
_AXIS = {f"{words}_text_{name}": value for words in ("axis_label", "major_label") for name, value in _SETTING.items()}
_LEGEND = {f"label_text_{name}": value for name, value in _SETTING.items()}
_COLOUR_BAR = {f"major_label_text_{name}": value for name, value in _SETTING.items()}

#: What a page's document says of charts. The shell (panel-material-ui 0.16) leaves alone what a document's theme names;
#: the rest it sets in the browser, which sends every property of every axis back to the server and undoes our own.
_THEMED = {
    "Axis": _AXIS, "Legend": _LEGEND, "BaseColorBar": _COLOUR_BAR, "Grid": {"grid_line_color": GRID_LINE["light"]},
}  # fmt: skip
THEME, THEMED = Theme(json={"attrs": _THEMED}), tuple(_THEMED)
# HoloViews puts its theme on whichever document is present as it draws, even from another thread: in the midst of the
# making of a page, its own would have the shell set all words of that page.
hv.renderer("bokeh").theme = THEME


def letter(figure, dark):
    """Set all words of a figure, and colour them and its grid lines.

    Parameters
    ----------
    figure : bokeh.models.Plot
        Any; marks that are words keep their own colour.
    dark : bool
        Whether the paper is dark.
    """
    tone = "dark" if dark else "light"
    for axis in figure.axis:
        axis.update(**_AXIS, axis_label_text_color=TEXT[tone], major_label_text_color=TEXT[tone])
        if isinstance(axis, CategoricalAxis):
            axis.update(
                group_text_font=TYPEFACE, group_text_font_size=SIZE, group_text_font_style="normal",
                group_text_color=TEXT[tone], subgroup_text_color=TEXT[tone],
            )  # fmt: skip
    for grid in figure.grid:
        grid.grid_line_color = GRID_LINE[tone]
    for legend in figure.legend:
        legend.update(**_LEGEND, label_text_color=TEXT[tone])
    for drawn in figure.renderers:
        glyph = getattr(drawn, "glyph", None)
        if isinstance(glyph, Text):
            glyph.text_font = value(TYPEFACE)
