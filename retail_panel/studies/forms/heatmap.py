"""A heatmap whose cells say their figures."""

from functools import cache, partial

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import ColorBar, FixedTicker, Text

from retail_panel.studies.layers import Layer
from retail_panel.studies.look import FREE, beside
from retail_panel.views.lettering import SIZE, TYPEFACE
from retail_panel.views.palette import DIVERGING, RAMP
from retail_panel.views.ticks import round_places

#: With more cells their figures are in the hover and the table only.
MOST_WORDS = 150
#: Of more columns than this, cells of a phone hold so many letters; longer figures are rounded, and those that are
#: still too long are in the hover and the table.
WIDE, CELL_LETTERS = 8, 4
#: Labels on an axis; of more every second, third ... is written.
MOST_LABELS = 13
MOST_LETTERS = 18
#: Letters that a phone has room for below the cells, labels side by side.
ROW_LETTERS = 36
SHADES = 96
#: Values that lie closer together than this share of the highest one look alike.
LEAST_SPREAD = 0.2
INKS = ("#020617", "#ffffff")
BAR = {
    "width": 8, "padding": 4, "border_line_color": None, "major_label_text_font": TYPEFACE,
    "major_label_text_font_size": SIZE, "background_fill_alpha": 0, "bar_line_color": None,
    "major_tick_line_color": None,
}  # fmt: skip


def heatmap(frame, x, y, value, look, unit, tips=(), colours=RAMP, words=True, diverging=False, span=None, layers=(),
            **options):  # fmt: skip
    """Draw a value by two categories.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a cell. Categories stand in the order in which they first appear, from the left and from the top; cells
        without a row, or without a value, stay blank.
    x, y, value : str
        Columns: the two categories, and what colours a cell and is written in it.
    look : Look
        What the drawing must suit.
    unit : str
        Of the value.
    tips : sequence of (str, str) or (str, str, str)
        What else the hover says, beside both categories: words, column, and the unit where it is a figure.
    colours : sequence of str
        From the lowest value to the highest.
    words : bool
        Whether cells say their figures; a colour bar does where they do not, and where cells are too many.
    diverging : bool
        Whether the colours part at zero; ``colours`` are then :data:`retail_panel.views.palette.DIVERGING` unless
        others are given.
    span : (float, float), optional
        Values of the first and the last colour; beyond them cells are of these colours. Default: of all values.
    layers, **options
        See :meth:`retail_panel.studies.look.Look.dressed`.

    Returns
    -------
    holoviews.Rectangles
    """
    columns, rows = places(frame, x), places(frame, y)
    palette = list(_palette(tuple(DIVERGING if diverging and colours is RAMP else colours)))
    cells, row, column = _cells(frame, x, y, columns, rows)
    figures = cells[value].to_numpy(float, na_value=np.nan)
    known = ~np.isnan(figures)
    low, high = span or limits(figures[known], diverging)
    told = (("", x), ("", y), *(tips or [("", value, unit)]))
    hover = {f"tip{i}": _written(cells[name], look, *its_unit) for i, (_, name, *its_unit) in enumerate(told)}
    at = ((figures[known] - low) / (high - low) * (SHADES - 1)).clip(0, SHADES - 1).astype(int)
    ink, tone = (np.full(len(cells), plain, dtype=object) for plain in (INKS[0], look.paper))
    ink[known], tone[known] = ([colours[shade] for shade in at] for colours in (_inks(tuple(palette)), palette))
    shown = words and len(cells) <= MOST_WORDS
    said = _said(figures, look, unit, look.narrow and len(columns) > WIDE) if shown else np.full(len(cells), "", object)
    said[~known] = ""
    # One column after the other would cost pandas more than all at once.
    drawn = pd.DataFrame({
        "left": column - 0.5, "bottom": row - 0.5, "right": column + 0.5, "top": row + 0.5, "value": figures,
        "tone": tone, **hover,
    })  # fmt: skip
    more = ["value", *map(beside, ["tone", *hover])]
    drawing = hv.Rectangles(drawn, ["left", "bottom", "right", "top"], more).opts(
        xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(rows) - 0.5), invert_yaxis=True,
        xticks=_ticks(columns, MOST_LETTERS), yticks=_ticks(rows, MOST_LETTERS), line_color=look.paper, line_width=1.5,
        hover_tooltips=[(line[0], f"@{name}") for line, name in zip(told, hover, strict=True)], color="tone", **FREE,
    )  # fmt: skip
    plain = {"show_grid": True, "gridstyle": {"ygrid_visible": False}, "xrotation": _turn(columns)}
    if not shown:
        bar = partial(_label, low=low, high=high, look=look, unit=unit)
        plain["hooks"] = [bar]
        drawing = drawing.opts(color="value", cmap=palette, clim=(low, high), colorbar=True, colorbar_opts=BAR,
                               clabel="", clipping_colors={"NaN": "transparent"})  # fmt: skip
    spots = {"column": column, "row": row, "word": said, "ink": ink}
    text = Layer(Text, spots, {
        "x": "column", "y": "row", "text": "word", "text_color": "ink", "text_font_size": "11px",
        "text_align": "center", "text_baseline": "middle",
    })  # fmt: skip
    return look.dressed(drawing, legend=None, layers=[text, *layers], **plain | options)


