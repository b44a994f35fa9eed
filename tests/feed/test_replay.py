import math
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed import Replay
from retail_panel.schema import ORDER_LINE, QUARANTINE, arrow_schema
from retail_panel.store import Store


@pytest.fixture
def archive(order_lines):
    store = Store()
    store.append(order_lines([9, 1, 0, 4, 4, 2, 10, 4]))
    yield store
    store.close()


def drained(replay):
    batches = []
    while (batch := replay.next_batch()) is not None:
        batches.append(batch)
    return batches


def test_plays_in_time_order_and_then_ends(archive, days):
    replay = Replay(archive, "replay x", speed=math.inf, start=0.0)
    replay.open(None)
    batches = drained(replay)
    assert [t for batch in batches for t in days(batch)] == [0, 1, 2, 4, 4, 4, 9, 10]
    assert batches[0].schema.names == arrow_schema(ORDER_LINE).names
    assert replay.next_batch() is None


def test_customers_and_guests_keep_their_ids(archive):
    replay = Replay(archive, "replay x", speed=math.inf, start=0.0)
    replay.open(None)
    rows = pa.concat_tables(drained(replay)).to_pylist()
    assert [row["customer_id"] for row in rows] == [None, "c1", "c2", "c1", "c1", "c1", None, "c1"]


def test_speed_says_when_a_row_is_due(archive, clock, days):
    replay = Replay(archive, "replay x", speed=3600.0, start=0.0, clock=clock)
    replay.open(None)
    assert days(replay.next_batch()) == [0]
    assert replay.next_batch().num_rows == 0
    clock.now += 24.0 - 0.01
    assert replay.next_batch().num_rows == 0
    clock.now += 0.01
    assert days(replay.next_batch()) == [1]
    clock.now += 24.0 * 3
    assert days(replay.next_batch()) == [2, 4, 4, 4]
    clock.now += 1e9
    assert days(replay.next_batch()) == [9, 10]
    assert replay.next_batch() is None


def test_clock_starts_with_the_first_question(archive, clock, days):
    replay = Replay(archive, "replay x", speed=1.0, start=0.0, clock=clock)
    replay.open(None)
    clock.now += 1e9
    assert days(replay.next_batch()) == [0]


@pytest.mark.parametrize("window_rows", [1, 2, 3, 100])
def test_windows_neither_lose_nor_double_rows_that_share_an_instant(archive, window_rows, days):
    replay = Replay(archive, "replay x", speed=math.inf, start=0.0, window_rows=window_rows)
    replay.open(None)
    batches = drained(replay)
    assert [t for batch in batches for t in days(batch)] == [0, 1, 2, 4, 4, 4, 9, 10]
    assert max(batch.num_rows for batch in batches) <= window_rows + 2


@pytest.mark.parametrize("window_rows", [1, 3, 100])
@pytest.mark.parametrize("speed", [math.inf, 86_400.0])
def test_goes_on_from_any_position(archive, clock, days, speed, window_rows):
    first = Replay(archive, "replay x", speed=speed, start=0.0, clock=clock, window_rows=window_rows)
    first.open(None)
    seen = []
    while (batch := first.next_batch()) is not None:
        clock.now += 1.0
        seen += days(batch)
        second = Replay(archive, "replay x", speed=math.inf, start=0.5)
        second.open(first.position)
        assert seen + [t for rest in drained(second) for t in days(rest)] == [0, 1, 2, 4, 4, 4, 9, 10]


def test_an_empty_batch_leaves_the_position(archive, clock):
    replay = Replay(archive, "replay x", speed=1.0, start=0.0, clock=clock)
    replay.open(None)
    replay.next_batch()
    position = replay.position
    assert replay.next_batch().num_rows == 0
    assert replay.position == position


@pytest.mark.parametrize(
    ("start", "history"),
    [
        (0.0, []),
        (0.5, [0, 1, 2, 4, 4, 4]),
        (1.0, [0, 1, 2, 4, 4, 4, 9]),
        (date(2024, 1, 3), [0, 1]),
        (date(2023, 1, 1), []),
    ],
)
def test_history_is_what_lies_before_the_start(archive, start, history, days):
    replay = Replay(archive, "replay x", speed=math.inf, start=start)
    replay.open(None)
    target = Store()
    with target.loading(replay.name, replay.position) as load:
        replay.history(load)
    found = target.ask(target.lines.select("ordered_at").order_by("ordered_at"))
    live = [t for batch in drained(replay) for t in days(batch)]
    assert days(found) == history
    assert history + live == [0, 1, 2, 4, 4, 4, 9, 10]
    target.close()


def test_history_brings_the_report_and_the_rows_set_aside(archive):
    bad = pa.Table.from_pylist(
        [{"source": "x.csv", "position": "7", "column": None, "reason": "no amount", "text": "a,b"}],
        schema=arrow_schema(QUARANTINE),
    )
    with archive.loading("x.csv") as load:
        load.set_aside(bad)
        load.report({"rows_read": 9})
    replay = Replay(archive, "replay x", start=0.5)
    replay.open(None)
    target = Store()
    with target.loading(replay.name, replay.position) as load:
        replay.history(load)
    assert target.reports() == [{"rows_read": 9}]
    assert target.ask(target.quarantine.select("reason")).to_pylist() == [{"reason": "no amount"}]
    target.close()


def test_live_part_waits_for_a_start_before_the_next_row(archive, clock, days):
    replay = Replay(archive, "replay x", speed=86_400.0, start=date(2024, 1, 7), clock=clock)
    replay.open(None)
    assert replay.position == (datetime(2024, 1, 1) + timedelta(days=6)).isoformat()
    assert replay.next_batch().num_rows == 0
    clock.now += 3
    assert days(replay.next_batch()) == [9]


def test_a_start_behind_the_last_line_is_an_error(archive):
    with pytest.raises(UnusableInput, match="replay x from 2024-02-01: no line is so late; allowed: up to 2024-01-11"):
        Replay(archive, "replay x", start=date(2024, 2, 1)).open(None)


def test_an_empty_archive_is_an_error():
    store = Store()
    with pytest.raises(UnusableInput, match="replay x: no order lines"):
        Replay(store, "replay x").open(None)
    store.close()
