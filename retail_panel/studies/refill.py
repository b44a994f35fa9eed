"""New figures for a plot that changes in nothing else, put there directly.

HoloViews looks for ranges, names and styles anew each time, some 15 ms of the processor.
"""

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.model import Model
from bokeh.models import FactorRange, Range1d

#: Options that may differ from the drawing before.
MAY_DIFFER = frozenset({"xlim", "ylim", "hooks"})
#: What HoloViews calls the sides of rectangles, in the order of their dimensions.
SIDES = ("left", "bottom", "right", "top")
KINDS = (hv.Scatter, hv.Bars, hv.Curve, hv.Rectangles)


class Refill:
    """How a plot's columns and ranges follow from its element, found out from one that HoloViews has drawn.

    Parameters
    ----------
    plot : holoviews plot
        Of one element.
    element : holoviews element
        That it shows.
    """

    def __init__(self, plot, element):
        self._plot = plot
        self._element = element
        self._options, self._style = _options(element, "plot"), _options(element, "style")
        self._columns = self._known_columns()
        self._axes = None if self._columns is None else self._known_axes()

    def put(self, element):
        """Show an element of the same kind.

        Returns
        -------
        bool
            Whether that could be done here; where not, nothing was changed.
        """
        if self._axes is None:
            return False
        options, style = _options(element, "plot"), _options(element, "style")
        if _fixed(options) != _fixed(self._options) or repr(style) != repr(self._style):
            return False
        frame = _frame(element)
        spans = [_span(axis, options) for axis, _ in self._axes]
        if frame is None or any(span is None for span in spans) or not self._is_alike(frame):
            return False
        for (_, reverse), span, ends in zip(self._axes, spans, self._ranges(), strict=True):
            if isinstance(ends, Range1d):
                start, end = reversed(span) if reverse else span
                ends.update(start=start, end=end, reset_start=start, reset_end=end)
        self._plot.handles["source"].data = {name: frame[column].to_numpy() for name, column in self._columns.items()}
        self._element, self._options = element, options
        for hook in options.get("hooks", ()):
            hook(self._plot, element)
        return True

    def _ranges(self):
        return [self._plot.state.x_range, self._plot.state.y_range]

    def _known_columns(self):
        """Return the column of the element that each column of the source holds; None where one holds another thing."""
        element, glyph = self._element, self._plot.handles.get("glyph")
        if not isinstance(element, KINDS) or glyph is None or _is_mapped(glyph):
            return None
        frame, source = _frame(element), self._plot.handles["source"].data
        if frame is None:
            return None
        names = [dimension.name for dimension in element.dimensions()]
        sides = dict(zip(SIDES, names, strict=False)) if isinstance(element, hv.Rectangles) else {}
        styled = {name: _column_of(value, names) for name, value in self._style.items()}
        found = {name: sides.get(name) or styled.get(name) or name for name in source}
        is_known = all(
            column in frame and _are_equal(source[name], frame[column].to_numpy()) for name, column in found.items()
        )
        return found if is_known else None

    def _known_axes(self):
        """Return the option and whether it is reversed, for either range; None where one follows from figures.

        An axis of names has no option, and is known where they are those of the first dimension.
        """
        options, found = self._options, []
        names = ("ylim", "xlim") if options.get("invert_axes") else ("xlim", "ylim")
        for option, ends in zip(names, self._ranges(), strict=True):
            if isinstance(ends, FactorRange):
                named = _different(_frame(self._element)[self._element.kdims[0].name])
                if list(ends.factors) not in (named, named[::-1]):
                    return None
                found.append((None, False))
                continue
            span = _span(option, options)
            if span is None or not isinstance(ends, Range1d):
                return None
            shown = (ends.start, ends.end)
            if shown not in (span, span[::-1]):
                return None
            found.append((option, shown != span))
        return found

    def _is_alike(self, frame):
        """Whether names along an axis are those of before, and a style that was one value still is it.

        HoloViews gives a glyph a column for a style only where its values differ.
        """
        before = _frame(self._element)
        named = [self._element.kdims[0].name] if any(option is None for option, _ in self._axes) else []
        styled = list(filter(None, (_column_of(value, before.columns) for value in self._style.values())))
        return (
            set(frame) >= {*self._columns.values(), *styled}
            and all(_different(before[name]) == _different(frame[name]) for name in named)
            and all(_one(before[name]) == _one(frame[name]) for name in styled)
        )


def _options(element, group):
    return hv.Store.lookup_options("bokeh", element, group).kwargs


def _fixed(options):
    return {name: repr(value) for name, value in options.items() if name not in MAY_DIFFER}


def _frame(element):
    return element.data if isinstance(element.data, pd.DataFrame) else None


def _span(option, options):
    """Return the ends that an option fixes; None where it does not fix both, or they are one."""
    if option is None:
        return ()
    low, high = options.get(option) or (None, None)
    if low is None or high is None or not np.isfinite([low, high]).all() or low == high:
        return None
    return float(low), float(high)


def _is_mapped(glyph):
    """Whether a colour or another property follows from figures by more than their column."""
    values = glyph.properties_with_values().values()
    return any(isinstance(getattr(value, "transform", None), Model) for value in values)


def _column_of(value, names):
    name = getattr(getattr(value, "dimension", None), "name", value) if not getattr(value, "ops", None) else None
    return name if isinstance(name, str) and name in names else None


def _are_equal(one, other):
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    return pd.Series(one).equals(pd.Series(other))


def _different(column):
    return column.drop_duplicates().tolist()


def _one(column):
    """Return the only value of a column; None where it has several."""
    return column.iloc[0] if column.nunique(dropna=False) == 1 else None