@cache
def _palette(colours):
    return tuple(shades(colours))


@cache
def _inks(palette):
    return [readable(shade) for shade in palette]


def places(frame, column):
    """Return the categories of a column in the order in which they first appear."""
    return list(dict.fromkeys(frame[column]))


def picked(frame, x, y, at_x, at_y):
    """Return the two categories of the cell at axis coordinates; None beside all cells."""
    columns, rows = places(frame, x), places(frame, y)
    column, row = int(np.floor(at_x + 0.5)), int(np.floor(at_y + 0.5))
    if 0 <= column < len(columns) and 0 <= row < len(rows):
        return columns[column], rows[row]
    return None


def cut(label, most):
    """Return a label of at most so many characters, cut with an ellipsis."""
    text = str(label)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\u2026"


def shades(colours, number=SHADES):
    """Return so many colours between some, evenly spread."""
    parts = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours], float)
    at, known = np.linspace(0, 1, number), np.linspace(0, 1, len(colours))
    mixed = np.column_stack([np.interp(at, known, parts[:, i]) for i in range(3)]).round().astype(int)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed]


def readable(colour):
    """Return the ink that stands out most on a colour, dark or white.

    Source
    ------
    WCAG 2.2, relative luminance and contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    on = _luminance(colour)
    contrasts = [(max(on, ink) + 0.05) / (min(on, ink) + 0.05) for ink in map(_luminance, INKS)]
    return INKS[int(np.argmax(contrasts))]


def limits(values, diverging=False):
    """Return the values of the first and the last colour."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (np.nan, np.nan)
    if not np.isfinite([low, high]).all():
        return 0.0, 1.0
    if diverging:
        high = max(abs(low), abs(high)) or 1.0
        return -high, high
    if low < 0:
        return low, max(high, low + 1.0)
    return min(low, (1 - LEAST_SPREAD) * high), high or 1.0


def _luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _cells(frame, x, y, columns, rows):
    """Return one row a cell, row by row, and the numbers of its row and column."""
    row, column = (each.ravel() for each in np.indices((len(rows), len(columns))))
    across, down = ({label: place for place, label in enumerate(labels)} for labels in (columns, rows))
    at = np.full(len(row), -1)
    at[[down[b] * len(columns) + across[a] for a, b in zip(frame[x], frame[y], strict=True)]] = np.arange(len(frame))
    cells = frame.reset_index(drop=True).reindex(at).reset_index(drop=True)
    cells[x], cells[y] = ([labels[i] for i in places] for labels, places in ((columns, column), (rows, row)))
    return cells, row, column


def _written(column, look, unit=None):
    if unit is None:
        return column.fillna("").astype(str).to_numpy(object)
    return np.array([look.write(figure, unit) for figure in column.astype(float)], dtype=object)


def _said(figures, look, unit, is_tight):
    """Return what cells say; where they are tight as many letters as a phone has room for, and else nothing."""
    said = [look.write(figure, unit, "tile") for figure in figures]
    if is_tight:
        short = [look.write(float(f"{figure:.2g}"), unit, "tick") for figure in figures]
        pairs = zip(said, short, strict=True)
        said = [next((text for text in both if len(text) <= CELL_LETTERS), "") for both in pairs]
    return np.array(said, dtype=object)


def _ticks(labels, most):
    step = -(-len(labels) // MOST_LABELS)
    return [(i, cut(label, most)) for i, label in enumerate(labels) if i % step == 0]


def _turn(labels):
    """Return by how many degrees to turn the labels of columns so that they stand apart on a phone as well."""
    written = [label for _, label in _ticks(labels, MOST_LETTERS)]
    return 45 if len(written) * max(map(len, written), default=0) > ROW_LETTERS else 0


def _label(drawn, element, low, high, look, unit):
    """Write the places of a colour bar; HoloViews does not look at its options again when it updates a drawing."""
    bar = next(each for each in drawn.state.right if isinstance(each, ColorBar))
    ticks = round_places(low, high, 4, whole=unit == "count")
    if not isinstance(bar.ticker, FixedTicker) or list(bar.ticker.ticks) != list(ticks):
        bar.ticker = FixedTicker(ticks=ticks)
    bar.major_label_overrides = {place: look.write(place, unit, "tick") for place in ticks}
    bar.major_label_text_color = look.text
