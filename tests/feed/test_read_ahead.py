"""Reading ahead hands out what the source gives, in its order, whatever the source does."""

import threading

import pytest

from retail_panel.feed import Pump, feed_source
from retail_panel.feed.arrival import Arrival
from retail_panel.feed.folder import folder_source
from retail_panel.feed.read_ahead import AHEAD, ReadAhead
from retail_panel.feed.source import SourceDown


class Script:
    """A source that gives, or raises, one thing after another, and then nothing; it notes who calls."""

    name = "script"

    def __init__(self, *given):
        self.given, self.position, self.told, self.threads = list(given), None, [], set()
        self.asked = 0

    def open(self, position):
        self.position = position or "0"

    def history(self, load):
        self.told.append("history")

    def recall(self, positions):
        self.told.append(("recalled", list(positions)))

    def committed(self, position):
        self.told.append(("committed", position))
        self.threads.add(threading.current_thread().name)

    def next_batch(self):
        self.asked += 1
        self.threads.add(threading.current_thread().name)
        given = self.given.pop(0) if self.given else Arrival()
        if isinstance(given, Exception):
            raise given
        self.position = str(int(self.position) + 1)
        return given

    def close(self):
        self.told.append("closed")


@pytest.fixture
def opened():
    """The function that opens a script, read ahead."""
    made = []

    def make(*given):
        made.append(ReadAhead(Script(*given)))
        made[-1].open(None)
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_batches_come_in_order_each_with_the_position_after_it(opened, order_lines):
    source = opened(*(order_lines([day]) for day in range(1, 6)))
    found = [(source.next_batch(), source.position) for _ in range(5)]
    assert [batch.column("order_id")[0].as_py() for batch, _ in found] == ["o1", "o2", "o3", "o4", "o5"]
    assert [position for _, position in found] == ["1", "2", "3", "4", "5"]


def test_no_more_is_read_than_memory_is_to_hold(opened, order_lines):
    source = opened(*(order_lines([day]) for day in range(1, 20)))
    assert source._source.asked == 0
    source.next_batch()
    source._reader.submit(lambda: None).result()
    assert source._source.asked == 1 + AHEAD


def test_a_source_that_has_nothing_is_asked_once_each_time(opened):
    source = opened()
    for asked in (1, 2, 3):
        assert source.next_batch().num_rows == 0
        assert source._source.asked == asked


def test_an_error_comes_in_its_place_and_nothing_after_it_is_lost(opened, order_lines):
    source = opened(order_lines([1]), SourceDown("away"), order_lines([2]), order_lines([3]))
    found = []
    for _ in range(4):
        try:
            found += source.next_batch().column("order_id").to_pylist()
        except SourceDown as error:
            found.append(str(error))
    assert found == ["o1", "away", "o2", "o3"]


def test_the_end_is_handed_on(opened):
    assert opened(None).next_batch() is None


def test_the_source_learns_what_it_is_to_know_in_one_thread(empty_store, order_lines, clock):
    script = Script(order_lines([1]), order_lines([2]))
    pump = Pump(ReadAhead(script), empty_store, clock=clock, most_rows=1)
    pump.open()
    pump.step()
    pump.step()
    pump.stop()
    assert script.told[:3] == [("recalled", []), "history", ("committed", "0")]
    assert script.told[-1] == "closed"
    assert len(script.threads) == 1


def test_a_folder_is_read_ahead_and_a_kill_in_a_file_doubles_nothing(tmp_path, empty_store, clock, monkeypatch):
    monkeypatch.setattr("retail_panel.intake.text_stream.CHUNK_BYTES", 100)
    assert isinstance(feed_source(f"folder://{tmp_path}"), ReadAhead)
    for name in "abc":
        rows = "".join(f"{name}{number},2024-05-01,12.5\n" for number in range(40))
        (tmp_path / f"{name}.csv").write_text("order_id,ordered_at,amount\n" + rows)
    for steps in (1, 2, 3, 5, 9, 60):
        source = ReadAhead(folder_source(f"folder://{tmp_path}?name=files&settled=0", clock=clock))
        pump = Pump(source, empty_store, clock=clock, most_rows=7)
        pump.open()
        for _ in range(steps):
            pump.step()
            clock.now += 1
        source.close()
    orders = empty_store.ask("SELECT order_id FROM order_line").column(0).to_pylist()
    assert sorted(orders) == sorted(f"{name}{number}" for name in "abc" for number in range(40))
