import math
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retail_panel.errors import RetailPanelError
from retail_panel.feed import Arrival, Pump, Replay
from retail_panel.store import Store


class Till:
    """A source that hands out prepared batches and fails where an error stands instead."""

    def __init__(self, *batches):
        self.name = "till"
        self.batches = list(batches)
        self.position = None
        self.closed = False

    def open(self, position):
        self.position = position

    def history(self, load):
        """A till has no past."""

    def next_batch(self):
        batch = self.batches.pop(0) if self.batches else None
        if isinstance(batch, Exception):
            raise batch
        if batch is not None and batch.num_rows:
            self.position = str(int(self.position or 0) + batch.num_rows)
        return batch

    def close(self):
        self.closed = True


@pytest.fixture
def pump(empty_store, clock):
    def make(*batches, **how):
        made = Pump(Till(*batches), empty_store, clock=clock, **how)
        made.open()
        return made

    return make


def drive(pump, clock, until):
    for _ in range(1000):
        if until():
            return
        clock.now += pump.step()
    raise AssertionError("the pump did not get there")


def test_history_and_start_are_committed_as_one_batch(empty_store, order_lines, days):
    archive = Store()
    archive.append(order_lines(range(11)))
    Pump(Replay(archive, "replay x", start=0.5), empty_store).open()
    assert empty_store.version == 1
    assert empty_store.position("replay x") == "2024-01-06T00:00:00"
    assert sorted(days(empty_store.ask(empty_store.lines.select("ordered_at")))) == [0, 1, 2, 3, 4]
    archive.close()


def test_a_second_pump_brings_no_history_again(empty_store, order_lines):
    archive = Store()
    archive.append(order_lines(range(11)))
    Pump(Replay(archive, "replay x", start=0.5), empty_store).open()
    Pump(Replay(archive, "replay x", start=0.9), empty_store).open()
    assert empty_store.version == 1
    archive.close()


def test_a_row_waits_for_others_but_not_longer_than_stated(pump, clock, empty_store, order_lines):
    made = pump(order_lines([1]), order_lines([2]), order_lines([]), order_lines([]), order_lines([3]), longest_s=0.5)
    assert made.step() == 0.0
    assert made.step() == 0.0
    assert empty_store.version == 1
    clock.now += made.step()
    clock.now += 0.5
    made.step()
    assert (empty_store.version, made.state.rows, made.state.batches) == (2, 2, 1)
    assert empty_store.position("till") == "2"


def test_wait_is_never_longer_than_the_rest_of_a_rows_patience(pump, clock, order_lines):
    made = pump(order_lines([1]), *[order_lines([])] * 9, longest_s=0.25, idle_s=0.1)
    made.step()
    waits = []
    while not made.state.batches:
        waits.append(made.step())
        clock.now += waits[-1]
    assert waits == pytest.approx([0.1, 0.1, 0.05, 0.1])


def test_rows_after_a_pause_are_committed_at_once_and_later_ones_wait(pump, clock, order_lines):
    made = pump(order_lines([1]), order_lines([2]), order_lines([]), longest_s=0.5)
    clock.now += 0.6
    made.step()
    assert made.state.rows == 1
    clock.now += 0.1
    made.step()
    assert made.state.rows == 1
    clock.now += 0.4
    made.step()
    assert made.state.rows == 2


def test_a_source_that_says_so_is_asked_when_rows_come(empty_store, order_lines):
    source = Till(*[order_lines([])] * 2, order_lines([1]))
    source.announce = lambda tell: setattr(source, "tell", tell)
    made = Pump(source, empty_store, longest_s=0.0, idle_s=60.0)
    made.open()
    made.start()
    try:
        for _ in range(1000):
            source.tell()
            if made.state.rows:
                break
            time.sleep(0.01)
        assert made.state.rows == 1
    finally:
        made.stop()


