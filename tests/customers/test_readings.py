import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers.readings import FEWEST, HOW_TO_READ, readings
from retail_panel.customers.scores import MEASURES
from retail_panel.customers.spread import COLUMNS, spread
from retail_panel.store import Store


def frame_of(*rows):
    """Rows of (group, customers, (mean, std) of recency, frequency and spend)."""
    found = []
    for group, customers, *pairs in rows:
        for measure, (mean, std) in zip(MEASURES, pairs, strict=True):
            found.append((group, measure, customers, mean, std, 0.0, mean, mean, mean, 2 * mean))
    return pd.DataFrame({name: pd.Series([row[i] for row in found], dtype=object) for i, name in enumerate(COLUMNS)})


EVERYBODY = (None, 1000, (100, 90), (4, 4), (500, 600))


def test_the_seeds_own_example():
    found = readings(frame_of(EVERYBODY, (0, 200, (12, 5), (11, 3), (2000, 700))), ["Champions"])
    assert [(r.level, r.spread) for r in found[:3]] == [("low", "little"), ("high", "little"), ("high", "little")]
    assert found[0].sentence.replace("\u00a0", " ") == (
        "Champions: low recency with little spread (mean 12 days, std 5 days, median 12 days; all customers: 100 days):"
        " consistently recent buyers."
    )
    assert "loyal, consistent buyers" in found[1].sentence
    assert "£2,000.00" in found[2].sentence and "high-value, predictable" in found[2].sentence
    assert "premium group" in found[3].sentence and found[3].measure is None


def test_a_wide_spread_asks_for_a_finer_split():
    found = readings(frame_of(EVERYBODY, (0, 200, (100, 90), (4, 6), (500, 1500))), {0: "Mixed"}, "EUR")
    assert [r.spread for r in found[:3]] == ["usual", "wide", "wide"]
    assert "Mixed: customers differ widely in frequency and spend; a finer split" in found[3].sentence
    assert "€500.00" in found[2].sentence


def test_everybody_in_one_group_is_usual_in_all():
    found = readings(frame_of(EVERYBODY, (0, *EVERYBODY[1:])))
    assert {(r.level, r.spread) for r in found[:3]} == {("usual", "usual")}
    assert found[3].sentence == "0: neither unusually alike nor unusually mixed."


def test_few_customers_are_not_read():
    few = frame_of(EVERYBODY, (7, FEWEST - 1, (1, 1), (1, 1), (1, 1)), (8, 1, (1, np.nan), (1, np.nan), (1, np.nan)))
    found = readings(few)
    assert [r.sentence for r in found] == [
        "7: 9 customers, too few to read a spread from.",
        "8: 1 customer, too few to read a spread from.",
    ]


def test_no_rows_no_readings():
    assert readings(frame_of()) == []


def test_more_returned_than_bought_is_low_and_read_by_its_deviation():
    found = readings(frame_of(EVERYBODY, (0, 50, (100, 90), (4, 4), (-20, 100))))
    assert (found[2].level, found[2].spread) == ("low", "little")
    assert "−£20.00" in found[2].sentence


def test_thresholds_are_stated():
    assert "20% or more below" in HOW_TO_READ[2] and "25% or more above" in HOW_TO_READ[2]
    assert "0.75 times" in HOW_TO_READ[3] and "1.25 times" in HOW_TO_READ[3]


PEOPLE = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 60), st.integers(-(10**9), 10**9), st.integers(0, 2)), min_size=1
)


@settings(deadline=None, max_examples=25)
@given(PEOPLE)
def test_words_follow_the_stated_rules_whatever_the_figures(rows):
    store = Store(threads=1)
    people = pd.DataFrame(rows, columns=[*MEASURES, "segment"])
    scored = store.keep_table("scored", pa.Table.from_pandas(people, preserve_index=False))
    found = readings(spread(store.ask, scored))
    store.close()
    assert {r.group for r in found} == set(people.segment)
    for reading in found:
        if reading.measure is None:
            continue
        own = people[people.segment == reading.group][reading.measure]
        mean, usual = own.mean(), people[reading.measure].mean()
        if reading.level == "high":
            assert mean > usual and mean >= usual + 0.2499 * abs(usual)
        elif reading.level == "low":
            assert mean < usual and mean <= usual - 0.1999 * abs(usual)
        if reading.measure == "recency_days" and reading.spread != "usual":
            ratio = own.std() / people[reading.measure].std()
            assert ratio <= 0.7501 if reading.spread == "little" else ratio >= 1.2499


@pytest.mark.parametrize("width", ["little", "usual", "wide"])
@pytest.mark.parametrize("level", ["low", "usual", "high"])
def test_every_combination_has_words(level, width):
    mean = {"low": 0.5, "usual": 1, "high": 2}[level]
    std = {"little": 0.4, "usual": 1, "wide": 2}[width]
    # The spread of recency is compared in days, the others as shares of the mean.
    pairs = [(100 * mean, 90 * std), (4 * mean, 4 * mean * std), (500 * mean, 600 * mean * std)]
    found = readings(frame_of(EVERYBODY, (0, 200, *pairs)))
    assert [(r.level, r.spread) for r in found[:3]] == [(level, width)] * 3
    assert len({r.sentence for r in found}) == 4
