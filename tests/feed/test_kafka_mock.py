"""The Kafka source against librdkafka's own mock cluster, which needs neither Java nor a network."""

import json
import time

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed import Pump
from retail_panel.feed.kafka import ANEW, CUT, LOST, Kafka
from retail_panel.feed.kafka_url import kafka_source
from retail_panel.feed.source import SourceDown

confluent_kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
QUICK = {"patience_s": 0.5, "pace_s": 0.0}


class Cluster:
    """A mock cluster, which lives in a producer, and topics of four partitions."""

    def __init__(self):
        self._producer = confluent_kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "", "log_level": 0})
        brokers = self._producer.list_topics(timeout=5).brokers.values()
        self.servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def sell(self, topic, orders, partition=0):
        for order in orders:
            value = order if order is None or isinstance(order, bytes) else sold(order)
            self._producer.produce(topic, value, partition=partition)
        assert self._producer.flush(10) == 0

    def source(self, topic, query="", **how):
        return kafka_source(f"kafka://{self.servers}/{topic}?session.timeout.ms=6000&{query}", **(QUICK | how))

    def stop(self):
        self._producer = None


def sold(order):
    return json.dumps({"order_id": order, "ordered_at": "2024-05-01T10:00:00", "amount": 1}).encode()


@pytest.fixture
def cluster():
    return Cluster()


def read(source, rows, timeout_s=10):
    """Return order ids and rows set aside, as many as asked for, and a short while longer none more."""
    orders, aside, ends, quiet = [], [], time.monotonic() + timeout_s, 0
    while time.monotonic() < ends and quiet < 3:
        batch = source.next_batch()
        orders += batch.lines.column("order_id").to_pylist() if batch.num_rows else []
        aside += batch.set_aside.to_pylist() if batch.num_rows else []
        quiet = quiet + 1 if len(orders) + len(aside) >= rows else 0
        time.sleep(0.03)
    return orders, aside


def test_all_partitions_are_read_and_the_position_says_where(cluster):
    for partition in range(4):
        cluster.sell("orders", [f"o{partition}{i}" for i in range(partition + 1)], partition)
    source = cluster.source("orders")
    source.open(None)
    assert json.loads(source.position) == {}
    orders, aside = read(source, 10)
    assert sorted(orders) == sorted(f"o{partition}{i}" for partition in range(4) for i in range(partition + 1))
    assert aside == []
    assert json.loads(source.position) == {"0": 1, "1": 2, "2": 3, "3": 4}
    assert source.lag() == (0, 0.0)
    source.close()


def test_reading_goes_on_from_our_position_not_the_brokers(cluster):
    cluster.sell("orders", [f"o{i}" for i in range(6)])
    source = cluster.source("orders")
    for position, expected in ((None, 6), ('{"0": 2, "1": 0, "2": 0, "3": 0}', 4), ('{"0": 6}', 0)):
        source.open(position)
        assert read(source, expected)[0] == [f"o{i}" for i in range(6 - expected, 6)]
        source.close()


def test_tombstones_and_bad_messages_are_set_aside_with_partition_and_offset(cluster):
    cluster.sell("orders", ["o0", None, b"null", b"{", "o1", b'{"amount": 1}'], 2)
    source = cluster.source("orders", "name=till")
    source.open(None)
    orders, aside = read(source, 6)
    assert orders == ["o0", "o1"]
    assert [(row["source"], row["position"]) for row in aside] == [("till", f"2:{n}") for n in (1, 2, 3, 5)]
    assert aside[0]["reason"] == "the message has no value (a tombstone)"
    assert json.loads(source.position)["2"] == 6
    source.close()


def test_a_position_behind_the_end_is_told_and_mended(cluster):
    cluster.sell("orders", ["o0", "o1"])
    source = cluster.source("orders")
    source.open('{"0": 50, "1": 0, "2": 0, "3": 0}')
    orders, aside = read(source, 3)
    assert orders == ["o0", "o1"]
    assert [(row["position"], row["reason"]) for row in aside] == [("0:50", CUT)]
    source.close()


def test_latest_counts_from_the_first_look_on(cluster, empty_store):
    cluster.sell("orders", ["o0", "o1"])
    pump = Pump(cluster.source("orders", "start=latest"), empty_store, longest_s=0.0)
    pump.open()
    pump.step()
    assert json.loads(empty_store.position("kafka orders")) == {"0": 2, "1": 0, "2": 0, "3": 0}
    pump.stop()
    cluster.sell("orders", ["o2"])
    source = cluster.source("orders", "start=latest")
    source.open(empty_store.position("kafka orders"))
    assert read(source, 1)[0] == ["o2"]
    source.close()


def test_lag_is_what_the_brokers_have_and_we_do_not(cluster):
    cluster.sell("orders", [f"o{i}" for i in range(30)])
    source = cluster.source("orders", most_messages=10)
    source.open(None)
    assert source.lag() == (None, None)
    seen = 0
    while not seen:
        seen = source.next_batch().num_rows
    rows, seconds = source.lag()
    assert rows == 30 - seen
    assert 0 <= seconds < 30
    assert len(read(source, 30 - seen)[0]) == 30 - seen
    source.close()


def test_without_brokers_it_opens_and_says_what_is_wrong(empty_store):
    source = kafka_source("kafka://127.0.0.1:1/orders", patience_s=0.1)
    pump = Pump(source, empty_store)
    pump.open()
    pump.step()
    assert "topic orders: " in pump.state.error
    assert pump.state.lag_rows is None
    assert empty_store.position("kafka orders") == "{}"
    pump.stop()
    pump.stop()


