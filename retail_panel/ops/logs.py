"""Logs without noise."""

import logging

from tornado.websocket import WebSocketClosedError


def expected(record):
    """Whether a log record is worth keeping: a message that a visitor who left did not get is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def quiet_departures():
    """Keep visitors who leave out of the log; calling it again changes nothing."""
    logging.getLogger("asyncio").addFilter(expected)
