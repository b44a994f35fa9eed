"""Customers over time, of so many customers and months that they are not in memory at once."""

import datetime as dt

import pandas as pd
import pytest

from customers.demo_sample import sample_batch
from retail_panel.customers import RFMDefinition, running
from retail_panel.customers.evolution import evolution
from retail_panel.customers.merged import by_month, merged, whole
from retail_panel.customers.migration import migration
from retail_panel.store import Store


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


class Largest:
    """Asks, and notes the rows of the largest answer."""

    def __init__(self, store):
        self._store, self.rows = store, 0

    def __call__(self, question):
        found = self._store.ask(question)
        self.rows = max(self.rows, found.num_rows)
        return found


@pytest.mark.parametrize("most", [5, 24])
@pytest.mark.parametrize("definition", [{}, {"frequency": "days", "monetary": "gross"}, "months"], ids=str)
def test_in_pieces_all_is_the_same(sample, monkeypatch, definition, most):
    lines, done, last_day = sample.lines, None, None
    if definition == "months":
        lines = whole(sample.keep("merged", merged(sample.lines)), sample.ask)
        done = sample.keep("months", by_month(lines))
        last_day = sample.ask(lines.aggregate(last=lines.ordered_at.max()))["last"][0].as_py().date()
        definition = {}
    definition = RFMDefinition(**definition)
    days = dt.date(2025, 3, 31), dt.date(2025, 9, 30)
    found = []
    for rows in (running.MOST_ROWS, 0):
        monkeypatch.setattr(running, "MOST_ROWS", rows)
        ask = Largest(sample)
        course = evolution(ask, lines, definition, last_day, most, done)
        moves = migration(ask, lines, definition, *days, done=done)
        found.append((course, moves, ask.rows))
    (course, moves, much), (same, equal, little) = found
    pd.testing.assert_frame_equal(same.table, course.table)
    pd.testing.assert_frame_equal(equal.table, moves.table)
    assert same.scales == course.scales and moves.customers
    customers = sample.ask(sample.lines.aggregate(n=sample.lines.customer_key.nunique()))["n"][0].as_py()
    assert little <= customers < much
