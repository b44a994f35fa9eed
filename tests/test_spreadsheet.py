import pytest

from retail_panel.spreadsheet import guarded


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", '=HYPERLINK("x")', "-", "-1e", "@x"]
)
def test_formulas_are_guarded(text):
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["17850", "-12", "+3.5", "+1", "a=b", "", "Ada"])
def test_other_texts_stay(text):
    assert guarded(text) == text


def test_nothing_is_empty():
    assert guarded(None) == ""
