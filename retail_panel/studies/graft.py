"""Put a fresh drawing into the chart that is on the screen: only what differs travels, and nothing is built anew."""

from dataclasses import replace

import numpy as np
from bokeh.core.property.vectorization import Field, Value
from bokeh.model import Model
from bokeh.models import ColumnDataSource, HoverTool, Plot

from retail_panel.views.copies import copy_of, properties_set

#: What belongs to the chart on the screen rather than to the drawing.
OWN = frozenset({
    "id", "name", "tags", "js_event_callbacks", "js_property_callbacks", "subscribed_events", "syncable", "selected",
    "selection_policy", "inner_width", "inner_height", "outer_width", "outer_height", "width", "height", "toolbar",
    "sizing_mode", "css_classes", "stylesheets", "styles",
})  # fmt: skip


def graft(old, new):
    """Make one Bokeh figure look like another.

    Parameters
    ----------
    old : bokeh.model.Model
        On the screen; keeps its models where the other has some of the same type in the same place.
    new : bokeh.model.Model
        Drawn a moment ago; unchanged, the old one takes copies of the parts that it lacks.

    Returns
    -------
    bool
        Whether it could be done; where not (another type), the old one is unchanged.
    """
    if type(old) is not type(new):
        return False
    _graft(old, new, {})
    return True


def _graft(old, new, done):
    done[new.id] = old
    if isinstance(old, ColumnDataSource):
        if not _holds(old.data, new.data):
            # Until its glyphs are grafted too they ask for columns of before.
            left = old.data.keys() - new.data.keys()
            rows = len(next(iter(new.data.values()), ()))
            old.data = {name: np.resize(old.data[name], rows) for name in left} | dict(new.data)
        return
    changes = {}
    # Sources first, so that a glyph finds the columns that it is told to draw.
    for name in sorted({*properties_set(old), *properties_set(new)}, key=lambda name: name != "data_source"):
        kept, fresh = getattr(old, name), getattr(new, name)
        if name in OWN:
            continue
        made = _merged(kept, fresh, done)
        if made is not kept and not _equal(made, kept):
            changes[name] = made
    if changes:
        old.update(**changes)
    if isinstance(old, Plot):
        _graft_hovers(old.toolbar, new.toolbar, done)


def _graft_hovers(old, new, done):
    """Tell what the new drawing tells under the pointer; other tools stay the screen's."""
    before, after = ([tool for tool in bar.tools if isinstance(tool, HoverTool)] for bar in (old, new))
    if len(before) == len(after):
        for mine, theirs in zip(before, after, strict=True):
            _graft(mine, theirs, done)
    else:
        old.tools = [*(tool for tool in old.tools if tool not in before), *(copy_of(tool, done) for tool in after)]


def _merged(old, new, done):
    if isinstance(new, Field | Value) and isinstance(new.transform, Model):
        before = getattr(old, "transform", None)
        made = _merged(before, new.transform, done)
        return old if made is before and _equal(replace(new, transform=made), old) else replace(new, transform=made)
    if isinstance(new, Model):
        if new.id in done:
            return done[new.id]
        if type(old) is type(new):
            _graft(old, new, done)
            return old
        return copy_of(new, done)
    if isinstance(new, list | tuple) and any(isinstance(each, Model) for each in new):
        pairs = zip(old, new, strict=True) if len(old) == len(new) else ((None, each) for each in new)
        return type(new)(_merged(before, after, done) for before, after in pairs)
    return new


def _holds(old, new):
    return new.keys() <= old.keys() and bool(new or not old) and all(_equal(old[name], new[name]) for name in new)


def _equal(one, other):
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        one, other = np.asarray(one), np.asarray(other)
        if one.shape != other.shape or one.dtype != other.dtype:
            return False
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    try:
        return bool(one == other)
    except ValueError:
        return False
