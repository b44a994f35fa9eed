"""What is on its way to the browsers, kept in the order in which it was said."""

import asyncio
import functools
import logging

from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document

_log = logging.getLogger(__name__)


def keep_in_turn():
    """Send every message of a connection after the one made before it; a second call does nothing.

    A message names models that the browser has from messages made earlier. Panel 1.9.4 writes some messages at once
    and others from a task, Bokeh 3.9 when a handler has ended, so that they overtook one another: a browser was told
    of a model before it had it, or was left with the older of two values. bokeh_fastapi also mixed the parts of two.
    """
    for kind in (WSHandler, *panel_document.extra_socket_handlers):
        if not hasattr(kind.send_message, "__wrapped__"):
            kind.send_message = _in_turn(kind.send_message)
    panel_document.write_events = panel_document.schedule_write_events = _send_events


def _in_turn(send):
    @functools.wraps(send)
    def send_message(socket, message):
        loop = asyncio.get_running_loop()
        before = getattr(socket, "_sent_before", None)
        socket._sent_before = loop.create_task(_send_after(before, send, socket, message))
        return socket._sent_before

    return send_message


async def _send_after(before, send, socket, message):
    if before is not None and not before.done():
        await asyncio.wait([before])
    if _is_open(socket):
        try:
            await send(socket, message)
        except Exception:
            _log.warning("a message to a browser was lost", exc_info=True)


def _is_open(socket):
    if not isinstance(socket, WSHandler):
        return True
    return socket.ws_connection is not None and not socket.ws_connection.is_closing()


def _send_events(document, connections, events):
    asyncio.get_running_loop()  # a message that cannot be sent must not be made: its models would count as known
    for connection in connections:
        connection._socket.send_message(connection.protocol.create("PATCH-DOC", events))
