"""Repeated deliveries against honest twins, through the pump and into the store."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strange_messages import STRANGE

from retail_panel.feed import MessageReader, Pump
from retail_panel.feed.pump import REPEATED
from retail_panel.store import Store


class Tape:
    """A source of prepared batches of messages; its position is the number of the next batch."""

    def __init__(self, *batches, name="tape"):
        self.name, self.batches, self.position = name, batches, None
        self._reader = MessageReader(name)

    def open(self, position):
        self.position = position or "0"

    def history(self, load):
        """A tape has no past."""

    def next_batch(self):
        at = int(self.position)
        if at == len(self.batches):
            return None
        arrival = self._reader.read(self.batches[at], lambda index: f"{at}:{index}")
        if arrival.num_rows:
            self.position = str(at + 1)
        return arrival

    def close(self):
        """Nothing to close."""


def sold(order_id, line_id=None, amount=1, at="2024-05-01T10:00:00", **more):
    found = {"order_id": order_id, "ordered_at": at, "amount": amount, **more}
    return json.dumps(found | ({"line_id": line_id} if line_id else {})).encode()


def pumped(store, *batches, name="tape", **how):
    pump = Pump(Tape(*batches, name=name), store, **how)
    pump.open()
    while not pump.state.ended:
        pump.step()
        assert pump.state.error is None
    return pump.state


def orders(store):
    return store.ask("SELECT order_id FROM order_line ORDER BY line").column(0).to_pylist()


def set_aside(store):
    return store.ask("SELECT position, reason, text FROM quarantine ORDER BY version, position").to_pylist()


def test_a_line_id_that_came_before_is_set_aside_wherever_it_comes(empty_store):
    state = pumped(empty_store, [sold("o1", "a"), sold("o2", "b"), sold("o1", "a")], [sold("o2", "b"), sold("o3", "c")])
    assert orders(empty_store) == ["o1", "o2", "o3"]
    assert (state.rows, state.quarantined) == (3, 2)
    found = set_aside(empty_store)
    assert [(row["position"], row["reason"]) for row in found] == [("0:2", REPEATED), ("1:0", REPEATED)]
    assert json.loads(found[1]["text"])["line_id"] == "b"


def test_a_restart_knows_the_line_ids(tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    first = Store(url)
    pumped(first, [sold("o1", "a")])
    first.close()
    second = Store(url)
    pumped(second, [], [sold("o1", "a"), sold("o2", "b")])
    assert orders(second) == ["o1", "o2"]
    second.close()


def test_without_a_line_id_equal_lines_are_twins(empty_store):
    pumped(empty_store, [sold("o1"), sold("o1")], [sold("o1"), sold("o1", " ")])
    assert orders(empty_store) == ["o1"] * 4
    assert set_aside(empty_store) == []


def test_lines_with_and_without_an_id_share_a_batch(empty_store):
    pumped(empty_store, [sold("o1")], [sold("o2", "a"), sold("o2")], [sold("o3")], [sold("o2", "a"), sold("o1")])
    assert orders(empty_store) == ["o1", "o2", "o2", "o3", "o1"]
    assert [row["position"] for row in set_aside(empty_store)] == ["3:0"]


def test_the_same_id_from_another_feed_is_another_line(empty_store):
    pumped(empty_store, [sold("o1", "1")], name="till")
    pumped(empty_store, [sold("w1", "1")], name="web")
    assert orders(empty_store) == ["o1", "w1"]


def test_a_line_that_was_set_aside_may_come_again_mended(empty_store):
    pumped(empty_store, [sold("o1", "a", amount="lots")], [sold("o1", "a", amount=5)])
    assert orders(empty_store) == ["o1"]


def test_memory_is_bounded_and_the_newest_are_kept(empty_store):
    batches = [[sold(f"o{i}-{j}", f"{i}-{j}") for j in range(10)] for i in range(100)]
    pumped(empty_store, *batches, most_rows=1, remembered_lines=50)
    kept = empty_store.ask("SELECT count(*) AS lines, max(version) AS last FROM recent_line").to_pylist()[0]
    assert 50 <= kept["lines"] <= 50 + 17 * 10
    state = pumped(empty_store, *batches, *batches[95:], most_rows=1, remembered_lines=50)
    assert (state.rows, state.quarantined) == (0, 50)


def test_a_failed_commit_forgets_its_line_ids_too(empty_store, monkeypatch):
    pump = Pump(Tape([sold("o1", "a")]), empty_store)
    pump.open()
    pump.step()
    with monkeypatch.context() as patch:
        patch.setattr("retail_panel.store.load.Load.finish", lambda *args: 1 / 0)
        pump.finish()
    assert pump.state.error.startswith("ZeroDivisionError")
    pump.finish()
    assert orders(empty_store) == ["o1"]
    assert pump.state.quarantined == 0


@pytest.mark.parametrize("most_rows", [1, 100])
def test_late_lines_land_on_their_own_day_and_corrections_net_out(empty_store, most_rows):
    pumped(
        empty_store,
        [sold("o1", "a", 100, "2024-05-03T09:00:00", customer_id="Ada")],
        [sold("o0", "b", 40, "2024-05-01T23:59:59", customer_id="Ada")],
        [sold("o1", "a-cancelled", 100, "2024-05-04T08:00:00", customer_id="Ada", kind="cancellation")],
        [sold("o1", "a-corrected", 90, "2024-05-04T08:00:00", customer_id="Ada")],
        most_rows=most_rows,
    )
    days = empty_store.ask(
        "SELECT ordered_at::DATE::VARCHAR AS day, sum(amount)::BIGINT AS net FROM order_line GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert [tuple(row.values()) for row in days] == [
        ("2024-05-01", 400_000), ("2024-05-03", 1_000_000), ("2024-05-04", -100_000),
    ]  # fmt: skip
    first = empty_store.ask("SELECT first_day::VARCHAR AS day FROM customer").to_pylist()
    assert first == [{"day": "2024-05-01"}]
    assert empty_store.ask("SELECT count(DISTINCT order_key) AS n FROM order_line").to_pylist() == [{"n": 2}]


def test_a_batch_of_bad_messages_only_moves_the_position(empty_store):
    state = pumped(empty_store, [b"bad", b"worse"], [sold("o1")])
    assert (state.rows, state.quarantined, empty_store.position("tape")) == (1, 2, "2")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(STRANGE, min_size=1, max_size=5), min_size=1, max_size=3), st.sampled_from([1, 100]))
def test_no_message_stops_the_pump_and_each_is_kept_or_set_aside(batches, most_rows):
    store = Store()
    batches = [[sold(f"good {i}"), *batch] for i, batch in enumerate(batches)]
    pumped(store, *batches, most_rows=most_rows)
    good = [order for order in orders(store) if str(order).startswith("good")]
    assert good == [f"good {i}" for i in range(len(batches))]
    rows = store.ask("SELECT count(*) FROM (SELECT version FROM order_line UNION ALL SELECT version FROM quarantine)")
    assert rows.column(0)[0].as_py() >= sum(map(len, batches))
    store.close()
