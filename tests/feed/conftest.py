"""A shop of few lines and a clock that stands still."""

from datetime import datetime, timedelta

import kafka_broker
import kinesis_server
import pyarrow as pa
import pytest

from retail_panel.schema import MARKS, ORDER_LINE, arrow_schema

FIRST = datetime(2024, 1, 1)
DAY = timedelta(days=1)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def _order_lines(days):
    rows = []
    for day in days:
        customer = None if day % 9 == 0 else "c2" if day == 2 else "c1"
        row = {"order_id": f"o{day}", "customer_id": customer, "ordered_at": FIRST + day * DAY, "kind": "Full Price"}
        row |= {"amount": 10_000 + day, "quantity": 1.0, "is_return": False, **dict.fromkeys(MARKS, False)}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=arrow_schema(ORDER_LINE))


def _days(table):
    return [(moment - FIRST) // DAY for moment in table.column("ordered_at").to_pylist()]


@pytest.fixture
def clock():
    """A clock whose ``now`` a test moves."""
    return Clock()


@pytest.fixture(scope="session")
def new_clock():
    """The class of such clocks."""
    return Clock


@pytest.fixture(scope="session")
def order_lines():
    """The function that makes one order line per day number; every ninth day is a guest's, day 2 is c2's."""
    return _order_lines


@pytest.fixture(scope="session")
def days():
    """The function that tells the day number of each line."""
    return _days


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """A real Kafka broker; tests that want one are skipped where it cannot be had."""
    pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
    try:
        started = kafka_broker.Broker(tmp_path_factory.mktemp("kafka")).start()
    except kafka_broker.Missing as missing:
        pytest.skip(str(missing))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def kinesis(tmp_path_factory):
    """A Kinesis server; tests that want one are skipped where it cannot be had."""
    pytest.importorskip("boto3", reason="boto3 is not installed")
    try:
        started = kinesis_server.KinesisServer(tmp_path_factory.mktemp("kinesis")).start()
    except kinesis_server.Missing as missing:
        pytest.skip(str(missing))
    yield started
    started.stop()
