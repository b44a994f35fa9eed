"""Messages that Panel could not send at once reach the browser without waiting for the next change."""

import asyncio
from types import SimpleNamespace

import pytest
from panel.io import document as panel_document

from retail_panel.pages.outbox import keep_moving


class Socket:
    """Notes what it sends; each message is gone when the test says so."""

    def __init__(self):
        self.sent, self.under_way = [], []

    def send(self, connection, msg):
        """Take a message."""
        self.sent.append(msg)
        self.under_way.append(asyncio.get_running_loop().create_future())
        return self.under_way[-1:]


class Page:
    """Stands for a document."""


class Connection:
    """Stands for a connection of Bokeh's."""

    def __init__(self, socket, protocol):
        self._socket, self.protocol = socket, protocol


async def _second_message_while_the_first_goes_out():
    socket, page = Socket(), Page()
    protocol = SimpleNamespace(create=lambda kind, events: events)
    connection = Connection(socket, protocol)
    panel_document.extra_socket_handlers[Socket] = socket.send
    panel_document.schedule_write_events(page, [connection], "first")
    await asyncio.sleep(0)
    socket.under_way[0].set_result(None)
    panel_document.schedule_write_events(page, [connection], "second")
    for _ in range(10):
        await asyncio.sleep(0)
    for each in socket.under_way[1:]:
        each.set_result(None)
    await asyncio.sleep(0)
    return socket.sent


@pytest.fixture
def as_found(monkeypatch):
    """Panel as it comes, whatever an earlier test made of it."""
    send = panel_document._dispatch_msgs
    monkeypatch.setattr(panel_document, "_dispatch_msgs", getattr(send, "__wrapped__", send))
    yield
    panel_document.extra_socket_handlers.pop(Socket, None)


def test_a_message_does_not_wait_for_the_next_change(as_found):
    keep_moving()
    keep_moving()
    sent = asyncio.run(_second_message_while_the_first_goes_out())
    assert sent == ["first", "second"]
