"""A shop that writes its sales into a stream of its own."""

import json
import time
import uuid

from retail_panel.feed import Pump
from retail_panel.feed.kinesis_url import kinesis_source

MIDDLE = 2**127


def until(condition, timeout_s=120):
    """Wait until a condition holds."""
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


def next_second():
    """Wait until the clock shows another second."""
    began_at = int(time.time())
    until(lambda: int(time.time()) > began_at)


def sold(order, line_id=True):
    """Return an order's only line as a message."""
    line = {"order_id": order, "ordered_at": "2024-05-01T10:00:00", "amount": "1.25"}
    return json.dumps({"line_id": order, **line} if line_id else line).encode()


class Shop:
    """A stream of its own on the server, and a producer into it.

    Parameters
    ----------
    server : KinesisServer
    shards : int
    """

    def __init__(self, server, shards=2):
        self.server, self.stream = server, f"orders-{uuid.uuid4().hex[:8]}"
        self.client = server.client()
        self.create(shards)

    def create(self, shards):
        """Make the stream."""
        self.client.create_stream(StreamName=self.stream, ShardCount=shards)
        self.settled()

    def settled(self):
        """Wait until the stream is as was asked for."""
        summary = self.client.describe_stream_summary
        until(lambda: summary(StreamName=self.stream)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")

    def sell(self, orders, key=None, messages=None):
        """Write lines, spread over the shards or at one hash key; returns the shards they came to."""
        records = [
            {"Data": message, "PartitionKey": str(n), **({} if key is None else {"ExplicitHashKey": str(key)})}
            for n, message in enumerate(messages or [sold(order) for order in orders])
        ]
        answer = self.client.put_records(StreamName=self.stream, Records=records)
        assert answer["FailedRecordCount"] == 0
        return [record["ShardId"] for record in answer["Records"]]

    def open_shards(self):
        """Return the ids of shards that take records, lowest hash key first."""
        shards = self.client.list_shards(StreamName=self.stream)["Shards"]
        left = [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        return [s["ShardId"] for s in sorted(left, key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))]

    def split(self, shard, at):
        """Split a shard at a hash key."""
        self.client.split_shard(StreamName=self.stream, ShardToSplit=shard, NewStartingHashKey=str(at))
        self.settled()

    def merge(self, one, other):
        """Merge two shards that touch."""
        self.client.merge_shards(StreamName=self.stream, ShardToMerge=one, AdjacentShardToMerge=other)
        self.settled()

    def source(self, start="earliest", settings=None, **how):
        """Return a source of the stream."""
        given = settings or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return kinesis_source(self.server.url(self.stream, start=start), given, **({"pace_s": 0.02} | how))

    def pump(self, store, **how):
        """Return a pump of the stream that runs."""
        made = Pump(self.source(**how), store, longest_s=0.05, idle_s=0.02, back_off_s=0.5)
        made.open()
        made.start()
        return made
