"""The Kinesis source where no local server can show it: AWS's refusals, retention, and records packed by the KPL."""

import json
import time
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest
from kinesis_shop import MIDDLE, sold, until

from retail_panel.errors import UnusableInput
from retail_panel.feed import Pump
from retail_panel.feed.kinesis import LOST, Kinesis
from retail_panel.feed.kinesis_position import KinesisPosition, Place
from retail_panel.feed.kinesis_stream import KinesisStream, Shard
from retail_panel.feed.kinesis_unpack import MAGIC, TORN, unpacked
from retail_panel.feed.kinesis_url import kinesis_source
from retail_panel.feed.source import SourceDown

botocore_stub = pytest.importorskip("botocore.stub", reason="boto3 is not installed")
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
QUICK = {"pace_s": 0.0, "threads": 1}
EVERYTHING = (0, 2**128 - 1)
DAY_S = 86_400


@pytest.fixture
def stubbed(monkeypatch):
    """The stubber of the client that sources opened from now on have."""
    import boto3

    client = boto3.client("kinesis", region_name="eu-west-1", **KEYS)
    monkeypatch.setattr("boto3.Session.client", lambda self, service, **how: client)
    with botocore_stub.Stubber(client) as stubber:
        yield stubber


def shard(number=0, begins="100", **more):
    return {
        "ShardId": f"shardId-{number:012}",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": str(EVERYTHING[1])},
        "SequenceNumberRange": {"StartingSequenceNumber": begins},
        **more,
    }


def listed(stubbed, *shards):
    stubbed.add_response("list_shards", {"Shards": list(shards)}, {"StreamName": "orders"})


def pointed(stubbed, kind="TRIM_HORIZON", **more):
    asked = {"StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": kind, **more}
    stubbed.add_response("get_shard_iterator", {"ShardIterator": "i"}, asked)


def came(stubbed, *records, behind=0, following="i", age_s=0):
    """Answer a read with records: (sequence number, bytes) each."""
    arrived = datetime.now(UTC) - timedelta(seconds=age_s)
    told = [
        {"SequenceNumber": str(n), "Data": data, "PartitionKey": "k", "ApproximateArrivalTimestamp": arrived}
        for n, data in records
    ]
    answer = {"Records": told, "MillisBehindLatest": behind}
    stubbed.add_response("get_records", answer | ({"NextShardIterator": following} if following else {}))


def refused(stubbed, code, call="get_records"):
    stubbed.add_client_error(call, code, "no")


def opened(position=None, **how):
    source = kinesis_source("kinesis://orders?region=eu-west-1", KEYS, **(QUICK | how))
    source.open(position)
    return source


def handed(source, rows):
    """Return order ids and what was set aside, until so many rows came."""
    orders, aside = [], []

    def enough():
        try:
            batch = source.next_batch()
        except SourceDown as down:
            assert "Stubber" in str(down) or "no" in str(down)
            return False
        orders.extend(batch.lines.column("order_id").to_pylist() if batch.num_rows else [])
        aside.extend(batch.set_aside.to_pylist() if batch.num_rows else [])
        return len(orders) + len(aside) >= rows

    until(enough, 10)
    return orders, aside


def place(source, number=0):
    return json.loads(source.position)[f"shardId-{number:012}"]


def test_an_iterator_that_expired_is_renewed_at_the_last_record_read(stubbed):
    listed(stubbed, shard())
    pointed(stubbed)
    came(stubbed, (101, sold("o1")), (102, sold("o2")))
    refused(stubbed, "ExpiredIteratorException")
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="102")
    came(stubbed, (102, sold("o2")), (103, sold("o3")))
    source = opened()
    assert handed(source, 3) == (["o1", "o2", "o3"], [])
    assert place(source)["after"] == "103"
    source.close()


def test_a_shard_that_is_throttled_is_read_on_later_and_is_no_error(stubbed):
    listed(stubbed, shard())
    refused(stubbed, "ProvisionedThroughputExceededException", "get_shard_iterator")
    pointed(stubbed)
    came(stubbed, (101, sold("o1")), behind=500)
    for _ in range(2):
        refused(stubbed, "ProvisionedThroughputExceededException")
    came(stubbed, (102, sold("o2")))
    source, began = opened(), time.monotonic()
    orders = []
    while len(orders) < 2:
        batch = source.next_batch()
        orders += batch.lines.column("order_id").to_pylist() if batch.num_rows else []
        if len(orders) < 2:
            assert source.lag()[0] is None
        time.sleep(0.01)
    assert orders == ["o1", "o2"]
    assert time.monotonic() - began > 0.4 + 0.4 + 0.8 - 0.1
    source.close()


