"""Logs: one line an event, without noise and without people in it."""

import json
import logging
import sys
from datetime import UTC, datetime

import panel as pn
from tornado.websocket import WebSocketClosedError

from retail_panel.ops.scrub import HIDDEN, error_text, frames, scrubbed
from retail_panel.visitors import VISITOR

#: Loggers with handlers of their own, whose lines come to ours instead.
TAKEN_OVER = ("panel", "bokeh", "asyncio", "tornado", "py.warnings")
#: What libraries say below this is for their authors, and shows messages of visitors as they come.
LIBRARIES = logging.INFO
OURS = "retail_panel"


def expected(record):
    """Whether a log record is worth keeping: a message that a visitor who left did not get is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def quiet_departures():
    """Keep visitors who leave out of the log; calling it again changes nothing."""
    logging.getLogger("asyncio").addFilter(expected)


class ErrorCount(logging.Handler):
    """Counts errors; the count is that of the process.

    Attributes
    ----------
    count : int
    """

    def __init__(self):
        super().__init__(logging.ERROR)
        self.addFilter(expected)
        self.count = 0

    def emit(self, record):
        """Count a record; logging holds the handler's lock."""
        self.count += 1


#: Of this process.
errors = ErrorCount()


def _present_visitor():
    document = pn.state.curdoc
    return getattr(document, "visitor", None) or VISITOR.get() if document is not None else VISITOR.get()


class Facts:
    """What is told about a log record: a dict with ``time``, ``level``, ``logger``, ``message``, the random number of
    the ``visitor`` whom it is about, and of an error its ``error`` and ``frames``."""

    def facts(self, record):
        """Return the facts about a record."""
        found = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        visitor = _present_visitor()
        if visitor:
            found["visitor"] = visitor
        if record.exc_info and record.exc_info[1] is not None:
            found |= {"error": error_text(record.exc_info[1]), "frames": frames(record.exc_info[1])}
        return found

    def _message(self, record):
        if record.name.startswith(OURS):
            return scrubbed(record.getMessage())
        # Libraries quote messages and headers of visitors: on later lines, or from the first brace on.
        lines = record.getMessage().split("\n")
        if lines[0].startswith("Traceback"):
            lines = [lines[-1] or lines[0]]
        words, brace, _ = lines[0].partition("{")
        return scrubbed(words)[:300] + (HIDDEN if brace else "")


class JsonLines(Facts, logging.Formatter):
    """One JSON object a line."""

    def format(self, record):
        """Return the line."""
        return json.dumps(self.facts(record), ensure_ascii=False)


class TextLines(Facts, logging.Formatter):
    """One line for people, and one for each frame of an error."""

    def format(self, record):
        """Return the lines."""
        found = self.facts(record)
        visitor = f" [{found['visitor']}]" if "visitor" in found else ""
        words = f"{found['time']} {found['level'].upper()} {found['logger']}{visitor}: {found['message']}"
        return "\n".join([words, *([found["error"]] if "error" in found else []),
                          *(f"  {frame}" for frame in found.get("frames", ()))])  # fmt: skip


def set_up(log_format, log_level, stream=None):
    """Send every log line of the process through our formatter; a second call replaces the first.

    Parameters
    ----------
    log_format : str
        ``text`` or ``json``.
    log_level : str
        ``debug``, ``info``, ``warning`` or ``error``; libraries never tell more than ``info``.
    stream : file, optional
        Default: standard error.
    """
    level = getattr(logging, log_level.upper())
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler, errors]
    root.setLevel(max(level, LIBRARIES))
    logging.getLogger(OURS).setLevel(level)
    for name in TAKEN_OVER:
        taken = logging.getLogger(name)
        taken.handlers.clear()
        taken.propagate = True
        # Panel's lines of that level tell of every tick of every page.
        taken.setLevel(max(level, logging.WARNING if name == "panel" else LIBRARIES))
    logging.captureWarnings(True)
    quiet_departures()