def test_brokers_that_go_away_are_noticed(cluster):
    cluster.sell("orders", ["o0"])
    source = cluster.source("orders")
    source.open(None)
    assert read(source, 1)[0] == ["o0"]
    cluster.stop()
    with pytest.raises(SourceDown, match="topic orders"):
        for _ in range(200):
            source.next_batch()
            time.sleep(0.02)
    assert json.loads(source.position)["0"] == 1
    source.close()


def test_a_registry_that_is_down_loses_nothing(cluster):
    class Registry:
        failures = 2

        def decoded(self, values):
            if self.failures:
                self.failures -= 1
                raise SourceDown("schema registry: gone")
            return values

    cluster.sell("orders", ["o0", "o1"])
    source = cluster.source("orders")
    source._registry = Registry()
    source.open(None)
    refusals, orders = 0, []
    for _ in range(300):
        try:
            batch = source.next_batch()
            orders += batch.lines.column("order_id").to_pylist() if batch.num_rows else []
        except SourceDown:
            refusals += 1
            assert json.loads(source.position).get("0", 0) == 0
        if len(orders) == 2:
            break
        time.sleep(0.02)
    assert (orders, refusals) == (["o0", "o1"], 2)
    source.close()


def test_a_topic_of_the_same_name_is_read_from_its_beginning(cluster, monkeypatch):
    monkeypatch.setattr("retail_panel.feed.kafka_topic.KafkaTopic.identity", lambda self: "new")
    cluster.sell("orders", ["o0", "o1", "o2"])
    source = cluster.source("orders")
    source.open('{"topic": "old", "0": 2}')
    orders, aside = read(source, 4)
    assert orders == ["o0", "o1", "o2"]
    assert [(row["position"], row["reason"]) for row in aside] == [("0:2", ANEW)]
    assert json.loads(source.position)["topic"] == "new"
    source.close()


def test_offsets_that_retention_took_are_told_by_number(cluster, monkeypatch):
    cluster.sell("orders", ["o0", "o1", "o2", "o3"])
    bounds = "retail_panel.feed.kafka_topic.KafkaTopic.bounds"
    monkeypatch.setattr(bounds, lambda self, number: (3, 4) if number == 0 else (0, 0))
    source = cluster.source("orders")
    source.open('{"0": 1, "1": 0, "2": 0, "3": 0}')
    orders, aside = read(source, 2)
    assert orders == ["o3"]
    assert [(row["position"], row["reason"], row["text"]) for row in aside] == [
        ("0:1", LOST, "partition 0 offsets 1 to 2")
    ]
    source.close()


def test_settings_of_the_client_are_passed_through_and_ours_win(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr("confluent_kafka.Consumer", lambda settings, logger: seen.update(settings))
    file = tmp_path / "kafka.properties"
    file.write_text("# secret\nsecurity.protocol = SASL_SSL\nsasl.password=a=b\n\nenable.auto.commit=true\n")
    source = kafka_source("kafka://a:1,b:2/orders?group=shop&ssl.ca.location=ca.pem&name=till", file)
    assert (source.name, source.topic, source.start) == ("till", "orders", "earliest")
    source.open(None)
    assert seen["bootstrap.servers"] == "a:1,b:2"
    assert (seen["group.id"], seen["ssl.ca.location"]) == ("shop", "ca.pem")
    assert (seen["security.protocol"], seen["sasl.password"]) == ("SASL_SSL", "a=b")
    assert seen["enable.auto.commit"] is False
    assert seen["auto.offset.reset"] == "error"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kafka://a:1", "kafka://host:port/topic is allowed"),
        ("kafka:///orders", "kafka://host:port/topic is allowed"),
        ("kafka://a:1/b/c", "kafka://host:port/topic is allowed"),
        ("kafka://ann:secret@a:1/orders", "feed kafka://a:1/orders: user and password belong in the file"),
        ("kafka://a:1/orders?grp=x", "option 'grp'; allowed: group, start"),
        ("kafka://a:1/orders?start=soon", "start 'soon'; allowed: earliest, latest or an ISO 8601 time"),
        ("kafka://a:1/orders?registry=ftp://x", "begins with http"),
        ("kafka://a:1/orders?schema.registry.url=http://x&schema.registry.user=y", "setting schema.registry.user"),
    ],
)
def test_a_url_that_cannot_be_used_is_an_error_without_secrets(url, said):
    with pytest.raises(UnusableInput, match=said) as raised:
        kafka_source(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("text", ["no mark here", "= nothing"])
def test_a_file_of_settings_names_the_bad_line(tmp_path, text):
    file = tmp_path / "kafka.properties"
    file.write_text(f"a.b = c\n{text}\n")
    with pytest.raises(UnusableInput, match="line 2: key = value is allowed"):
        kafka_source("kafka://a:1/orders", file)
    with pytest.raises(UnusableInput, match="a readable file"):
        kafka_source("kafka://a:1/orders", tmp_path / "none")


def test_a_setting_that_the_client_refuses_is_an_error():
    source = kafka_source("kafka://a:1/orders?no.such=1")
    with pytest.raises(UnusableInput, match="No such configuration property"):
        source.open(None)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("retail_panel.feed.kafka_topic.confluent_kafka", None)
    source = kafka_source("kafka://a:1/orders")
    assert isinstance(source, Kafka)
    with pytest.raises(UnusableInput, match=r"pip install 'retail-panel\[kafka\]'"):
        source.open(None)
