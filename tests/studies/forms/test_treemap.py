import itertools

import holoviews as hv
import pandas as pd
import pytest
from bokeh.models import Quad, Text
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.studies import Look
from retail_panel.studies.forms.treemap import HEIGHT, WIDTH, boxed, fitting, placed, placed_words, squarified, treemap

FRAME = pd.DataFrame(
    [("Hats", 20.0, 3.0), ("Coats", 70.0, 90.0), ("Gloves", -5.0, 4.0), ("Shoes", 10.0, None)],
    columns=["name", "sales", "average"],
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20), st.floats(1, 500), st.floats(1, 500))
def test_rectangles_fill_the_whole_by_their_sizes(sizes, width, height):
    sizes = sorted(sizes, reverse=True)
    boxes = squarified(sizes, width, height)
    for size, (x, y, w, h) in zip(sizes, boxes, strict=True):
        assert w * h == pytest.approx(size / sum(sizes) * width * height, rel=1e-6)
        assert x >= -1e-9 and y >= -1e-9
        assert x + w <= width * (1 + 1e-6) and y + h <= height * (1 + 1e-6)
    for (x, y, w, h), (p, q, r, s) in itertools.combinations(boxes, 2):
        across, along = min(x + w, p + r) - max(x, p), min(y + h, q + s) - max(y, q)
        assert across <= 1e-6 * width or along <= 1e-6 * height


def test_the_example_of_the_paper():
    # Bruls, Huizing and van Wijk, figure 4: areas 6, 6, 4, 3, 2, 2, 1 in a 6 x 4 rectangle.
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], 6, 4)
    assert boxes[0] == pytest.approx((0, 0, 3, 2)) and boxes[1] == pytest.approx((0, 2, 3, 2))
    assert boxes[2][2:] == pytest.approx((12 / 7, 7 / 3)) and boxes[3][2:] == pytest.approx((9 / 7, 7 / 3))


def test_what_is_not_above_zero_has_no_rectangle():
    assert list(placed(FRAME, "sales")["name"]) == ["Coats", "Hats", "Shoes"]
    assert placed(FRAME[FRAME.sales < 0], "sales").empty


def test_names_stand_in_the_middle_of_their_rectangle_where_they_fit():
    tips = (("", "name"), ("Sales", "sales", "money"))
    drawing = treemap(FRAME, "name", "sales", "average", Look(), "money", "money", tips)
    figure = hv.render(drawing, backend="bokeh")
    data = {type(renderer.glyph): renderer.data_source.data for renderer in figure.renderers}
    box, text = data[Quad], data[Text]
    assert text["word"][0] == "Coats\n£70.00 \u00b7 £90.00"
    for i in range(3):
        assert box["left"][i] < text["across"][i] < box["right"][i]
        assert box["bottom"][i] < text["down"][i] < box["top"][i]
    assert figure.hover.tooltips == [("", "@{name}"), ("Sales", "£@{sales}{0,0.00}")]
    assert (figure.x_range.start, figure.x_range.end) == (0, WIDTH)
    assert {figure.y_range.start, figure.y_range.end} == {0, HEIGHT}
    widths = next(r.glyph.text_align for r in figure.renderers if isinstance(r.glyph, Text))
    assert widths == "center" or widths.value == "center"


def test_a_click_picks_a_rectangle():
    cells = placed(FRAME, "sales")
    assert boxed(cells, 5, 5)["name"] == "Coats"
    assert boxed(cells, WIDTH - 5, HEIGHT - 5)["name"] == "Shoes"
    assert boxed(cells, -5, 5) is None


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [(200, 60, "Toys & Gifts\n£1.2m"), (200, 20, "Toys & Gifts"), (60, 60, "Toys &\nGifts\n£1.2m"),
     (60, 20, "Toys & G\u2026"), (20, 60, ""), (200, 10, "")],
)  # fmt: skip
def test_words_fit(width, height, words):
    assert fitting("Toys & Gifts", "£1.2m", width, height) == words


def test_a_name_that_is_cut_lying_is_turned_in_a_rectangle_that_is_high():
    assert placed_words("Groceries", "£1.2m", 45, 100) == ("Groceries\n£1.2m", True)
    assert placed_words("Groceries", "£1.2m", 100, 45) == ("Groceries\n£1.2m", False)
    assert placed_words("Groceries", "£1.2m", 45, 40) == ("Groce\u2026\n£1.2m", False)


def test_a_phone_writes_only_what_its_narrower_rectangles_hold():
    tips = (("", "name"),)
    many = pd.DataFrame({"name": [f"A name of many letters {i}" for i in range(30)], "sales": 1.0, "average": 2.0})
    written = {}
    for narrow in (False, True):
        drawing = treemap(many, "name", "sales", "average", Look(narrow=narrow), "money", "money", tips)
        figure = hv.render(drawing, backend="bokeh")
        text = next(r.data_source.data["word"] for r in figure.renderers if isinstance(r.glyph, Text))
        written[narrow] = sum(map(len, text))
    assert written[True] < written[False]
