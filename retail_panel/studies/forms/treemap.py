"""A treemap: rectangles whose area is a value and whose shade is another."""

from textwrap import wrap

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import Text

from retail_panel.studies.forms.heatmap import SHADES, cut, limits, readable, shades
from retail_panel.studies.layers import Layer
from retail_panel.studies.look import SHAPE, beside
from retail_panel.views.palette import RAMP

#: Width and height that the layout is made for, in pixels; the drawing stretches from there.
WIDTH, HEIGHT = 500.0, 240.0
#: How much of that width a phone has.
NARROW = 0.62
GAP = 1.0
#: Where a name was cut.
CUT = "\u2026"
LETTER_PX, LINE_PX, MARGIN_PX = 5.8, 15.0, 6.0


def treemap(frame, name, size, shade, look, size_unit, shade_unit, tips=(), colours=RAMP):
    """Draw rectangles, the largest at the top left.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a rectangle; rows whose size is not above zero are left out.
    name, size, shade : str
        Columns: what a rectangle stands for, its area, and the value that shades it.
    look : Look
        What the drawing must suit.
    size_unit, shade_unit : str
        Units of the two values; both stand in a rectangle where they fit.
    tips : sequence of (str, str) or (str, str, str)
        The hover's lines: words, column, and the unit where it is a figure.
    colours : sequence of str
        From the lowest shade to the highest.

    Returns
    -------
    holoviews.Rectangles
    """
    cells, palette = placed(frame, size), shades(colours)
    low, high = limits(cells[shade])
    at = ((cells[shade].fillna(low) - low) / (high - low) * (SHADES - 1)).clip(0, SHADES - 1).astype(int)
    cells["colour"] = pd.Series([palette[place] for place in at], dtype=object)
    cells["ink"] = cells["colour"].map(readable).astype(object)
    figures = [f"{look.write(a, size_unit, 'tile')} \u00b7 {look.write(b, shade_unit, 'tile')}"
               for a, b in zip(cells[size], cells[shade], strict=True)]  # fmt: skip
    across = (cells["right"] - cells["left"]) * (NARROW if look.narrow else 1.0)
    boxes = zip(cells[name], figures, across, cells["top"] - cells["bottom"], strict=True)
    said = [placed_words(*box) for box in boxes]
    cells["word"] = pd.Series([words for words, _ in said], dtype=object)
    cells["turn"] = [np.pi / 2 if is_turned else 0.0 for _, is_turned in said]
    cells["across"], cells["down"] = (cells["left"] + cells["right"]) / 2, (cells["bottom"] + cells["top"]) / 2
    cells[name] = cells[name].astype(object)
    told = [name, size, shade, *(tip[1] for tip in tips)]
    # hvPlot has no rectangles.
    more = [beside(column) for column in dict.fromkeys([*told, "colour"])]
    drawing = hv.Rectangles(cells, ["left", "bottom", "right", "top"], more).opts(
        color="colour", line_width=0, hover_tooltips=look.tips(*tips), responsive=True,
        min_height=SHAPE["min_height"],
    )  # fmt: skip
    text = Layer(Text, {name: cells[name].to_numpy() for name in ("across", "down", "word", "ink", "turn")}, {
        "x": "across", "y": "down", "text": "word", "text_color": "ink", "angle": "turn", "text_font_size": "11px",
        "text_align": "center", "text_baseline": "middle",
    })  # fmt: skip
    return look.dressed(
        drawing, legend=None, layers=[text], xaxis=None, yaxis=None, xlim=(0, WIDTH), ylim=(0, HEIGHT),
        invert_yaxis=True,
    )  # fmt: skip


def placed(frame, size):
    """Return the rows with a size above zero, the largest first, with ``left``, ``right``, ``bottom`` and ``top``."""
    cells = frame[frame[size] > 0].sort_values(size, ascending=False, kind="stable").reset_index(drop=True)
    boxes = squarified(cells[size].tolist(), WIDTH, HEIGHT)
    edges = [(x + GAP, x + w - GAP, y + GAP, y + h - GAP) for x, y, w, h in boxes]
    cells[["left", "right", "bottom", "top"]] = pd.DataFrame(
        edges, columns=["left", "right", "bottom", "top"], dtype=float
    )
    return cells


def boxed(cells, at_x, at_y):
    """Return the row of the rectangle at axis coordinates; None between rectangles."""
    inside = cells[cells["left"].le(at_x) & cells["right"].ge(at_x) & cells["bottom"].le(at_y) & cells["top"].ge(at_y)]
    return None if inside.empty else inside.iloc[0]


def squarified(sizes, width, height):
    """Cut a rectangle into ones of given sizes that are as square as can be.

    Parameters
    ----------
    sizes : sequence of float
        Above zero, the largest first.
    width, height : float
        Of the whole.

    Returns
    -------
    list of (float, float, float, float)
        Left, bottom, width and height of each, in the order of ``sizes``.

    Source
    ------
    M. Bruls, K. Huizing and J. J. van Wijk, Squarified Treemaps, Data Visualization 2000, pages 33 to 42.
    """
    whole, x, y, start, found = sum(sizes), 0.0, 0.0, 0, []
    areas = [size * width * height / whole for size in sizes]
    while start < len(areas):
        side, end = min(width, height), start + 1
        while end < len(areas) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
            end += 1
        thick, at, upright = sum(areas[start:end]) / side, 0.0, width >= height
        for area in areas[start:end]:
            long = area / thick
            found.append((x, y + at, thick, long) if upright else (x + at, y, long, thick))
            at += long
        x, y = (x + thick, y) if upright else (x, y + thick)
        width, height = (width - thick, height) if upright else (width, height - thick)
        start = end
    return found


def _worst(row, side):
    """Return the greatest ratio of a long side to a short one in a row."""
    total, square = sum(row) ** 2, side**2
    return max(square * max(row) / total, total / (square * min(row)))


def placed_words(name, figures, width, height):
    """Return what a rectangle says, and whether it is turned, as in one that is high rather than wide."""
    lying, upright = fitting(name, figures, width, height), fitting(name, figures, height, width)
    is_cut = not lying or CUT in lying
    is_turned = bool(is_cut and height > width and upright and CUT not in upright)
    return (upright, True) if is_turned else (lying, False)


def fitting(name, figures, width, height):
    """Return as much of a name and its figures as a rectangle of so many pixels holds."""
    letters = int((width - MARGIN_PX) / LETTER_PX)
    if height < LINE_PX or letters < 4:
        return ""
    lines = wrap(str(name), letters, break_long_words=False, break_on_hyphens=False)
    if len(lines) * LINE_PX > height or any(len(words) > letters for words in lines):
        lines = [cut(name, letters)]
    has_room = height >= (len(lines) + 1) * LINE_PX + MARGIN_PX / 2
    return "\n".join([*lines, figures] if has_room and len(figures) <= letters else lines)
