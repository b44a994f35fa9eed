import datetime as dt

import pyarrow as pa
import pytest

from retail_panel.customers.profile import (
    EMPTY,
    counts_question,
    groups_of,
    held_scores,
    seen_question,
    summary,
    summary_question,
)
from retail_panel.customers.segments import SEGMENTS


def test_seen_by_hand(shop):
    assert shop.ask(seen_question(shop.lines)).to_pylist() == [
        {"last_day": 19813, "customers": 6, "guest_lines": 1, "later_lines": 0}
    ]
    assert dt.date(1970, 1, 1) + dt.timedelta(days=19813) == dt.date(2024, 3, 31)


def test_seen_up_to_a_day(shop):
    found = shop.ask(seen_question(shop.lines, dt.date(2024, 2, 10))).to_pylist()[0]
    assert (found["customers"], found["guest_lines"], found["later_lines"]) == (3, 0, 7)


def test_summary_by_hand(empty_store):
    columns = {"recency_days": pa.array([0, 10, 20], pa.int32()), "frequency": pa.array([1, 1, 4], pa.int32())}
    rfm = empty_store.keep_table("rfm", pa.table({**columns, "monetary": [10_000, 20_000, -30_000]}))
    found = summary(empty_store.ask(summary_question(rfm)).to_pylist()[0])
    assert found["recency_days"] == {"mean": 10, "std": 10, "min": 0, "max": 20, "total": 30}
    assert found["frequency"] == {"mean": 2, "std": pytest.approx(3**0.5), "min": 1, "max": 4, "total": 6}
    assert found["monetary"] == {"mean": 0, "std": pytest.approx(7**0.5), "min": -3, "max": 2, "total": 0}


def test_summary_of_nobody(empty_store):
    rfm = empty_store.keep_table("rfm", EMPTY)
    found = summary(empty_store.ask(summary_question(rfm)).to_pylist()[0])
    assert found["monetary"] == dict.fromkeys(("mean", "std", "min", "max", "total"))


def test_groups_and_held_scores_by_hand(empty_store):
    rows = {
        "customer_key": [0, 1, 2], "recency_days": [0, 10, 50], "frequency": [5, 3, 1],
        "monetary": [500_000, 300_000, 10_000], "net_sales": [400_000, 300_000, 10_000],
            "first_bought": [None] * 3, "sales_rank": [0, 33, 66],
        "r": [5, 5, 1], "f": [5, 5, 1], "m": [5, 4, 1], "segment": [0, 0, 10], "cluster": [0, 1, 1],
    }  # fmt: skip
    scored = empty_store.keep_table("scored", pa.table(rows).cast(EMPTY.schema))
    counts = empty_store.ask(counts_question(scored))
    assert counts.num_rows == 3
    assert held_scores(counts)["monetary"] == {1: 1, 2: 0, 3: 0, 4: 1, 5: 1}
    groups = groups_of(counts, "segment", SEGMENTS)
    assert [group.customers for group in groups] == [2] + [0] * 9 + [1]
    champions = groups[0]
    assert (champions.name, champions.share) == ("Champions", pytest.approx(2 / 3))
    assert (champions.recency_days_mean, champions.frequency_mean, champions.monetary_mean) == (5, 4, 40)
    assert (champions.monetary_total, champions.net_sales) == (80, 70)
    assert groups[1].recency_days_mean is None
