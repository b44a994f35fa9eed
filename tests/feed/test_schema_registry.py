"""Avro and Protobuf through a schema registry that answers on loopback."""

import base64
import io
import json
import struct
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed import MessageReader
from retail_panel.feed.message_rows import Undecodable
from retail_panel.feed.schema_registry import UNKNOWN, SchemaRegistry
from retail_panel.feed.source import SourceDown

LINE = {
    "type": "record",
    "name": "Line",
    "fields": [
        {"name": "order_id", "type": "string"},
        {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "buyer", "type": ["null", "Buyer"], "default": None},
    ],
}
BUYER = {"type": "record", "name": "Buyer", "fields": [{"name": "id", "type": "string"}]}
REFERENCE = [{"name": "Buyer", "subject": "buyer", "version": 3}]


@pytest.fixture
def registry():
    """A registry whose answers a test puts into ``answers``; it keeps the paths and headers it was asked with."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append((self.path, self.headers.get("Authorization")))
            body = served.answers.get(self.path)
            self.send_response(served.status or (200 if body else 404))
            self.end_headers()
            self.wfile.write(json.dumps(body).encode() if body else b"")

        def log_message(self, *_):
            """Say nothing."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.answers, served.asked, served.status = {}, [], None
    served.url = f"http://127.0.0.1:{served.server_port}"
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def framed(number, content):
    return b"\0" + struct.pack(">I", number) + content


def avro(fastavro, order):
    content, named = io.BytesIO(), {}
    fastavro.parse_schema(BUYER, named_schemas=named)
    fastavro.schemaless_writer(content, fastavro.parse_schema(LINE, named_schemas=named), order)
    return content.getvalue()


def test_avro_with_a_reference_becomes_order_lines(registry):
    fastavro = pytest.importorskip("fastavro")
    registry.answers = {
        "/schemas/ids/7": {"schema": json.dumps(LINE), "references": REFERENCE},
        "/subjects/buyer/versions/3": {"schema": json.dumps(BUYER)},
    }
    at = datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    order = {"order_id": "o1", "ordered_at": at, "amount": Decimal("12.34"), "buyer": {"id": "Ada"}}
    good = framed(7, avro(fastavro, order))
    made = SchemaRegistry(registry.url, user_info="ann:secret")
    decoded = made.decoded([good, good[:-3], b'{"order_id": "o2"}', None])
    assert decoded[0]["order_id"] == "o1"
    assert decoded[1] == Undecodable("the message does not follow its Avro schema", good[:-3])
    assert decoded[2:] == [b'{"order_id": "o2"}', None]
    arrival = MessageReader("till").read(decoded, str)
    assert arrival.lines.column("amount").to_pylist() == [123_400]
    assert arrival.lines.column("ordered_at").to_pylist() == [datetime(2024, 5, 1, 10, 30)]
    assert arrival.set_aside.column("text").to_pylist()[0].startswith(("base64:", "\0"))
    token = base64.b64encode(b"ann:secret").decode()
    assert registry.asked == [("/schemas/ids/7", f"Basic {token}"), ("/subjects/buyer/versions/3", f"Basic {token}")]


def line_file():
    from google.protobuf import descriptor_pb2

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="line.proto", package="shop", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    file.message_type.add(name="Other")
    line = file.message_type.add(name="Order").nested_type.add(name="Line")
    fields = [("order_id", kinds.TYPE_STRING), ("amount", kinds.TYPE_DOUBLE), ("ordered_at", kinds.TYPE_MESSAGE)]
    for number, (name, kind) in enumerate(fields, 1):
        field = line.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
        if kind == kinds.TYPE_MESSAGE:
            field.type_name = ".google.protobuf.Timestamp"
    return file


def test_protobuf_of_a_nested_type_becomes_order_lines(registry):
    pytest.importorskip("google.protobuf")
    from google.protobuf import descriptor_pool, message_factory, timestamp_pb2

    file, pool = line_file(), descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    line = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order.Line"))(order_id="o1", amount=12.5)
    line.ordered_at.FromJsonString("2024-05-01T10:30:00Z")
    serialized = base64.b64encode(file.SerializeToString()).decode()
    registry.answers = {
        "/schemas/ids/9": {"schema": "syntax = ...", "schemaType": "PROTOBUF"},
        "/schemas/ids/9?format=serialized": {"schema": serialized, "schemaType": "PROTOBUF"},
    }
    path = b"\x04\x02\x00"
    contents = [path + line.SerializeToString(), path + b"\xff", b"\x04\x40\x00", b""]
    values = [framed(9, content) for content in contents]
    arrival = MessageReader("till").read(SchemaRegistry(registry.url).decoded(values), str)
    assert arrival.lines.column("order_id").to_pylist() == ["o1"]
    assert arrival.lines.column("amount").to_pylist() == [125_000]
    assert arrival.set_aside.column("reason").to_pylist() == ["the message does not follow its Protobuf schema"] * 3


def test_json_with_a_schema_is_read_as_json(registry):
    registry.answers = {"/schemas/ids/1": {"schema": "{}", "schemaType": "JSON"}}
    value = b'{"ordered_at": "2024-05-01", "amount": 1}'
    assert SchemaRegistry(registry.url).decoded([framed(1, value)]) == [value]


def test_a_schema_that_is_not_there_is_the_messages_fault_and_asked_for_once(registry):
    made = SchemaRegistry(registry.url, token="secret")
    found = made.decoded([framed(5, b"x"), framed(5, b"y"), b"\0\0"])
    assert [value.reason for value in found] == [UNKNOWN, UNKNOWN, "the message ends within the number of its schema"]
    assert registry.asked == [("/schemas/ids/5", "Bearer secret")]


def test_a_registry_that_fails_or_is_away_is_asked_again(registry):
    made = SchemaRegistry(registry.url)
    registry.status = 503
    with pytest.raises(SourceDown, match="schema registry: 503"):
        made.decoded([framed(1, b"x")])
    registry.status, registry.answers = None, {"/schemas/ids/1": {"schema": "{}", "schemaType": "JSON"}}
    assert made.decoded([framed(1, b"x")]) == [b"x"]
    with pytest.raises(SourceDown, match="schema registry: "):
        SchemaRegistry("http://127.0.0.1:1").decoded([framed(1, b"x")])


def test_a_reference_that_is_not_there_is_waited_for(registry):
    pytest.importorskip("fastavro")
    registry.answers = {"/schemas/ids/7": {"schema": json.dumps(LINE), "references": REFERENCE}}
    with pytest.raises(SourceDown, match="/subjects/buyer/versions/3"):
        SchemaRegistry(registry.url).decoded([framed(7, b"x")])


@pytest.mark.parametrize(
    ("kind", "module", "said"),
    [
        ("AVRO", "fastavro", "need fastavro: pip"),
        ("PROTOBUF", "google.protobuf", "need protobuf: pip"),
        ("XML", "none", "'XML'"),
    ],
)
def test_a_kind_that_cannot_be_decoded_here_is_an_error(registry, monkeypatch, kind, module, said):
    monkeypatch.setitem(sys.modules, module, None)
    answer = {"schema": "{}", "schemaType": kind}
    registry.answers = {"/schemas/ids/1": answer, "/schemas/ids/1?format=serialized": answer}
    with pytest.raises(UnusableInput, match=said):
        SchemaRegistry(registry.url).decoded([framed(1, b"x")])