class Answers:
    """A stream of two shards; the first is throttled for ever."""

    def __init__(self, name, *given):
        self.name = name

    def shards(self):
        ids = ("a", "b")
        return {id: Shard(id, "100", (), EVERYTHING) for id in ids}, time.time()

    def iterator(self, shard, at_record=None, at_s=None):
        return shard

    def records(self, iterator, most):
        from retail_panel.feed.kinesis_stream import Throttled

        if iterator == "a":
            raise Throttled("no")
        record = {"SequenceNumber": "101", "Data": sold("o1"), "ApproximateArrivalTimestamp": datetime.now(UTC)}
        return [record], iterator, 0

    def close(self):
        pass


def test_a_shard_that_is_throttled_does_not_hold_up_others(monkeypatch):
    monkeypatch.setattr("retail_panel.feed.kinesis.KinesisStream", Answers)
    source = opened()
    assert handed(source, 1)[0] == ["o1"]
    assert source.next_batch().num_rows == 0
    source.close()


def old(after="102", seen_s=0.0):
    return json.dumps({"shardId-000000000000": vars(Place("100", after, seen_s=seen_s))})


def test_what_retention_took_in_silence_is_told(stubbed):
    listed(stubbed, shard())
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="102")
    came(stubbed, behind=1000)
    came(stubbed, (200, sold("late")))
    source = opened(old(seen_s=time.time() - 3 * DAY_S))
    orders, aside = handed(source, 2)
    assert orders == ["late"]
    assert [(row["position"], row["reason"]) for row in aside] == [("shardId-000000000000:102", LOST)]
    assert place(source)["after"] == "200"
    source.close()


def test_an_iterator_at_a_trimmed_record_that_gives_nothing_is_left(stubbed):
    """AWS may go on for ever without a record, see https://github.com/harlow/kinesis-consumer/issues/125."""
    listed(stubbed, shard())
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="102")
    for _ in range(5):
        came(stubbed, behind=DAY_S * 1000)
    pointed(stubbed)
    came(stubbed, (200, sold("late")), behind=DAY_S * 900, age_s=DAY_S)
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="200")
    came(stubbed, (200, sold("late")), (201, sold("later")))
    source = opened(old(seen_s=time.time() - 3 * DAY_S))
    orders, aside = handed(source, 3)
    assert orders == ["late", "later"]
    assert [(row["position"], row["reason"]) for row in aside] == [("shardId-000000000000:102", LOST)]
    source.close()


def test_records_read_before_are_left_out_where_reading_begins_at_the_oldest(stubbed):
    listed(stubbed, shard())
    pointed(stubbed)
    came(stubbed, (101, sold("o1")), (102, sold("o2")), behind=DAY_S * 2000, age_s=3 * DAY_S)
    came(stubbed, behind=DAY_S * 2000)
    came(stubbed, (103, sold("o3")))
    source = opened(json.dumps({"shardId-000000000000": vars(Place("100", "102", seen_s=1.0, oldest=True))}))
    assert handed(source, 1) == (["o3"], [])
    assert place(source) == {"begins": "100", "after": "103", "seen_s": place(source)["seen_s"]}
    source.close()


@pytest.mark.parametrize(
    ("age_s", "first"), [(3 * DAY_S, 102), (3600, 200)], ids=["the last record is there", "nothing can be gone yet"]
)
def test_no_loss_is_told_where_there_was_none(stubbed, age_s, first):
    listed(stubbed, shard())
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="102")
    came(stubbed, (first, sold("again")), (201, sold("late")))
    source = opened(old(seen_s=time.time() - age_s))
    orders, aside = handed(source, 1)
    assert orders[-1] == "late"
    assert aside == []
    source.close()


def test_reading_that_falls_a_day_behind_looks_for_losses_at_each_read(stubbed):
    listed(stubbed, shard())
    pointed(stubbed)
    came(stubbed, (101, sold("o1")), behind=2 * DAY_S * 1000, age_s=2 * DAY_S)
    pointed(stubbed, "AT_SEQUENCE_NUMBER", StartingSequenceNumber="101")
    came(stubbed, (110, sold("o2")))
    source = opened()
    orders, aside = handed(source, 3)
    assert orders == ["o1", "o2"]
    assert [row["position"] for row in aside] == ["shardId-000000000000:101"]
    source.close()