def test_rows_that_come_soon_after_a_commit_are_read_and_committed_together(empty_store, order_lines):
    rows, committed = [], threading.Event()
    source = Till()
    source.announce = lambda tell: setattr(source, "tell", tell)
    source.committed = lambda position: committed.set()

    def next_batch():
        taken = [rows.pop(0) for _ in range(len(rows))]
        source.position = str(int(source.position or 0) + len(taken))
        return order_lines(taken)

    source.next_batch = next_batch
    pump = Pump(source, empty_store, longest_s=0.4, idle_s=60)
    pump.open()
    committed.clear()
    pump.start()
    try:
        rows.append(0)
        source.tell()
        assert committed.wait(10)
        for number in range(1, 6):
            rows.append(number)
            source.tell()
            time.sleep(0.02)
        deadline = time.monotonic() + 10
        while pump.state.rows < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (pump.state.rows, pump.state.batches) == (6, 2)
    finally:
        pump.stop()


def test_a_full_batch_is_committed_at_once(pump, order_lines):
    made = pump(order_lines([1, 2]), order_lines([3]), order_lines([4]), most_rows=3)
    made.step()
    made.step()
    assert (made.state.rows, made.state.batches) == (3, 1)


def test_the_end_is_committed_and_noted(pump, empty_store, order_lines):
    made = pump(order_lines([1, 2]))
    made.step()
    made.step()
    assert made.state.ended
    assert made.state.rows == 2
    assert empty_store.position("till") == "2"


def test_pause_commits_and_asks_no_more_until_resumed(pump, clock, order_lines):
    made = pump(order_lines([1]), order_lines([2]))
    made.step()
    made.pause()
    made.step()
    made.step()
    assert (made.state.paused, made.state.rows, len(made.source.batches)) == (True, 1, 1)
    made.resume()
    drive(made, clock, lambda: made.state.ended)
    assert made.state.rows == 2


def test_errors_of_the_source_are_waited_out_ever_longer_and_then_forgotten(pump, order_lines):
    made = pump(*[OSError("no line")] * 9, order_lines([1]), back_off_s=5.0)
    assert [made.step() for _ in range(9)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0])
    assert (made.state.errors, made.state.error) == (9, "OSError: no line")
    made.step()
    assert (made.state.errors, made.state.error) == (9, None)


def test_a_failed_commit_is_tried_again_with_the_same_rows(pump, clock, empty_store, order_lines, days, monkeypatch):
    made = pump(order_lines([1, 2]), order_lines([3]), most_rows=2)
    loading, failures = empty_store.loading, iter([True, True])

    def loading_that_fails(*args):
        if next(failures, False):
            raise RetailPanelError("disk full")
        return loading(*args)

    monkeypatch.setattr(empty_store, "loading", loading_that_fails)
    made.step()
    made.step()
    assert (made.state.rows, made.state.errors, made.state.error) == (0, 2, "RetailPanelError: disk full")
    drive(made, clock, lambda: made.state.ended)
    assert sorted(days(empty_store.ask(empty_store.lines.select("ordered_at")))) == [1, 2, 3]


def test_a_failure_inside_a_transaction_leaves_neither_rows_nor_position(pump, empty_store, order_lines, monkeypatch):
    made = pump(order_lines([1, 2]), order_lines([]))
    made.step()
    with monkeypatch.context() as patch:
        patch.setattr("retail_panel.store.load.Load.finish", lambda *args: 1 / 0)
        made.finish()
    assert made.state.error.startswith("ZeroDivisionError")
    assert (empty_store.version, empty_store.position("till")) == (1, None)
    made.finish()
    assert (empty_store.position("till"), made.state.rows) == ("2", 2)


class LaggingTill(Till):
    """A till that may be opened again and says how far behind it is."""

    restartable = True

    def __init__(self, *batches):
        super().__init__(*batches)
        self.opened = []

    def open(self, position):
        super().open(position)
        self.opened.append(position)

    def lag(self):
        return len(self.batches), 2.5 if self.batches else 0.0


def test_a_source_that_goes_on_failing_is_opened_again_where_it_stopped(empty_store, clock, order_lines):
    source = LaggingTill(order_lines([1, 2]), *[OSError("gone")] * 11, order_lines([3]))
    made = Pump(source, empty_store, clock=clock)
    made.open()
    drive(made, clock, lambda: made.state.ended)
    assert source.opened == [None, "2", "2"]
    assert (made.state.rows, made.state.restarts, made.state.errors, made.state.retry_s) == (3, 2, 11, 0.0)


