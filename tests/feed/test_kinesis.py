"""The Kinesis source and the pump against a server, stopped and started again on the way."""

import json
import random
import time
from datetime import UTC, datetime

import pytest
from kinesis_shop import MIDDLE, Shop, next_second, sold, until

from retail_panel.feed.kinesis import ANEW, LOST

pytest.importorskip("boto3", reason="boto3 is not installed")


@pytest.fixture
def shop(kinesis):
    return Shop(kinesis)


def orders(store):
    return sorted(store.ask("SELECT order_id FROM order_line").column(0).to_pylist())


def notes(store):
    return store.ask("SELECT position, reason, text FROM quarantine ORDER BY position").to_pylist()


def places(store, shop):
    return json.loads(store.position(f"kinesis {shop.stream}"))


def test_every_record_once_however_often_the_pump_is_stopped(shop, empty_store):
    chance, told = random.Random(4), []
    for turn in range(6):
        pump = shop.pump(empty_store)
        more = [f"{turn}-{i}" for i in range(chance.randrange(1, 80))]
        shop.sell(more)
        told += more
        time.sleep(chance.random() * 0.2)
        pump.stop()
    pump = shop.pump(empty_store)
    until(lambda: pump.state.lag_rows == 0 and len(orders(empty_store)) >= len(told))
    pump.stop()
    assert orders(empty_store) == sorted(told)
    assert notes(empty_store) == []
    assert all(place["after"] for place in places(empty_store, shop).values())


def read(source, rows, timeout_s=30):
    """Return order ids in the order they come, and rows set aside, until so many are there."""
    found, aside = [], []

    def enough():
        batch = source.next_batch()
        found.extend(batch.lines.column("order_id").to_pylist() if batch.num_rows else [])
        aside.extend(batch.set_aside.to_pylist() if batch.num_rows else [])
        return len(found) + len(aside) >= rows

    until(enough, timeout_s)
    return found, aside


@pytest.mark.parametrize("restarts", [False, True])
def test_shards_that_were_split_and_merged_are_read_in_order(kinesis, restarts):
    shop, number = Shop(kinesis, shards=1), iter(range(1000))
    told = []

    def sell():
        told.extend(f"o{next(number):03}" for _ in range(5))
        shop.sell(told[-5:], key=5)

    sell()
    shop.split(shop.open_shards()[0], MIDDLE)
    sell()
    shop.split(shop.open_shards()[0], MIDDLE // 2)
    sell()
    shop.merge(*shop.open_shards()[:2])
    sell()
    shop.merge(*shop.open_shards()[:2])
    sell()
    source = shop.source(most_messages=1)
    source.open(None)
    found = []
    while len(found) < len(told):
        found += read(source, 1)[0]
        if restarts:
            source.close()
            source.open(source.position)
    assert found == told
    until(lambda: source.next_batch().num_rows == 0 and source.lag() == (0, 0.0))
    done = [place for place in json.loads(source.position).values() if place.get("done")]
    assert len(done) == 6
    source.close()


def test_a_shard_split_while_it_is_read_is_followed_at_once(shop, empty_store):
    pump = shop.pump(empty_store)
    shop.sell(["o1", "o2", "o3"])
    until(lambda: pump.state.rows == 3)
    first = shop.open_shards()[0]
    shop.split(first, MIDDLE // 2)
    assert first not in shop.sell(["o4"], key=5)
    until(lambda: pump.state.rows == 4, 10)
    pump.stop()
    assert places(empty_store, shop)[first]["done"] is True


def test_a_server_that_goes_away_is_waited_out(shop, empty_store):
    pump = shop.pump(empty_store)
    shop.sell(["o1", "o2"])
    until(lambda: pump.state.rows == 2)
    shop.server.stop()
    until(lambda: pump.state.error)
    assert pump.state.error.startswith(f"SourceDown: stream {shop.stream}: ")
    until(lambda: pump.state.restarts)
    shop.server.start()
    shop.sell(["o3"])
    until(lambda: pump.state.rows == 3 and pump.state.error is None)
    pump.stop()
    assert orders(empty_store) == ["o1", "o2", "o3"]


def test_bad_messages_are_set_aside_with_shard_and_sequence_number(shop, empty_store):
    shop.sell([], key=5, messages=[sold("o1"), b"{", b"\xff\xfe", sold("o2") + b"\n" + b'{"amount": 1}', sold("o1")])
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows + pump.state.quarantined == 6)
    pump.stop()
    shard = shop.open_shards()[0]
    assert orders(empty_store) == ["o1", "o2"]
    found = notes(empty_store)
    assert all(note["position"].startswith(f"{shard}:49") for note in found)
    reasons = [note["reason"] for note in found]
    assert reasons[:2] == ["the message is not a JSON object", "the message is not UTF-8 text"]
    assert found[2]["position"].endswith(" line 2")
    assert reasons[3].startswith("delivered again")


def cut(stream, shard_begins, keep):
    """Take the oldest records of a shard away; only the last so many stay."""
    for key, records in stream["shards"].items():
        if json.loads(key)["SequenceNumberRange"]["StartingSequenceNumber"] == shard_begins:
            stream["shards"][key] = records[len(records) - keep :]


def test_what_retention_took_is_told_and_reading_goes_on(shop, empty_store):
    shop.sell([f"o{i}" for i in range(4)], key=5)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 4)
    pump.stop()
    shard = shop.open_shards()[0]
    place = places(empty_store, shop)[shard]
    shop.sell([f"o{i}" for i in range(4, 10)], key=5)
    shop.server.stop()
    shop.server.edit(lambda streams: cut(streams[shop.stream], place["begins"], 3))
    shop.server.start()
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 3)
    pump.stop()
    assert [tuple(note.values()) for note in notes(empty_store)] == [
        (f"{shard}:{place['after']}", LOST, f"{shard} after {place['after']}")
    ]
    assert orders(empty_store) == [f"o{i}" for i in (0, 1, 2, 3, 7, 8, 9)]


