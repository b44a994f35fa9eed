"""Flows between two sides: who came from where, as bands between bars."""

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import Text

from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.look import SHAPE

#: Bars lower than this share of their side carry no label, which would lie over the next one.
LEAST_LABELLED = 0.02
LONGEST = 20
#: HoloViews lays bars and bands out over so many units from side to side.
ACROSS, BAR = 1000, 16
#: How solid bands are; those that are picked, and those beside them.
ALPHA, APART = 0.4, (0.75, 0.15)


def sankey(flows, value, look, unit, colours, tips=(), order=(), picked=None):
    """Draw flows from a left to a right side.

    Parameters
    ----------
    flows : pandas.DataFrame
        One row per pair: ``source``, ``target`` (the two sides may share names), the value, zero or more, and what the
        hover tells.
    value, unit : str
        Column of the width of a band, and its unit.
    look : Look
        What the drawing must suit.
    colours : dict of str to str
        Colour by name; a band has that of its source.
    tips : sequence of (str, str) or (str, str, str)
        What else the hover says: words, column, and the unit where it is a figure.
    order : sequence of str
        Names of either side from the top; those that are not among them stand below.
    picked : sequence of bool, optional
        Which flows stand out; None for all alike.

    Returns
    -------
    holoviews.Sankey
    """
    told = (("From", "source"), ("To", "target"), ("", value, unit), *tips)
    sides = [_side(flows, side, value, colours, order) for side in ("source", "target")]
    nodes = pd.concat(sides, ignore_index=True)
    nodes["index"] = range(len(nodes))
    place = {(row.side, row.name_): row.index_ for row in nodes.rename(columns={"index": "index_"}).itertuples()}
    edges = pd.DataFrame({
        "from": [place["source", name] for name in flows.source],
        "to": [place["target", name] for name in flows.target],
        "width": flows[value].astype(float), "colour": flows.source.map(colours),
        "alpha": ALPHA if picked is None else np.where(picked, *APART),
    })  # fmt: skip
    for i, (_, column, *its_unit) in enumerate(told):
        edges[f"tip{i}"] = [look.write(held, *its_unit) if its_unit else str(held) for held in flows[column]]
    hover = [f"tip{i}" for i in range(len(told))]
    known = hv.Dataset(nodes[["index", "label", "colour"]], "index", ["label", "colour"])
    drawn = hv.Sankey((edges, known), kdims=["from", "to"], vdims=["width", "colour", "alpha", *hover])
    drawn = drawn.opts(
        labels="label", show_values=False, label_position="inner", node_color="colour", node_line_alpha=0,
        node_padding=5, node_width=BAR, node_size=0, node_sort=False, iterations=0, edge_color="colour",
        edge_fill_alpha="alpha", edge_line_alpha=0, label_text_font_size="11px", edge_hover_fill_alpha=0.75,
        edge_hover_line_alpha=0, inspection_policy="edges", selection_policy=None, toolbar=None,
        default_tools=[], tools=["hover"], title="", invert_yaxis=True,
        hover_tooltips=[(line[0], f"@{name}") for line, name in zip(told, hover, strict=True)],
        hooks=[lambda plot, element: _dress(plot.state, look)],
    )  # fmt: skip
    return drawn


def picked_flow(drawn, x, y):
    """Return what lies at axis coordinates of a drawing of :func:`sankey`.

    Returns
    -------
    tuple of (int, str) or None
        The number of a flow, as they were given, and ``band``; or ``source`` or ``target`` for the bar that it leaves
        or reaches. None beside all.
    """
    part = "source" if x < BAR else "target" if x > ACROSS - BAR else "band"
    # A bar holds the ends of its bands.
    at = min(max(x, BAR + 1), ACROSS - BAR - 1)
    for i, path in enumerate(drawn.edgepaths.split(datatype="array")):
        if 0 <= x <= ACROSS and _is_inside(path, at, y):
            return i, part
    return None


def _is_inside(path, x, y):
    """Whether a point lies in a polygon: a line to the left of it crosses its sides an odd number of times."""
    (x0, y0), (x1, y1) = path.T, np.roll(path, -1, axis=0).T
    crosses = (y0 > y) != (y1 > y)
    rise = np.where(crosses, y1 - y0, 1.0)
    return bool(np.count_nonzero(crosses & (x0 + (y - y0) / rise * (x1 - x0) < x)) % 2)


def _dress(figure, look):
    look.dress(figure)
    figure.grid.visible = False
    # HoloViews gives this element alone a size, which "responsive" does not take away.
    figure.update(width=None, height=None, min_height=SHAPE["min_height"], sizing_mode="stretch_both")
    for renderer in figure.renderers:
        if isinstance(getattr(renderer, "glyph", None), Text):
            renderer.glyph.text_color = look.text


def _side(flows, side, value, colours, order):
    held = flows.groupby(side, sort=False)[value].sum()
    whole = held.sum() or 1.0
    names = [name for name in order if name in held] + [name for name in held.index if name not in order]
    labels = [cut(name, LONGEST) if held[name] >= LEAST_LABELLED * whole else " " for name in names]
    return pd.DataFrame({"side": side, "name_": names, "label": labels, "colour": [colours[name] for name in names]})
