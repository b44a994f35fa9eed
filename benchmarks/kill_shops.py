"""The shops of kill_feed.py: where each feed's lines are written, and what happens to it in between."""

import threading
from urllib.parse import quote

TOPIC, NAME = "orders", "kill test"


class KafkaShop:
    """Sells into a topic of a real broker, which is stopped or killed in between.

    Parameters
    ----------
    broker : Broker
        Started; its topic ``orders`` is made here.
    """

    title, rate, life_s, environment = "Kafka", 2_000.0, 4.0, {}

    def __init__(self, broker):
        from confluent_kafka import Producer
        from confluent_kafka.admin import AdminClient, NewTopic

        self._server, self.restarts, self.unwritten = broker, 0, 0
        self.url = f"kafka://{broker.servers}/{TOPIC}?name={quote(NAME)}"
        admin = AdminClient({"bootstrap.servers": broker.servers, "log_level": 0})
        admin.create_topics([NewTopic(TOPIC, 4, 1)])[TOPIC].result(20)
        self._producer = Producer(
            {
                "bootstrap.servers": broker.servers, "enable.idempotence": True, "linger.ms": 5, "log_level": 0,
                "delivery.timeout.ms": 600_000, "reconnect.backoff.max.ms": 500,
            }
        )  # fmt: skip

    def write(self, text):
        """Write a message, some time."""
        while True:
            try:
                return self._producer.produce(TOPIC, text, on_delivery=self._told)
            except BufferError:
                self._producer.poll(0.1)

    def _told(self, error, _):
        self.unwritten += error is not None

    def breathe(self):
        """Send what is there, for a moment."""
        self._producer.poll(0.01)

    def finish(self):
        """Wait until everything is written."""
        self.unwritten += self._producer.flush(120)

    def restart(self):
        """Stop the broker, or kill it, and start it again."""
        self._server.kill() if self.restarts % 2 else self._server.stop()
        self._server.start()
        self.restarts += 1

    def change(self, turn):
        """Topics stay as they are."""


class KinesisShop:
    """Sells into a stream of a local server, whose shards are split and merged in between.

    The server keeps its streams when it is stopped in order, not when it is killed; so it is stopped, with connections
    cut, while nothing is being written: a producer of Kinesis cannot tell whether a write that was cut off was done.

    Parameters
    ----------
    server : KinesisServer
        Started; its stream ``orders`` is made here.
    """

    title, rate, life_s = "Kinesis", 40.0, 4.0
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def __init__(self, server):
        self._server, self.restarts, self.unwritten = server, 0, 0
        self.url = server.url(TOPIC, name=quote(NAME))
        self._client = server.client()
        self._client.create_stream(StreamName=TOPIC, ShardCount=2)
        self._wait()
        self._waiting, self._number, self._writing = [], 0, threading.Lock()

    def _wait(self):
        """Wait until the stream may be changed."""
        self._client.get_waiter("stream_exists").wait(StreamName=TOPIC, WaiterConfig={"Delay": 1})

    def write(self, text):
        """Write a message, some time."""
        self._number += 1
        self._waiting.append({"Data": text.encode(), "PartitionKey": str(self._number)})

    def breathe(self):
        """Send what is there, for a moment."""
        with self._writing:
            sent, self._waiting = self._waiting[:200], self._waiting[200:]
            if sent:
                answers = self._client.put_records(StreamName=TOPIC, Records=sent)["Records"]
                self._waiting += [
                    record for record, answer in zip(sent, answers, strict=True) if "ErrorCode" in answer
                ]

    def finish(self):
        """Wait until everything is written."""
        while self._waiting:
            self.breathe()

    def restart(self):
        """Stop the server in order and start it again."""
        with self._writing:
            self._server.stop()
            self._server.start()
        self.restarts += 1

    def change(self, turn):
        """Split the widest shard, or merge the first two that touch, in turns; a restart within would last for ever."""
        found = self._client.list_shards(StreamName=TOPIC)["Shards"]
        taking = [shard for shard in found if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        ranges = sorted(
            (*(int(shard["HashKeyRange"][f"{end}HashKey"]) for end in ("Starting", "Ending")), shard["ShardId"])
            for shard in taking
        )
        if turn % 2:
            low, high, widest = max(ranges, key=lambda given: given[1] - given[0])
            middle = str((low + high) // 2)
            self._client.split_shard(StreamName=TOPIC, ShardToSplit=widest, NewStartingHashKey=middle)
        else:
            one, other = ranges[0][2], ranges[1][2]
            self._client.merge_shards(StreamName=TOPIC, ShardToMerge=one, AdjacentShardToMerge=other)
        self._wait()