def test_a_shard_that_is_gone_before_it_was_read_is_told(stubbed):
    listed(stubbed, shard(1, begins="300", ParentShardId="shardId-000000000000"))
    source = opened(old())
    assert [row["position"] for row in handed(source, 1)[1]] == ["shardId-000000000000:102"]
    assert list(json.loads(source.position)) == ["shardId-000000000001"]
    source.close()


def test_a_quiet_stream_commits_until_when_it_was_read(stubbed, empty_store):
    listed(stubbed, shard())
    pointed(stubbed)
    came(stubbed, (101, sold("o1")), age_s=DAY_S // 2)
    for _ in range(500):
        came(stubbed)
    pump = Pump(opened(pace_s=0.02, keep_s=0.2), empty_store, longest_s=0.0, idle_s=0.01)
    pump.open()
    pump.start()
    until(lambda: pump.state.batches >= 4, 10)
    pump.stop()
    kept = json.loads(empty_store.position("kinesis orders"))["shardId-000000000000"]
    assert time.time() - kept["seen_s"] < 20
    assert pump.state.rows == 1


def test_a_refusal_is_told_and_waited_out(stubbed):
    listed(stubbed, shard())
    pointed(stubbed)
    refused(stubbed, "AccessDeniedException")
    came(stubbed, (101, sold("o1")))
    source = opened()
    with pytest.raises(SourceDown, match="stream orders: AccessDeniedException: no"):
        until(lambda: source.next_batch().num_rows)
    assert handed(source, 1)[0] == ["o1"]
    source.close()


def test_shards_come_in_pages(stubbed):
    stubbed.add_response("list_shards", {"Shards": [shard(0)], "NextToken": "t"}, {"StreamName": "orders"})
    stubbed.add_response("list_shards", {"Shards": [shard(1)]}, {"NextToken": "t"})
    stream = KinesisStream("orders", {**KEYS, "region_name": "eu-west-1"})
    assert list(stream.shards()[0]) == ["shardId-000000000000", "shardId-000000000001"]


def shards_of(**parents):
    return {id: Shard(id, "1", tuple(given), EVERYTHING) for id, given in parents.items()}


def test_children_wait_for_both_parents_and_grandchildren_for_children():
    found, at = shards_of(a="", b="", c="ab", d="c"), KinesisPosition()
    at.take(found, None, set())
    seen = []
    while waiting := at.open_shards(found):
        seen.append(sorted(waiting))
        at.places[min(waiting)].done = True
    assert seen == [["a", "b"], ["b"], ["c"], ["d"]]


def test_places_that_are_done_leave_with_their_shards():
    found, at = shards_of(a="", b="a"), KinesisPosition()
    at.take(found, None, set())
    at.places["a"].done = True
    del found["a"]
    assert at.take(found, None, {"a", "b"}) == (True, {})
    assert at.take(found, None, {"a", "b"}) == (False, {})
    assert KinesisPosition(at.text()).places == {"b": Place("1")}


def test_memory_is_bounded_while_nobody_takes(monkeypatch):
    class Endless(Answers):
        reads = 0

        def shards(self):
            return {"b": Shard("b", "100", (), EVERYTHING)}, time.time()

        def records(self, iterator, most):
            self.reads += 1
            Endless.reads = self.reads
            arrived = datetime.now(UTC)
            return [{"SequenceNumber": str(self.reads), "Data": b"x" * 1000, "ApproximateArrivalTimestamp": arrived}], \
                iterator, 9  # fmt: skip

    monkeypatch.setattr("retail_panel.feed.kinesis.KinesisStream", Endless)
    source = opened(most_bytes=20_000)
    # A quick thread has read some by then.
    first = source.next_batch().set_aside.num_rows
    until(lambda: Endless.reads >= first + 20, 10)
    time.sleep(0.2)
    assert Endless.reads <= first + 22
    handed(source, 30)
    assert Endless.reads > first + 22
    source.close()


def packed(*messages, keys=(b"k",), hash_keys=(), tear=False):
    """Return a record as the KPL packs it: (key index, hash key index or None, bytes) each."""

    def told(number, value):
        return bytes([number << 3 | 2]) + _varint(len(value)) + value

    body = b"".join(told(1, key) for key in keys) + b"".join(told(2, str(key).encode()) for key in hash_keys)
    for key, hash_key, data in messages:
        inner = b"\x08" + _varint(key) + (b"" if hash_key is None else b"\x10" + _varint(hash_key)) + told(3, data)
        body += told(3, inner)
    return MAGIC + body + (b"\0" * 16 if tear else md5(body).digest())


def _varint(value):
    found = b""
    while value > 0x7F:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])


