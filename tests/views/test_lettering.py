import holoviews as hv
import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
import pytest

from retail_panel.views.lettering import SIZE, TYPEFACE, letter
from retail_panel.views.palette import GRID_LINE, TEXT

FRAME = pd.DataFrame({"month": [1, 2, 1, 2], "sales": [1.0, 2.0, 3.0, 4.0], "shop": ["A", "A", "B", "B"]})


@pytest.mark.parametrize(("dark", "tone"), [(True, "dark"), (False, "light")])
def test_all_words_of_a_chart_are_of_one_kind(dark, tone):
    lines = FRAME.hvplot.line("month", "sales", by="shop", responsive=True)
    words = FRAME.hvplot.labels("month", "sales", "shop", responsive=True)
    figure = hv.render(lines * words, backend="bokeh")
    letter(figure, dark)
    assert {axis.major_label_text_font_size for axis in figure.axis} == {SIZE}
    assert {axis.axis_label_text_color for axis in figure.axis} == {TEXT[tone]}
    (legend,) = figure.legend
    assert (legend.label_text_font, legend.label_text_color) == (TYPEFACE, TEXT[tone])
    assert {grid.grid_line_color for grid in figure.grid} == {GRID_LINE[tone]}
    assert [r.glyph.text_font.value for r in figure.renderers if hasattr(r.glyph, "text_font")] == [TYPEFACE]


def test_groups_of_bars_are_named_in_the_same_letters():
    bars = FRAME.assign(month=FRAME.month.astype(str)).hvplot.bar("month", "sales", by="shop", responsive=True)
    figure = hv.render(bars, backend="bokeh")
    letter(figure, dark=True)
    assert (figure.xaxis[0].group_text_font, figure.xaxis[0].group_text_color) == (TYPEFACE, TEXT["dark"])
