"""The Kafka source and the pump against a real broker, killed and started again on the way."""

import json
import random
import time
import uuid

import pytest

from retail_panel.feed import Pump
from retail_panel.feed.kafka import ANEW, LOST
from retail_panel.feed.kafka_url import kafka_source

confluent_kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
QUIET = {"log_level": 0}


class Shop:
    """A topic of its own on the broker, and a producer into it."""

    def __init__(self, broker, partitions=3):
        from confluent_kafka.admin import AdminClient

        self.broker, self.topic = broker, f"orders-{uuid.uuid4().hex[:8]}"
        self.admin = AdminClient({"bootstrap.servers": broker.servers, **QUIET})
        self._producer = confluent_kafka.Producer({"bootstrap.servers": broker.servers, "linger.ms": 1, **QUIET})
        self.create(partitions)

    def create(self, partitions):
        made = confluent_kafka.admin.NewTopic(self.topic, partitions, 1)
        self.admin.create_topics([made])[self.topic].result(20)

    def sell(self, orders, partition=None, producer=None):
        to = producer or self._producer
        for order in orders:
            line = {"line_id": order, "order_id": order, "ordered_at": "2024-05-01T10:00:00", "amount": "1.25"}
            to.produce(self.topic, json.dumps(line), **({} if partition is None else {"partition": partition}))
        assert to.flush(30) == 0

    def transaction(self, orders, commit):
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.broker.servers, "transactional.id": uuid.uuid4().hex, **QUIET}
        )
        producer.init_transactions(20)
        producer.begin_transaction()
        self.sell(orders, 0, producer)
        producer.commit_transaction(20) if commit else producer.abort_transaction(20)

    def pump(self, store, query="", **how):
        source = kafka_source(f"kafka://{self.broker.servers}/{self.topic}?{query}", **({"pace_s": 0.02} | how))
        made = Pump(source, store, longest_s=0.05, idle_s=0.02, back_off_s=0.5)
        made.open()
        made.start()
        return made


@pytest.fixture
def shop(broker):
    return Shop(broker)


def until(condition, timeout_s=120):
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


def orders(store):
    return sorted(store.ask("SELECT order_id FROM order_line").column(0).to_pylist())


def notes(store):
    return store.ask("SELECT position, reason, text FROM quarantine ORDER BY position").to_pylist()


def test_every_message_once_however_often_the_pump_is_stopped(shop, empty_store):
    chance, sold = random.Random(4), []
    for turn in range(8):
        pump = shop.pump(empty_store)
        more = [f"{turn}-{i}" for i in range(chance.randrange(1, 200))]
        shop.sell(more)
        sold += more
        time.sleep(chance.random() * 0.2)
        pump.stop()
    pump = shop.pump(empty_store)
    until(lambda: pump.state.lag_rows == 0 and len(orders(empty_store)) >= len(sold))
    pump.stop()
    assert orders(empty_store) == sorted(sold)
    assert notes(empty_store) == []
    position = json.loads(empty_store.position(f"kafka {shop.topic}"))
    assert len(position.pop("topic")) > 10
    assert sum(position.values()) == len(sold)


def test_a_broker_that_dies_is_waited_out(shop, empty_store):
    pump = shop.pump(empty_store)
    shop.sell(["o1", "o2"])
    until(lambda: pump.state.rows == 2)
    shop.broker.kill()
    until(lambda: pump.state.error)
    assert pump.state.error.startswith("SourceDown: topic orders-")
    assert 0 < pump.state.retry_s <= 0.5
    shop.broker.start()
    shop.sell(["o3"])
    until(lambda: pump.state.rows == 3 and pump.state.error is None)
    pump.stop()
    assert orders(empty_store) == ["o1", "o2", "o3"]


def test_partitions_added_later_are_read_from_their_first_message(shop, empty_store):
    pump = shop.pump(empty_store, "start=latest", look_s=0.2)
    until(lambda: pump.state.batches)
    shop.sell(["o1"])
    found = confluent_kafka.admin.NewPartitions(shop.topic, 5)
    shop.admin.create_partitions([found])[shop.topic].result(20)
    shop._producer.list_topics(shop.topic, timeout=10)
    shop.sell(["o2"], partition=4)
    until(lambda: pump.state.rows == 2)
    pump.stop()
    assert set(json.loads(empty_store.position(f"kafka {shop.topic}"))) == {"topic", *"01234"}


