"""Where a simulation sends its messages: a broker, a stream, the server itself or a folder."""

import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from retail_panel.errors import RetailPanelError, UnusableInput

#: The server's own limit is 1,000,000 unless it was told another.
BODY_BYTES = 900_000


def sink(url, settings, patience_s=60.0):
    """Return where a URL leads to; it has ``send(messages)``, a list of (key, bytes), and ``close()``.

    Parameters
    ----------
    url : str
        ``kafka://broker:9092/topic``, ``kinesis://stream?region=...``, ``http://host:port/feed``, or
        ``folder:///path``.
    settings : dict of str to str
        Of the client, such as ``sasl.password``; ``token.NAME`` for http, as the server has it.
    patience_s : float
        Seconds for which a sink that takes nothing is tried again.

    Raises
    ------
    UnusableInput
        The URL names no kind of sink.
    """
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return HttpSink(url, settings, patience_s)
    if parts.scheme not in SINKS:
        allowed = ", ".join(f"{scheme}://" for scheme in ("http", *SINKS))
        raise UnusableInput(f"--to {url}: no such kind; allowed: {allowed}")
    return SINKS[parts.scheme](parts, settings, patience_s)


class KafkaSink:
    """A topic; its messages are written once, also over a broker's outage."""

    def __init__(self, parts, settings, patience_s):
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise UnusableInput("--to kafka://: needs pip install 'retail-panel[kafka]'") from None
        self._topic = parts.path.strip("/")
        self._producer = Producer({"bootstrap.servers": parts.netloc, "enable.idempotence": True, "linger.ms": 5,
                                   "log_level": 2, **settings})  # fmt: skip
        self._failed, self._patience_s = 0, patience_s

    def send(self, messages):
        """Hand messages to the client, which sends them."""
        for key, message in messages:
            while True:
                try:
                    self._producer.produce(self._topic, message, key, on_delivery=self._delivered)
                    break
                except BufferError:
                    self._producer.poll(0.05)
        self._producer.poll(0)

    def _delivered(self, error, message):
        self._failed += error is not None

    def close(self):
        """Wait until all of it is written."""
        left = self._producer.flush(self._patience_s) + self._failed
        if left:
            raise RetailPanelError(f"{left} messages could not be written to the topic {self._topic}")


class KinesisSink:
    """A stream of Kinesis."""

    def __init__(self, parts, settings, patience_s):
        try:
            import boto3
        except ImportError:
            raise UnusableInput("--to kinesis://: needs pip install 'retail-panel[kinesis]'") from None
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        given = {"region_name": options.get("region"), "endpoint_url": options.get("endpoint"), **settings}
        self._stream, self._client = parts.netloc, boto3.client("kinesis", **given)
        self._patience_s = patience_s

    def send(self, messages):
        """Put records, again where the stream refuses some."""
        for start in range(0, len(messages), 500):
            records = [{"PartitionKey": key, "Data": message} for key, message in messages[start : start + 500]]
            ends = time.monotonic() + self._patience_s
            while records:
                found = self._client.put_records(StreamName=self._stream, Records=records)["Records"]
                records = [each for each, answer in zip(records, found, strict=True) if "ErrorCode" in answer]
                if records:
                    _give_up_after(ends, f"the stream {self._stream} refuses records")
                    time.sleep(0.1)

    def close(self):
        """Leave the stream."""
        self._client.close()


class HttpSink:
    """The server itself: POST of JSON lines, again under the same key until it is answered.

    Attributes
    ----------
    sent_again : int
        How often a body was sent once more, since the server refused it for the time being or could not be reached.
    """

    def __init__(self, url, settings, patience_s):
        tokens = [value for key, value in settings.items() if key.startswith("token.")]
        if not tokens:
            raise UnusableInput("--to http://: the settings hold no token; allowed: a line token.NAME = SECRET in "
                                "--settings")  # fmt: skip
        self._url, self._token, self._patience_s = url, tokens[0], patience_s
        self.sent_again, self._counting = 0, threading.Lock()

    def send(self, messages):
        """Post messages, in bodies that the server takes by default."""
        body, size = [], 0
        for _, message in messages:
            if size + len(message) >= BODY_BYTES:
                self._post(b"\n".join(body))
                body, size = [], 0
            body.append(message)
            size += len(message) + 1
        if body:
            self._post(b"\n".join(body))

    def _post(self, body):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/x-ndjson",
                   "Idempotency-Key": uuid.uuid4().hex}  # fmt: skip
        ends = time.monotonic() + self._patience_s
        while True:
            try:
                # Whoever runs the simulation gives the URL; only http and https come here.
                with closing(urllib.request.urlopen(  # nosec B310
                    urllib.request.Request(self._url, body, headers, method="POST"), timeout=60
                )) as answer:  # fmt: skip
                    json.loads(answer.read())
                    return
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503):
                    raise RetailPanelError(f"{self._url}: {error.code} {error.reason}") from None
                why, wait = f"{error.code} {error.reason}", float(error.headers.get("Retry-After") or 1)
            except (OSError, HTTPException) as error:
                why, wait = str(error), 0.5
            _give_up_after(ends, f"{self._url} takes nothing ({why})")
            with self._counting:
                self.sent_again += 1
            time.sleep(wait)

    def close(self):
        """Each message was answered."""


class FolderSink:
    """A folder: one file of JSON lines each time, whole as soon as it has its name."""

    def __init__(self, parts, settings, patience_s):
        self._folder = Path(parts.path)
        self._folder.mkdir(parents=True, exist_ok=True)

    def send(self, messages):
        """Write a file."""
        name = f"{time.time_ns()}.jsonl"
        part = self._folder / f".{name}.part"
        part.write_bytes(b"".join(message + b"\n" for _, message in messages))
        part.rename(self._folder / name)

    def close(self):
        """Every file is written."""


SINKS = {"kafka": KafkaSink, "kinesis": KinesisSink, "folder": FolderSink}


def _give_up_after(ends, why):
    if time.monotonic() > ends:
        raise RetailPanelError(f"{why}, and did so for all the time that it was tried")