def test_a_source_that_cannot_be_opened_again_is_tried_again(empty_store, clock, order_lines):
    source = LaggingTill(*[OSError("gone")] * 5, order_lines([3]))
    made = Pump(source, empty_store, clock=clock)
    made.open()
    refusals = iter([OSError("refused")] * 3)
    opening = source.open

    def open_(position):
        for refusal in refusals:
            raise refusal
        opening(position)

    source.open = open_
    drive(made, clock, lambda: made.state.ended)
    assert (made.state.rows, made.state.restarts, made.state.errors) == (1, 1, 8)


def test_state_tells_how_far_behind_and_how_fast(empty_store, clock, order_lines):
    source = LaggingTill(order_lines([1, 2]), order_lines([3]), order_lines([]))
    made = Pump(source, empty_store, clock=clock, most_rows=3)
    made.open()
    made.step()
    assert (made.state.lag_rows, made.state.lag_s, made.state.rows_per_s) == (4, 2.5, 0.0)
    made.step()
    assert (made.state.lag_rows, made.state.rows_per_s) == (1, 3.0)
    clock.now += 5
    made.step()
    assert (made.state.lag_rows, made.state.lag_s, made.state.rows_per_s) == (0, 0.0, 0.6)
    clock.now += 5
    made.step()
    assert made.state.rows_per_s == 0.0


def test_what_was_gathered_is_committed_while_the_source_is_gone(pump, clock, order_lines):
    made = pump(order_lines([1, 2]), *[OSError("gone")] * 9)
    for _ in range(5):
        clock.now += made.step()
    assert (made.state.rows, made.state.error) == (2, "OSError: gone")


def test_a_store_that_fails_is_no_reason_to_open_the_source_again(empty_store, clock, order_lines, monkeypatch):
    source = LaggingTill(order_lines([1]), *[order_lines([])] * 20)
    made = Pump(source, empty_store, clock=clock)
    made.open()
    monkeypatch.setattr(empty_store, "loading", lambda *args: 1 / 0)
    for _ in range(20):
        clock.now += made.step()
    assert (made.state.errors > 6, made.state.restarts) == (True, 0)


def test_a_source_without_lag_says_none(pump, order_lines):
    made = pump(order_lines([1]))
    made.step()
    assert (made.state.lag_rows, made.state.lag_s) == (None, None)


@pytest.mark.parametrize("most", [{"most_rows": 4}, {"most_bytes": 1_000}])
def test_a_slow_store_slows_reading_and_nothing_is_dropped(pump, clock, order_lines, monkeypatch, most):
    made = pump(*[order_lines([day]) for day in range(40)], longest_s=1e9, **most)
    loading, failures = made.store.loading, iter([True] * 30)

    def loading_that_fails(*args):
        if next(failures, False):
            raise RetailPanelError("disk full")
        return loading(*args)

    monkeypatch.setattr(made.store, "loading", loading_that_fails)
    for _ in range(30):
        clock.now += made.step()
    assert len(made.source.batches) >= 30
    assert made.state.retry_s == 30.0
    drive(made, clock, lambda: made.state.ended)
    assert made.state.rows == 40


def test_a_position_that_moved_without_rows_is_committed(pump, empty_store, order_lines):
    made = pump(order_lines([]))
    made.source.next_batch = lambda: Arrival(moved=True)
    made.source.position = "7"
    made.step()
    made.finish()
    assert (empty_store.position("till"), made.state.rows, made.state.batches) == ("7", 0, 1)


def test_thread_runs_to_the_end_and_stop_closes_the_source(empty_store, order_lines):
    made = Pump(Till(order_lines([1]), order_lines([]), order_lines([2, 3])), empty_store, idle_s=0.001)
    made.open()
    made.start()
    made._thread.join(10)
    assert (made.state.running, made.state.ended, made.state.rows) == (False, True, 3)
    assert made.state.committed_at is not None
    made.stop()
    assert made.source.closed


def test_stop_commits_what_was_gathered(empty_store, order_lines):
    made = Pump(Till(order_lines([1]), *[order_lines([])] * 10_000), empty_store, longest_s=1e9, idle_s=0.001)
    asked = threading.Event()
    ask = made.source.next_batch
    made.source.next_batch = lambda: (ask(), asked.set() if len(made.source.batches) < 9_990 else None)[0]
    made.open()
    made.start()
    assert asked.wait(10)
    assert made.state.running
    assert made.state.rows == 0
    made.stop()
    assert (made.state.running, made.state.rows) == (False, 1)
    assert empty_store.position("till") == "1"


