"""Tiles as HTML."""

from datetime import datetime

import numpy as np

from retail_panel.crossfilter.clause import Range
from retail_panel.report.tiles import span_words, tiles_markup
from retail_panel.studies import Look
from retail_panel.tiles import TileAnswers

MARCH = Range(datetime(2024, 3, 1), datetime(2024, 4, 1))
FEBRUARY = Range(datetime(2024, 2, 1), datetime(2024, 3, 1))


def made(now, before=None, span=FEBRUARY, **lines):
    answers = TileAnswers(MARCH, span, now, before or {}, lines)
    return tiles_markup(answers, list(now), Look())


def test_figure_and_change():
    markup = made({"net_sales": 1_234_567.0, "return_rate": 0.1}, {"net_sales": 1_000_000.0, "return_rate": 0.08})
    assert "£1.2m" in markup and '<span class="change good">+23.5%</span>' in markup and "from £1.0m" in markup
    assert '<span class="change bad">+2.0\u00a0pp</span>' in markup and "from 8.0%" in markup


def test_no_change_without_an_earlier_figure():
    assert "change" not in made({"net_sales": 5.0}, span=None)
    assert "change" not in made({"net_sales": 5.0}, {"net_sales": None})
    assert '<span class="change ">' in made({"net_sales": 5.0}, {"net_sales": 5.0})


def test_a_figure_there_is_not():
    markup = made({"repeat_rate": None}, {"repeat_rate": 0.5})
    assert '<span class="value">–</span>' in markup and "nan" not in markup


def test_the_course_breaks_where_there_is_nothing():
    markup = made({"net_sales": 1.0}, None, None, net_sales=np.array([0.0, 10.0, np.nan, 5.0, 0.0]))
    assert 'd="M0.0 22.0L25.0 2.0M75.0 12.0L100.0 22.0"' in markup
    assert 'd=""' in made({"net_sales": 1.0}, None, None, net_sales=np.array([np.nan, np.nan]))


def test_spans_in_words():
    assert span_words(MARCH) == "1 Mar 2024 to 31 Mar 2024"
    assert span_words(Range(datetime(2024, 3, 1), datetime(2024, 3, 2))) == "1 Mar 2024"
