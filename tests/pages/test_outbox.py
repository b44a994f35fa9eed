"""Messages reach the browser in the order in which they were made, whoever sends them."""

import asyncio
import logging
import re
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.models import Column, Div
from bokeh.protocol.messages.patch_doc import patch_doc
from bokeh.server.connection import ServerConnection
from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document
from tornado.websocket import WebSocketClosedError

from retail_panel.pages.outbox import keep_in_turn

PAGE = object()


def _connection():
    """Return a connection of Bokeh's whose socket sends each message in two parts, the first the slowest."""

    class Socket:
        def __init__(self):
            self.sent = []

        async def send_message(self, message):
            for part in ("head", "body"):
                await asyncio.sleep(0.02 if message == "first" else 0)
                if message == "broken":
                    raise OSError("gone")
                self.sent.append(f"{message} {part}")

    protocol = SimpleNamespace(create=lambda kind, events: events[0])
    panel_document.extra_socket_handlers[Socket] = lambda connection, events=None, msg=None: []
    return ServerConnection(protocol, Socket(), None, SimpleNamespace(subscribe=lambda connection: None))


def _parts(*messages):
    return [f"{message} {part}" for message in messages for part in ("head", "body")]


@pytest.fixture(autouse=True)
def as_found(monkeypatch):
    """Panel and Bokeh as they come, whatever an earlier test made of them."""
    send = WSHandler.send_message
    monkeypatch.setattr(WSHandler, "send_message", getattr(send, "__wrapped__", send))
    ping = ServerConnection.send_ping
    monkeypatch.setattr(ServerConnection, "send_ping", getattr(ping, "__wrapped__", ping))
    monkeypatch.setattr(panel_document, "extra_socket_handlers", {})
    monkeypatch.setattr(patch_doc, "create", patch_doc.__dict__["create"])
    for name in ("write_events", "schedule_write_events"):
        monkeypatch.setattr(panel_document, name, getattr(panel_document, name))


def test_no_message_overtakes_one_made_before_it():
    async def say():
        connection = _connection()
        keep_in_turn()
        keep_in_turn()
        by_bokeh = connection.send_patch_document("first")
        panel_document.write_events(PAGE, [connection], ["second"])
        panel_document.schedule_write_events(PAGE, [connection], ["third"])
        reply = connection._socket.send_message("reply")
        assert connection._socket.sent == []
        await by_bokeh
        await reply
        return connection._socket.sent

    assert asyncio.run(say()) == _parts("first", "second", "third", "reply")


def test_a_message_that_cannot_be_sent_holds_up_no_other(caplog):
    async def say():
        connection = _connection()
        keep_in_turn()
        panel_document.write_events(PAGE, [connection], ["broken"])
        await connection.send_patch_document("next")
        return connection._socket.sent

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(say()) == _parts("next")
    assert "a message to a browser was lost" in caplog.text


class Wire:
    """What Tornado writes to; notes frames, and whether they wait for one another."""

    def __init__(self, fault=None, closing=False, breaks=None):
        self.frames, self.delayed, self.fault, self.closing, self.breaks = [], [], fault, closing, breaks

    def is_closing(self):
        return self.closing

    def set_nodelay(self, value):
        self.delayed.append(value)

    def write_message(self, frame, binary=False):
        if self.breaks:
            raise self.breaks
        self.frames.append((frame, binary))
        left = asyncio.get_running_loop().create_future()
        left.set_result(None) if self.fault is None else left.set_exception(self.fault)
        return left


def _socket(wire):
    """Return Bokeh's web socket on a wire."""
    socket = object.__new__(WSHandler)
    socket.ws_connection = wire
    return socket


def _message(name, *arrays):
    buffers = [SimpleNamespace(ref={"id": f"{name}{i}"}, to_bytes=lambda array=array: array)
               for i, array in enumerate(arrays)]  # fmt: skip
    header, metadata, content = (f"{name} {part}" for part in "hmc")
    return SimpleNamespace(header_json=header, metadata_json=metadata, content_json=content, buffers=buffers)


def test_a_closed_page_is_sent_nothing_and_nothing_is_said(caplog):
    gone = WebSocketClosedError()
    wires = [None, Wire(closing=True), Wire(fault=gone), Wire(breaks=gone)]

    async def say():
        keep_in_turn()
        for wire in wires:
            await _socket(wire).send_message(_message("late"))

    asyncio.run(say())
    assert not caplog.records and wires[1].frames == []


def test_the_session_of_whoever_has_left_stays_until_its_last_messages_are_read(monkeypatch):
    def leave(payload):
        raise WebSocketClosedError

    connection = _connection()
    connection._socket.ping = leave
    with pytest.raises(WebSocketClosedError):
        connection.send_ping()
    keep_in_turn()
    connection.send_ping()


def test_all_of_a_message_is_written_before_the_loop_goes_on():
    wire = Wire()

    async def say():
        keep_in_turn()
        socket = _socket(wire)
        socket.send_message(_message("one", b"12", b"3"))
        socket.send_message(_message("two"))
        said = list(wire.frames)
        await asyncio.sleep(0.01)
        return said

    texts = [("one h", False), ("one m", False), ("one c", False)]
    arrays = [('{"id": "one0"}', False), (b"12", True), ('{"id": "one1"}', False), (b"3", True)]
    assert asyncio.run(say()) == [*texts, *arrays, ("two h", False), ("two m", False), ("two c", False)]
    # Nor until the browser has acknowledged its first frame.
    assert set(wire.delayed) == {True}


@pytest.mark.parametrize("where", ["content", "wire"])
def test_a_message_that_is_lost_on_the_way_is_told(caplog, where):
    wire = Wire(fault=OSError("gone") if where == "wire" else None)
    message = _message("one") if where == "wire" else SimpleNamespace(header_json="h", metadata_json="m")

    async def say():
        keep_in_turn()
        await _socket(wire).send_message(message)

    asyncio.run(say())
    assert "a message to a browser was lost" in caplog.text


def test_outside_the_server_a_message_is_not_made():
    connection = _connection()
    keep_in_turn()
    connection._protocol.create = lambda kind, events: pytest.fail("was made")
    with pytest.raises(RuntimeError, match="no running event loop"):
        panel_document.write_events(PAGE, [connection], ["first"])


def test_a_message_says_what_bokeh_would_have_it_say():
    def said():
        document, events = Document(), []
        first, later = Div(text="1"), Div(text="2")
        column = Column(children=[first])
        document.add_root(column)
        document.models.flush_synced()
        document.on_change(events.append)
        contents = []
        for change in (
            lambda: first.update(text="3"),
            lambda: column.update(children=[first, later]),
            lambda: column.update(children=[later, first], name="named"),
            lambda: column.update(children=[later]),
            lambda: column.update(children=[first, later]),
        ):
            change()
            contents.append(repr(patch_doc.create(list(events)).content))
            events.clear()
        names = {first.id: "first", later.id: "later", column.id: "column"}
        return [re.sub(r"'(p\d+)'", lambda found: names[found[1]], content) for content in contents]

    by_bokeh = said()
    keep_in_turn()
    assert said() == by_bokeh