def test_records_packed_by_the_producer_library_are_taken_apart(stubbed):
    listed(stubbed, shard())
    pointed(stubbed)
    long = sold("o" + "2" * 300)
    came(stubbed, (101, packed((0, None, sold("o1")), (0, None, long), (0, None, b"{"))), (102, sold("o3")))
    source = opened()
    orders, aside = handed(source, 4)
    assert orders == ["o1", "o" + "2" * 300, "o3"]
    assert aside[0]["position"] == "shardId-000000000000:101 record 3"
    source.close()


def test_packed_messages_of_another_shard_are_left_to_it():
    raw = packed((0, 0, b"low"), (0, 1, b"high"), (0, None, b"by key"), hash_keys=(5, MIDDLE + 5))
    assert int.from_bytes(md5(b"k").digest(), "big") >= MIDDLE
    assert unpacked(raw, (0, MIDDLE - 1)) == [b"low"]
    assert unpacked(raw, (MIDDLE, EVERYTHING[1])) == [b"high", b"by key"]


@pytest.mark.parametrize(
    "raw",
    [
        packed((0, None, b"x"), tear=True),
        packed((3, None, b"x")),
        MAGIC,
        MAGIC + b"\x0a\x7fshort" + md5(b"\x0a\x7fshort").digest(),
        MAGIC + b"\x0a" + md5(b"\x0a").digest(),
    ],
    ids=["checksum", "no such key", "nothing", "cut off", "cut in a length"],
)
def test_a_torn_pack_is_set_aside_whole(raw):
    (found,) = unpacked(raw, EVERYTHING)
    assert (found.reason, found.raw) == (TORN, raw)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kinesis://", "kinesis://stream.region=... is allowed"),
        ("kinesis://a/b", "feed kinesis://a/b: kinesis://stream"),
        ("kinesis://key:secret@orders", "feed kinesis://orders: keys belong in the file of settings"),
        ("kinesis://orders?aws_secret_access_key=secret", "option 'aws_secret_access_key'; allowed: region, start"),
        ("kinesis://orders?start=soon", "start 'soon'; allowed: earliest, latest or an ISO 8601 time"),
    ],
)
def test_a_url_that_cannot_be_used_is_an_error_without_secrets(url, said):
    with pytest.raises(UnusableInput, match=said) as raised:
        kinesis_source(url)
    assert "=secret" not in str(raised.value)
    assert ":secret" not in str(raised.value)


def test_settings_come_from_a_file_and_others_are_refused(monkeypatch, tmp_path):
    seen = {}
    monkeypatch.setattr("boto3.Session.__init__", lambda self, **given: seen.update(given))
    monkeypatch.setattr("boto3.Session.client", lambda self, service, **given: seen.update(given))
    file = tmp_path / "aws.properties"
    file.write_text("# secret\naws_access_key_id = a\naws_secret_access_key=b=c\nca_bundle = ca.pem\n")
    source = kinesis_source("kinesis://Orders?region=eu-west-1&endpoint=http://x:1&name=till&line_id=", file)
    assert (source.name, source.stream, source.start) == ("till", "Orders", "earliest")
    KinesisStream(source.stream, source._settings)
    assert (seen["aws_secret_access_key"], seen["region_name"], seen["verify"]) == ("b=c", "eu-west-1", "ca.pem")
    assert seen["endpoint_url"] == "http://x:1"
    file.write_text("aws_secret = x\n")
    with pytest.raises(UnusableInput, match="setting 'aws_secret'; allowed: aws_access_key_id"):
        kinesis_source("kinesis://orders", file)


def test_without_a_region_the_error_says_what_to_give(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(UnusableInput, match="specify a region; allowed: region="):
        kinesis_source("kinesis://orders", KEYS).open(None)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr("retail_panel.feed.kinesis_stream.boto3", None)
    source = kinesis_source("kinesis://orders?region=eu-west-1")
    assert isinstance(source, Kinesis)
    with pytest.raises(UnusableInput, match=r"pip install 'retail-panel\[kinesis\]'"):
        source.open(None)


def test_without_a_server_it_opens_and_says_what_is_wrong(empty_store):
    pump = Pump(kinesis_source("kinesis://orders?region=eu-west-1&endpoint=http://127.0.0.1:1", KEYS), empty_store)
    pump.open()
    pump.step()
    assert "stream orders: Could not connect" in pump.state.error
    assert pump.state.lag_rows is None
    assert empty_store.position("kinesis orders") == "{}"
    pump.stop()
    pump.stop()
