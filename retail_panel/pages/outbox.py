"""What is on its way to the browsers, kept in the order in which it was said."""

import asyncio
import contextlib
import functools
import json
import logging

from bokeh.core.serialization import Serializer
from bokeh.model import Model
from bokeh.protocol.messages.patch_doc import patch_doc
from bokeh.server.connection import ServerConnection
from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document
from tornado.websocket import WebSocketClosedError, WebSocketHandler

_log = logging.getLogger(__name__)


def keep_in_turn():
    """Send every message of a connection after the one made before it; a second call does nothing.

    A message names models that the browser has from messages made earlier. Panel 1.9.4 writes some messages at once
    and others from a task, Bokeh 3.9 when a handler has ended, so that they overtook one another: a browser was told
    of a model before it had it, or was left with the older of two values. bokeh_fastapi also mixed the parts of two.
    Bokeh lets go of the loop after each of a message's twenty parts or more, so that a chart that was drawn left once
    the next ones were drawn, too.
    """
    for kind in (WSHandler, *panel_document.extra_socket_handlers):
        if not hasattr(kind.send_message, "__wrapped__"):
            kind.send_message = _in_turn(kind.send_message)
    if not hasattr(ServerConnection.send_ping, "__wrapped__"):
        ServerConnection.send_ping = _quiet(ServerConnection.send_ping)
    panel_document.write_events = panel_document.schedule_write_events = _send_events
    patch_doc.create = classmethod(_patch)


def _quiet(ping):
    @functools.wraps(ping)
    def send_ping(connection):
        # Of one that has left Bokeh would forget the session at once, and log each of its last messages as an error.
        with contextlib.suppress(WebSocketClosedError):
            ping(connection)

    return send_ping


def _in_turn(send):
    @functools.wraps(send)
    def send_message(socket, message):
        loop = asyncio.get_running_loop()
        if isinstance(socket, WSHandler):
            return loop.create_task(_drained(_written(socket, message)))
        before = getattr(socket, "_sent_before", None)
        socket._sent_before = loop.create_task(_send_after(before, send, socket, message))
        return socket._sent_before

    return send_message


def _written(socket, message):
    """Write all parts of a message at once; returns futures that are done once they have left."""
    if not _is_open(socket):
        return []
    # A message is three frames and more. Tornado leaves Nagle's algorithm on, which holds the second back until the
    # browser's side has acknowledged the first, and that may be put off for 40 ms.
    socket.set_nodelay(True)
    write, left = functools.partial(WebSocketHandler.write_message, socket), []
    try:
        for text in (message.header_json, message.metadata_json, message.content_json):
            left.append(write(text))
        for buffer in message.buffers:
            left += write(json.dumps(buffer.ref)), write(buffer.to_bytes(), binary=True)
    except WebSocketClosedError:
        pass  # whoever has left misses nothing
    except Exception:
        _tell_lost()
    return left


async def _drained(left):
    for error in await asyncio.gather(*left, return_exceptions=True):
        if error is not None and not isinstance(error, WebSocketClosedError):
            _log.warning("a message to a browser was lost", exc_info=error)


async def _send_after(before, send, socket, message):
    if before is not None and not before.done():
        await asyncio.wait([before])
    try:
        await send(socket, message)
    except Exception:
        _tell_lost()


def _tell_lost():
    _log.warning("a message to a browser was lost", exc_info=True)


def _is_open(socket):
    return socket.ws_connection is not None and not socket.ws_connection.is_closing()


def _send_events(document, connections, events):
    asyncio.get_running_loop()  # a message that cannot be sent must not be made: its models would count as known
    for connection in connections:
        connection._socket.send_message(connection.protocol.create("PATCH-DOC", events))


class _Naming(Serializer):
    """Names the models that the browser has; Bokeh 3.9 lists all of them, some thousand, for each message anew."""

    def __init__(self, models):
        super().__init__()
        self._models = models

    def get_ref(self, obj):
        found = super().get_ref(obj)
        if found is None and isinstance(obj, Model) and self._is_there(obj):
            found = obj.ref
        return found

    def has_ref(self, obj):
        return self.get_ref(obj) is not None

    def _is_there(self, model):
        return self._models.get_by_id(model.id) is model and model not in self._models._new_models


def _patch(cls, events, **metadata):
    documents = {event.document for event in events}
    if len(documents) != 1:
        raise ValueError(f"a message is of one document; here are {len(documents)}")
    models = documents.pop().models
    naming = _Naming(models)
    content = {"events": naming.encode(events)}
    models.flush_synced(lambda model: not naming.has_ref(model))
    message = cls(cls.create_header(), metadata, content)
    message.add_buffers(*naming.buffers)
    return message
