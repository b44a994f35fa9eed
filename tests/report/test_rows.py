"""Boxes in lines of twelve columns."""

from hypothesis import given
from hypothesis import strategies as st

from retail_panel.report.rows import spans


@given(st.lists(st.sampled_from((4, 6, 12)), max_size=20))
def test_lines_are_full_and_nothing_is_narrowed(wanted):
    found, line = spans(wanted), 0
    assert len(found) == len(wanted) and all(got >= asked for got, asked in zip(found, wanted, strict=True))
    for width in found:
        line += width
        assert line <= 12
        line %= 12
    assert line == 0


def test_the_last_of_a_line_take_the_room():
    assert spans([12, 4, 4, 4, 6, 4, 4]) == [12, 4, 4, 4, 6, 6, 12]
    assert spans([]) == []
