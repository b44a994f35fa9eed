import holoviews as hv
import numpy as np
import pandas as pd
import pytest
from bokeh.models import ColorBar, ColorMapper, Quad, Text

from retail_panel.studies import Look
from retail_panel.studies.forms.heatmap import INKS, cut, heatmap, limits, picked, readable, shades
from retail_panel.views.palette import DIVERGING, RAMP

FRAME = pd.DataFrame(
    [("Online", "Zoe", 12.5, 3), ("In-store", "Zoe", 30.0, 4), ("In-store", "Abe", np.nan, 0)],
    columns=["channel", "who", "average", "count"],
)


def drawn(frame=FRAME, **options):
    figure = hv.render(heatmap(frame, "channel", "who", "average", Look(), "money", **options), backend="bokeh")
    by_glyph = {type(renderer.glyph): renderer.data_source.data for renderer in figure.renderers}
    return figure, by_glyph[Quad], by_glyph[Text]


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_categories_stand_in_the_order_given_and_cells_without_a_row_stay_blank():
    figure, cells, words = drawn()
    assert figure.xaxis[0].major_label_overrides == {0: "Online", 1: "In-store"}
    assert figure.yaxis[0].major_label_overrides == {0: "Zoe", 1: "Abe"}
    assert figure.y_range.start > figure.y_range.end
    found = {(x, y): text for x, y, text in zip(words["column"], words["row"], words["word"], strict=True)}
    assert found == {(0, 0): "£12.50", (1, 0): "£30.00", (0, 1): "", (1, 1): ""}
    blank = np.isnan(cells["value"])
    assert blank.sum() == 2 and set(np.asarray(cells["tone"])[blank]) == {Look().paper}
    assert not figure.select(ColorMapper), "colours were taken for categories"


def test_the_hover_writes_figures_in_their_unit():
    figure, cells, _ = drawn(tips=[("Average", "average", "money"), ("Count", "count", "count")])
    tips = dict(figure.hover.tooltips[2:])
    column = {words: list(cells[name.strip("@{}")]) for words, name in tips.items()}
    at = list(zip(cells["left"], cells["bottom"], strict=True)).index((0.5, -0.5))
    assert (column["Average"][at], column["Count"][at]) == ("£30.00", "4")


def test_a_colour_bar_stands_in_for_figures():
    assert not drawn()[0].select(ColorBar)
    bar = drawn(words=False)[0].select_one(ColorBar)
    assert all(text.startswith("£") for text in bar.major_label_overrides.values())
    many = pd.DataFrame(
        [(f"c{i:02d}", f"r{j:02d}", float(i * j), 1) for i in range(16) for j in range(10)], columns=FRAME.columns
    )
    figure, _, words = drawn(many)
    assert figure.select(ColorBar) and not any(words["word"])
    assert len(figure.xaxis[0].ticker.ticks) <= 13


@pytest.mark.parametrize("colours", [RAMP, DIVERGING])
def test_words_can_be_read_on_every_shade(colours):
    for shade in shades(colours):
        assert readable(shade) in INKS
        assert contrast(shade, readable(shade)) > 4.5


def test_shades_go_from_the_first_colour_to_the_last():
    assert (shades(RAMP)[0], shades(RAMP)[-1], len(shades(RAMP, 7))) == (RAMP[0], RAMP[-1], 7)


def test_limits():
    assert limits(pd.Series([50.0, 100.0])) == (50.0, 100.0)
    assert limits(pd.Series([99.0, 100.0])) == (80.0, 100.0)
    assert limits(pd.Series([-3.0, 1.0]), diverging=True) == (-3.0, 3.0)
    assert limits(pd.Series([], dtype=float)) == (0.0, 1.0)
    for values in ([0.0], [5.0], [-5.0], [-5.0, -4.0]):
        low, high = limits(pd.Series(values))
        assert low < high


def test_a_click_picks_a_cell():
    assert picked(FRAME, "channel", "who", 0.49, -0.49) == ("Online", "Zoe")
    assert picked(FRAME, "channel", "who", 0.51, 1.2) == ("In-store", "Abe")
    assert picked(FRAME, "channel", "who", -0.6, 0) is None
    assert picked(FRAME, "channel", "who", 0, 1.6) is None


def test_long_names_are_cut():
    assert cut("Potential Loyalist", 10) == "Potential\u2026"
    assert cut("Loyal", 5) == "Loyal"


def test_one_cell_and_one_without_a_value():
    one = FRAME.iloc[:1]
    assert list(drawn(one)[2]["word"]) == ["£12.50"]
    assert list(drawn(one.assign(average=np.nan))[2]["word"]) == [""]


def test_short_names_of_columns_stand_upright():
    assert turned(["App", "Online", "In-store"]) == 0


def test_long_names_of_columns_are_turned_so_that_a_phone_shows_them():
    assert turned(["VIP Champions", "At-Risk Customers", "New Prospects", "Dormant Customers"]) > 0


def turned(names):
    frame = pd.DataFrame({"x": names, "y": "all", "value": 1.0})
    figure = hv.render(heatmap(frame, "x", "y", "value", Look(), "count"), backend="bokeh")
    angle = figure.xaxis[0].major_label_orientation
    return 0 if angle == "horizontal" else angle


def test_cells_of_a_phone_round_figures_that_are_wider_than_they_and_leave_out_what_is_still_wider():
    frame = pd.DataFrame({"x": [f"{i}" for i in range(9)], "y": "all", "value": [7.0] * 8 + [1234.0]})
    words = {}
    for narrow, unit in ((False, "count"), (True, "count"), (True, "money")):
        figure = hv.render(heatmap(frame, "x", "y", "value", Look(narrow=narrow), unit), backend="bokeh")
        shown = next(r.data_source.data["word"] for r in figure.renderers if "word" in r.data_source.data)
        words[narrow, unit] = shown[-1]
    assert words == {(False, "count"): "1,234", (True, "count"): "1.2k", (True, "money"): ""}
