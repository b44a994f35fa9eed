"""Figures as the browser writes them while a brush moves: as Python does, to the letter."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retail_panel import pages
from retail_panel.formats import FORMS, style, write
from retail_panel.measures.record import UNITS

pytestmark = pytest.mark.browser
SCRIPT = (Path(pages.__file__).parent / "formats.js").read_text(encoding="utf-8")
CURRENCIES = ("GBP", "PLN", "JPY", "KWD", "XYZ")
STYLES = st.builds(style, *map(st.sampled_from, ((*UNITS, "relative", ""), CURRENCIES, FORMS)))
HALVES = st.builds(lambda whole, digits: (whole + 0.5) / 10**digits, st.integers(-10**7, 10**7), st.integers(0, 6))
NUMBERS = st.one_of(*(st.floats(-size, size) for size in (1e30, 1e6, 1)), st.integers(-10**9, 10**9), HALVES)
VALUES = st.one_of(st.sampled_from([None, float("nan"), float("inf"), -0.0]), NUMBERS)


@pytest.fixture(scope="module")
def page(browser):
    """A page that knows nothing but how to write."""
    page = browser.new_page()
    page.add_script_tag(content=SCRIPT.replace("export function", "function"))
    yield page
    page.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs=st.lists(st.tuples(VALUES, STYLES), min_size=60, max_size=120))
def test_every_figure_is_written_as_in_python(page, pairs):
    there = page.evaluate("all => all.map(([value, style]) => write(value, style))", pairs)
    assert there == [write(value, style) for value, style in pairs]
