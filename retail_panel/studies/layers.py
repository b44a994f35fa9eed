"""Layers: the lines, bands, rules and words of a drawing beside its element, as glyphs of Bokeh.

An element takes HoloViews some 20 ms however little it shows, a glyph one: so a drawing has one element, and layers
beside it.
"""

from dataclasses import dataclass

import numpy as np
from bokeh.core.properties import field, value
from bokeh.models import ColumnDataSource, GlyphRenderer, HoverTool, Legend, LegendItem, Line, Text, VArea, VSpan

#: Marks what the hook of a drawing put there; the names of what it is drawn by follow.
OURS = "layer"
#: Where HoloViews puts a legend that stands beside the drawing.
BESIDE = {"top": "above", "bottom": "below", "right": "right", "left": "left"}
#: How solid a layer is whose name is clicked in the legend.
MUTED = {"line_alpha": 0.2, "fill_alpha": 0.2}


@dataclass(frozen=True)
class Layer:
    """Glyphs of one kind.

    Parameters
    ----------
    glyph : type
        Of Bokeh, such as ``bokeh.models.Line``.
    columns : dict of str to array_like
        What it is drawn from; a property of the same name reads it.
    options : dict
        Further properties of the glyph: values, or names of columns.
    label : str
        Its name in the legend; empty for none.
    is_below : bool
        Whether it lies below the element, else above it.
    tips : sequence
        What it tells under the pointer, as :meth:`retail_panel.studies.look.Look.tips` returns; empty for nothing.
    pointed : dict
        Properties of the glyph under the pointer.
    """

    glyph: type
    columns: dict
    options: dict
    label: str = ""
    is_below: bool = False
    tips: tuple = ()
    pointed: dict | None = None

    @property
    def kind(self):
        """What cannot be changed about it once it is drawn."""
        return self.glyph, "underlay" if self.is_below else "glyph", [OURS, *sorted(self._properties)]

    @property
    def _properties(self):
        spots = {name: name for name in self.columns if name in self.glyph.properties()}
        return {name: field(held) if isinstance(held, str) and held in self.columns else held
                for name, held in (spots | self.options).items()}  # fmt: skip

    def _glyphs(self):
        own = self._properties
        muted = {name: alpha for name, alpha in MUTED.items() if name in self.glyph.properties()}
        pointed = {"hover_glyph": own | self.pointed} if self.pointed else {}
        return {"glyph": own, "muted_glyph": own | muted, **pointed}

    def drawn(self):
        """Return it as a renderer."""
        _, level, tags = self.kind
        glyphs = {name: self.glyph(**properties) for name, properties in self._glyphs().items()}
        source = ColumnDataSource(dict(self.columns))
        return GlyphRenderer(data_source=source, level=level, tags=tags, **glyphs)

    def put_into(self, drawn):
        """Change a renderer that drew another layer of the same kind."""
        drawn.data_source.data = dict(self.columns)
        for name, properties in self._glyphs().items():
            getattr(drawn, name).update(**properties)


def line(x, y, colour, label="", width=2, is_below=True, tips=(), **options):
    """Return a line through points, broken where one is missing."""
    plain = {"line_color": colour, "line_width": width}
    return Layer(Line, {"x": np.asarray(x), "y": np.asarray(y)}, plain | options, label, is_below, tuple(tips))


def upright(x, colour, width=1.2, is_below=False):
    """Return a dashed line across the drawing, from its bottom to its top."""
    shape = {"line_color": colour, "line_width": width, "line_dash": "dashed"}
    return Layer(VSpan, {"x": np.array([x], float)}, shape, is_below=is_below)


def area(x, low, high, colour, alpha, label=""):
    """Return the area between two lines."""
    x = np.asarray(x, dtype=float)
    columns = {"x": x, "y1": np.broadcast_to(low, x.shape), "y2": np.broadcast_to(high, x.shape)}
    return Layer(VArea, columns, {"fill_color": colour, "fill_alpha": alpha}, label, is_below=True)


def sample(colour, label, glyph=Line, width=8):
    """Return what stands for a colour in the legend and is not drawn itself."""
    nowhere = np.full(2, np.nan)
    return Layer(glyph, {"x": nowhere, "y": nowhere}, {"line_color": colour, "line_width": width}, label)


def words(x, y, text, colour, **options):
    """Return words at points."""
    plain = {"text_color": colour, "text_font_size": "11px", "text_align": "center", "text_baseline": "middle"}
    columns = {"x": np.asarray(x), "y": np.asarray(y), "text": np.asarray(text, dtype=object)}
    return Layer(Text, columns, plain | options)


def put(figure, layers):
    """Put layers into a figure, in the place of those of the drawing before; returns their renderers."""
    held = [each for each in figure.renderers if OURS in each.tags]
    if [(type(each.glyph), each.level, each.tags) for each in held] == [layer.kind for layer in layers]:
        for layer, drawn in zip(layers, held, strict=True):
            layer.put_into(drawn)
    else:
        held, gone = [layer.drawn() for layer in layers], held
        figure.renderers = [each for each in figure.renderers if each not in gone] + held
    told = [(each, list(layer.tips)) for layer, each in zip(layers, held, strict=True) if layer.tips]
    hovers = [tool for tool in figure.toolbar.tools if OURS in tool.tags]
    if len(hovers) != len(told):
        fresh = [HoverTool(tags=[OURS]) for _ in told]
        figure.toolbar.tools = [tool for tool in figure.toolbar.tools if tool not in hovers] + fresh
        hovers = fresh
    for tool, (drawn, tips) in zip(hovers, told, strict=True):
        tool.update(renderers=[drawn], tooltips=tips)
    return held


def name(figure, named, place, columns=None):
    """Name renderers in the legend of a figure that has no other one.

    Parameters
    ----------
    figure : bokeh.models.Plot
        That they are in.
    named : sequence of (str, bokeh.models.GlyphRenderer)
        In the order of the legend.
    place : str
        ``top``, ``right`` ...: beside the drawing; ``top_left`` ...: in it.
    columns : int, optional
        Names beside one another; default: as many as fit where the legend is above or below.
    """
    legend = next(iter(figure.legend), None)
    if legend is None:
        legend = Legend(click_policy="mute")
        figure.add_layout(legend, BESIDE.get(place, "center"))
    legend.items = [LegendItem(label=value(label), renderers=[each]) for label, each in named]
    legend.orientation = "horizontal" if place in ("top", "bottom") and not columns else "vertical"
    legend.location = (0, 0) if place in BESIDE else place
    legend.update(ncols=columns or "auto", spacing=8)
