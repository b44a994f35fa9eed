"""What stands where there is no workbench: why, in words for whoever reads it, and a way on."""

import panel as pn
import pytest

from pages.visitor import one, press
from retail_panel.pages.closed import closed_after, login_ended, not_opened
from retail_panel.visitors import TooManyPages


@pytest.mark.parametrize(("minutes", "words"), [(1, "for a minute"), (480, "for 480 minutes")])
def test_a_page_that_nobody_used_says_so(document, minutes, words):
    alert, button = closed_after(minutes)
    assert words in alert.object and "idle_minutes" not in alert.object and button.label == "Open it again"


@pytest.mark.parametrize("made", [lambda: closed_after(5), login_ended])
def test_its_button_loads_it_again(document, made):
    press(made()[1])
    assert pn.state.location.reload


def test_one_page_too_many_has_the_title_the_reason_and_a_way_on(document):
    page = not_opened(TooManyPages("You have 2 pages open; allowed: 2"), "Ash & Oak")
    assert page.title == "Ash & Oak" and not list(page.sidebar)
    assert "2 pages open" in one(page.main, "Alert").object
    press(one(page.main, "Button", label="Try again"))
    assert pn.state.location.reload


def test_in_a_frame_it_has_no_header(document):
    pn.state.location.search = "?embed=1"
    page = not_opened(TooManyPages("Too many"), "Ash & Oak")
    assert page.sx["& > .header"] == {"display": "none"}