def test_a_stream_made_anew_is_read_from_its_beginning(shop, empty_store):
    shop.sell(["o1", "o2"], key=5)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 2)
    pump.stop()
    shop.client.delete_stream(StreamName=shop.stream)
    until(lambda: shop.stream not in shop.client.list_streams()["StreamNames"])
    next_second()  # A shard's first sequence number, which tells the streams apart, holds the second it was made in.
    shop.create(1)
    shop.sell(["n1", "n2", "n3"])
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 3)
    pump.stop()
    assert orders(empty_store) == ["n1", "n2", "n3", "o1", "o2"]
    assert {note["reason"] for note in notes(empty_store)} == {ANEW}


def test_a_stream_that_is_not_there_yet_is_waited_for_and_not_made(shop, empty_store):
    shop.stream = shop.stream.replace("orders", "later")
    pump = shop.pump(empty_store)
    until(lambda: pump.state.errors >= 2)
    assert "ResourceNotFoundException" in pump.state.error
    assert shop.stream not in shop.client.list_streams()["StreamNames"]
    shop.create(1)
    shop.sell(["o1"])
    until(lambda: pump.state.rows == 1)
    pump.stop()


def test_latest_counts_from_the_first_look_on(shop, empty_store):
    shop.sell(["o1", "o2"])
    next_second()  # The start is told by the server's clock, which shows whole seconds.
    pump = shop.pump(empty_store, start="latest")
    until(lambda: pump.state.batches)
    pump.stop()
    shop.sell(["o3"])
    pump = shop.pump(empty_store, start="latest")
    until(lambda: pump.state.rows and pump.state.lag_rows == 0)
    pump.stop()
    assert orders(empty_store) == ["o3"]


def test_a_moment_to_start_at(shop, empty_store):
    shop.sell(["o1"], key=5)
    time.sleep(0.05)
    moment = datetime.now(UTC).isoformat().replace("+", "%2B")
    time.sleep(0.05)
    shop.sell(["o2"], key=5)
    pump = shop.pump(empty_store, start=moment)
    until(lambda: pump.state.rows and pump.state.lag_rows == 0)
    pump.stop()
    assert orders(empty_store) == ["o2"]
