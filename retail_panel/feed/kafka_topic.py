"""One Kafka topic as its brokers tell of it: its partitions, where they begin and end, and which topic it is."""

import logging

from retail_panel.errors import UnusableInput
from retail_panel.feed.source import SourceDown

try:
    import confluent_kafka
    from confluent_kafka import KafkaError, KafkaException, TopicPartition
    from confluent_kafka.admin import AdminClient
except ImportError:
    confluent_kafka = None

log = logging.getLogger(__name__)
#: What librdkafka does unless the user says otherwise: bounded memory, and back soon after an outage.
DEFAULTS = {
    "group.id": "retail-panel",
    "client.id": "retail-panel",
    "queued.max.messages.kbytes": 32_768,
    "fetch.queue.backoff.ms": 50,
    "reconnect.backoff.ms": 250,
    "reconnect.backoff.max.ms": 1_000,
    "log_level": 2,
    "socket.keepalive.enable": True,
}
#: What it must do, since positions live in our store.
FIXED = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
}
_CONNECTION = ("bootstrap.", "security.", "sasl.", "ssl.", "client.", "socket.", "broker.", "log_level", "enable.ssl")
_GRAVE = ("_ALL_BROKERS_DOWN", "_AUTHENTICATION", "_SSL", "_RESOLVE", "_FATAL")


class KafkaTopic:
    """A connection to one topic.

    Parameters
    ----------
    name : str
    settings : dict
        Of librdkafka, ``bootstrap.servers`` among them; laid over :data:`DEFAULTS` and under :data:`FIXED`.
    patience_s : float
        Seconds that brokers may take for an answer.

    Attributes
    ----------
    trouble : str or None
        What keeps all brokers from answering, as far as the client noticed by itself.

    Raises
    ------
    UnusableInput
        confluent-kafka is not installed, or refuses a setting.
    """

    def __init__(self, name, settings, patience_s=2.0):
        if confluent_kafka is None:
            raise UnusableInput("a feed from Kafka needs confluent-kafka: pip install 'retail-panel[kafka]'")
        self.name, self.trouble = name, None
        self._patience_s = patience_s
        self._settings = {**DEFAULTS, **settings, **FIXED}
        try:
            self._consumer = confluent_kafka.Consumer({**self._settings, "error_cb": self._noted}, logger=log)
        except (KafkaException, ValueError, TypeError) as error:
            raise UnusableInput(f"Kafka topic {name}: {_words(error)}; allowed: settings of librdkafka") from error

    def _noted(self, error):
        if error.name() in _GRAVE or error.fatal():
            self.trouble = error.str()

    def partitions(self):
        """Return the numbers of the topic's partitions; raises :class:`SourceDown` where that cannot be told."""
        found = self._answered(self._consumer.list_topics, self.name, timeout=self._patience_s).topics[self.name]
        if found.error is not None:
            raise SourceDown(f"topic {self.name}: {found.error.str()}")
        self.trouble = None
        return sorted(found.partitions)

    def identity(self):
        """Return the topic's id, which is another one when it is deleted and made anew; None where unknown."""
        kept = {key: value for key, value in self._settings.items() if key.startswith(_CONNECTION)}
        topics = confluent_kafka.TopicCollection([self.name])
        try:
            admin = AdminClient(kept, logger=log)
            asked = admin.describe_topics(topics, request_timeout=self._patience_s)
            return str(asked[self.name].result(self._patience_s).topic_id)
        except (KafkaException, TimeoutError, ValueError):
            return None

    def bounds(self, partition):
        """Return the first offset that is still there and the one that comes next."""
        place = TopicPartition(self.name, partition)
        return self._answered(self._consumer.get_watermark_offsets, place, timeout=self._patience_s)

    def known_end(self, partition):
        """Return the offset that comes next as far as the client knows, without asking; negative where unknown."""
        bounds = self._consumer.get_watermark_offsets(TopicPartition(self.name, partition), cached=True)
        return bounds[1] if bounds else -1

    def offset_at(self, partition, moment_ms):
        """Return the first offset written at or after a moment (milliseconds since 1970), None where there is none."""
        place = TopicPartition(self.name, partition, moment_ms)
        found = self._answered(self._consumer.offsets_for_times, [place], timeout=self._patience_s)[0]
        return found.offset if found.offset >= 0 else None

    def read_from(self, offsets):
        """Read partitions from offsets (dict), also those that are read already."""
        known = {place.partition for place in self._consumer.assignment()} & offsets.keys()
        if known:
            self._consumer.incremental_unassign([TopicPartition(self.name, number) for number in known])
        self._consumer.incremental_assign([TopicPartition(self.name, *pair) for pair in offsets.items()])

    def fetched(self, most):
        """Return the messages and events that are here already, at most so many, without waiting."""
        return self._answered(self._consumer.consume, most, 0)

    def close(self):
        """Leave the brokers."""
        self._consumer.close()

    def _answered(self, ask, *given, **how):
        try:
            found = ask(*given, **how)
        except (KafkaException, RuntimeError) as error:
            raise SourceDown(f"topic {self.name}: {self.trouble or _words(error)}") from error
        if found is None:
            raise SourceDown(f"topic {self.name}: {self.trouble or 'no answer'}")
        return found


def is_end(error):
    """Tell whether an event says that a partition is read to its end."""
    return error.code() == KafkaError._PARTITION_EOF


def is_astray(error):
    """Tell whether an event says that the offset asked for is not there, such as after retention."""
    return error.code() == KafkaError._AUTO_OFFSET_RESET


def _words(error):
    found = error.args[0] if error.args else error
    return found.str() if hasattr(found, "str") else str(found)
