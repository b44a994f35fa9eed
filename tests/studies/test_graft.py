"""The drawing on the screen takes over another without a moment in which it cannot be painted."""

import holoviews as hv
import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
import pytest
from bokeh.core.property.vectorization import Field
from bokeh.document import Document
from bokeh.models import GlyphRenderer

from retail_panel.studies import graft

MANY = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 4.0, 9.0], "area": [10.0, 20.0, 30.0]})
ONE = MANY.head(1)
ALIKE = MANY.assign(area=10.0)


def drawn(frame):
    return hv.render(frame.hvplot.scatter(x="x", y="y", size="area"), backend="bokeh")


def asked_in_vain(figure):
    return [
        (name, value.field)
        for renderer in figure.select(GlyphRenderer)
        for name, value in renderer.glyph.properties_with_values().items()
        if isinstance(value, Field) and value.field not in renderer.data_source.data
    ]


@pytest.mark.parametrize(("before", "after"), [(MANY, ONE), (ONE, MANY), (MANY, ALIKE), (MANY, MANY.head(0))])
def test_every_column_that_a_glyph_draws_is_there_after_each_step(before, after):
    screen, fresh = drawn(before), drawn(after)
    document, seen = Document(), []
    document.add_root(screen)
    document.on_change(lambda event: seen.append(asked_in_vain(screen)))
    assert graft(screen, fresh)
    assert seen
    assert not any(seen)
    (source,) = {renderer.data_source for renderer in screen.select(GlyphRenderer)}
    assert list(source.data["x"]) == list(after.x)
    assert len({len(column) for column in source.data.values()}) == 1


def test_nothing_travels_when_nothing_differs():
    screen = drawn(MANY)
    graft(screen, drawn(ONE))
    graft(screen, drawn(MANY))
    document, seen = Document(), []
    document.add_root(screen)
    document.on_change(seen.append)
    assert graft(screen, drawn(MANY))
    assert not seen