def test_stop_before_start_only_closes(pump):
    made = pump()
    made.stop()
    assert made.source.closed


def test_nothing_is_lost_or_doubled_when_threads_are_stopped_at_once(empty_store, order_lines, days):
    sold = [day % 40 for day in range(400)]
    archive = Store()
    archive.append(order_lines(sold))
    for _ in range(60):
        replay = Replay(archive, "r", math.inf, 0.1, window_rows=7)
        made = Pump(replay, empty_store, most_rows=10, idle_s=0.001)
        made.open()
        made.start()
        made.stop()
    made = Pump(Replay(archive, "r", math.inf), empty_store)
    made.open()
    while not made.state.ended:
        made.step()
    assert sorted(days(empty_store.ask(empty_store.lines.select("ordered_at")))) == sorted(sold)
    archive.close()


RUN = st.tuples(
    st.integers(1, 12),
    st.sampled_from([0.1, 0.5, 1.0, 3.0]),
    st.sampled_from(["stopped", "crashed"]),
    st.sampled_from([1.0, 2.0, math.inf]),
    st.integers(1, 5),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sold=st.lists(st.integers(0, 12), min_size=4, max_size=25),
    start=st.sampled_from([0.0, 0.3, 1.0]),
    runs=st.lists(RUN, min_size=1, max_size=5),
)
def test_nothing_is_lost_or_doubled_whenever_it_stops(new_clock, order_lines, days, sold, start, runs):
    archive, store = Store(), Store()
    archive.append(order_lines(sold))
    clock = new_clock()

    def pump(speed, window_rows):
        replay = Replay(archive, "r", speed * 86_400, start, clock=clock, window_rows=window_rows)
        made = Pump(replay, store, most_rows=3, longest_s=1.0, clock=clock)
        made.open()
        return made

    for steps, pace_s, end, speed, window_rows in runs:
        made = pump(speed, window_rows)
        for _ in range(steps):
            made.step()
            clock.now += pace_s
        if end == "stopped":
            made.finish()
    last = pump(math.inf, 4)
    while not last.state.ended:
        last.step()
    assert last.state.error is None
    assert sorted(days(store.ask(store.lines.select("ordered_at")))) == sorted(sold)
    assert store.ask(store.lines.select("line").distinct()).num_rows == len(sold)
    archive.close()
    store.close()


class RememberingTill(Till):
    """A till that notes what it is told of commits."""

    def __init__(self, *batches):
        super().__init__(*batches)
        self.told = []

    def recall(self, positions):
        self.told.append(("recalled", list(positions), self.position))

    def committed(self, position):
        self.told.append(("committed", position))


def test_a_source_learns_what_is_committed_and_only_then(empty_store, clock, order_lines, monkeypatch):
    source = RememberingTill(order_lines([1]), order_lines([2, 3]), order_lines([4]))
    source.position = "0"
    made = Pump(source, empty_store, clock=clock, most_rows=3)
    made.open()
    made.step()
    with monkeypatch.context() as patch:
        patch.setattr("retail_panel.store.load.Load.finish", lambda *args: 1 / 0)
        made.step()
    assert source.told == [("recalled", [], "0"), ("committed", None)]
    drive(made, clock, lambda: made.state.ended)
    assert source.told[2:] == [("committed", "3"), ("committed", "4")]


def test_a_source_is_given_all_its_positions_newest_first(empty_store, order_lines, monkeypatch):
    monkeypatch.setattr("retail_panel.feed.pump_past.PAGE", 2)
    for number in range(5):
        empty_store.append(order_lines([number]), "till", str(number))
        empty_store.append(order_lines([number]), "it's another", "x")
    source = RememberingTill()
    Pump(source, empty_store).open()
    assert source.told == [("recalled", ["4", "3", "2", "1", "0"], None)]
    source.name = "it's another"
    Pump(source, empty_store).open()
    assert source.told[1][1] == ["x"] * 5