def delete_before(shop, offset):
    place = confluent_kafka.TopicPartition(shop.topic, 0, offset)
    for done in shop.admin.delete_records([place]).values():
        done.result(20)


def test_what_retention_took_is_told_and_reading_goes_on(shop, empty_store):
    shop.sell([f"o{i}" for i in range(4)], 0)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 4)
    pump.stop()
    shop.sell([f"o{i}" for i in range(4, 10)], 0)
    delete_before(shop, 7)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 3)
    pump.stop()
    assert [(note["position"], note["reason"], note["text"]) for note in notes(empty_store)] == [
        ("0:4", LOST, "partition 0 offsets 4 to 6")
    ]
    assert orders(empty_store) == [f"o{i}" for i in (0, 1, 2, 3, 7, 8, 9)]


def test_retention_that_overtakes_the_reading_is_told_too(shop):
    shop.sell([f"o{i:03}" for i in range(100)], 0)
    source = kafka_source(f"kafka://{shop.broker.servers}/{shop.topic}", pace_s=0.0)
    source.open('{"0": 100, "1": 0, "2": 0}')
    until(lambda: source.next_batch().num_rows == 0 and source.lag() == (0, 0.0))
    delete_before(shop, 100)
    source._next[0] = source._fetched[0] = 20
    source._connection.read_from({0: 20})
    shop.sell(["late"], 0)
    found = []
    until(lambda: found.append(source.next_batch()) or found[-1].num_rows and found[-1].lines.num_rows)
    source.close()
    aside = [row for batch in found if batch.num_rows for row in batch.set_aside.to_pylist()]
    assert [(row["position"], row["reason"], row["text"]) for row in aside] == [
        ("0:20", LOST, "partition 0 offsets 20 to 99")
    ]
    assert found[-1].lines.column("order_id").to_pylist() == ["late"]
    assert json.loads(source.position)["0"] == 101


def test_a_topic_made_anew_is_read_from_its_beginning(shop, empty_store):
    shop.sell(["o1", "o2"], 0)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 2)
    pump.stop()
    shop.admin.delete_topics([shop.topic])[shop.topic].result(20)
    until(lambda: shop.topic not in shop.admin.list_topics(timeout=10).topics)
    shop.create(1)
    until(lambda: shop.topic in shop.admin.list_topics(timeout=10).topics)
    again = Shop.__new__(Shop)
    again.__dict__ |= shop.__dict__
    again._producer = confluent_kafka.Producer({"bootstrap.servers": shop.broker.servers, **QUIET})
    again.sell(["n1", "n2", "n3"], 0)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 3)
    pump.stop()
    assert orders(empty_store) == ["n1", "n2", "n3", "o1", "o2"]
    assert {note["reason"] for note in notes(empty_store)} == {ANEW}


def test_an_aborted_transaction_is_not_read_and_leaves_no_lag(shop, empty_store):
    shop.transaction(["a1", "a2"], commit=False)
    shop.transaction(["c1"], commit=True)
    pump = shop.pump(empty_store)
    until(lambda: pump.state.rows == 1 and pump.state.lag_rows == 0)
    pump.stop()
    assert orders(empty_store) == ["c1"]


def test_a_topic_that_is_not_there_yet_is_waited_for_and_not_made(shop, empty_store):
    shop.topic = shop.topic.replace("orders", "later")
    pump = shop.pump(empty_store)
    until(lambda: pump.state.errors >= 2)
    assert "Unknown topic" in pump.state.error
    assert shop.topic not in shop.admin.list_topics(timeout=10).topics
    shop.create(1)
    shop.sell(["o1"])
    until(lambda: pump.state.rows == 1)
    pump.stop()


def test_a_moment_to_start_at(shop, empty_store):
    shop.sell(["o1"], 0)
    time.sleep(0.05)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() * 1000) % 1000:03}%2B00:00"
    time.sleep(0.05)
    shop.sell(["o2"], 0)
    pump = shop.pump(empty_store, f"start={moment}")
    until(lambda: pump.state.rows and pump.state.lag_rows == 0)
    pump.stop()
    assert orders(empty_store) == ["o2"]
