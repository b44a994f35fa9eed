import datetime as dt

import pytest

from retail_panel.customers.notes import notes

DAY = dt.date(2024, 3, 31)
NOBODY = {"recency_days": {}, "frequency": {}, "monetary": {}}


def said(scored, **seen):
    seen = {"customers": 0, "guest_lines": 0, "later_lines": 0} | seen
    return list(notes(seen, scored, DAY, None, NOBODY))


@pytest.mark.parametrize(
    ("seen", "customers", "expected"),
    [
        ({}, 0, ["No lines in scope."]),
        ({"guest_lines": 3}, 0, ["No line in scope names a customer, so there is nobody to score."]),
        ({"customers": 1}, 0, ["Nobody to score: returns are all there is of 1 customer in scope."]),
        ({"customers": 1}, 1, ["There is one customer only, who is one group."]),
        (
            {"customers": 3, "guest_lines": 1200, "later_lines": 1},
            1,
            [
                "Left out, being after the reference day 2024-03-31: 1 line.",
                "Not scored, having returns only: 2 customers.",
                "Not scored, being of guests: 1,200 lines.",
                "There is one customer only, who is one group.",
            ],
        ),
    ],
)
def test_who_is_not_scored(seen, customers, expected):
    assert said(customers, **seen) == expected
