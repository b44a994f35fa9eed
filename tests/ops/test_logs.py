import io
import json
import logging
import time
import urllib.error
import urllib.request

import pytest
from panel.io.state import set_curdoc
from tornado.web import RequestHandler
from tornado.websocket import WebSocketClosedError

from retail_panel.ops import logs
from retail_panel.ops.logs import quiet_departures
from retail_panel.visitors import VISITOR


def logged(caplog, error):
    try:
        raise error
    except type(error):
        logging.getLogger("asyncio").exception("never retrieved")
    return [record for record in caplog.records if record.message == "never retrieved"]


def test_a_visitor_who_left_is_no_error_and_others_are(caplog):
    quiet_departures()
    quiet_departures()
    assert not logged(caplog, WebSocketClosedError())
    assert logged(caplog, ValueError("kept"))


@pytest.fixture
def lines(monkeypatch):
    """Sets logging up and returns what was written since: ``lines(format, level)`` returns a function."""
    root, names = logging.getLogger(), [*logs.TAKEN_OVER, logs.OURS]
    kept = {name: vars(logging.getLogger(name)).copy() for name in names}
    handlers, level = root.handlers[:], root.level
    # Desks work on the thread of the test, which stays theirs.
    nobody = VISITOR.set(None)

    def start(log_format="json", log_level="info"):
        stream = io.StringIO()
        logs.set_up(log_format, log_level, stream)

        def since():
            return [json.loads(x) if log_format == "json" else x for x in stream.getvalue().splitlines()]

        return since

    yield start
    VISITOR.reset(nobody)
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    for name, state in kept.items():
        vars(logging.getLogger(name)).update({k: state[k] for k in ("handlers", "propagate", "level", "filters")})


def test_a_line_says_when_how_bad_who_says_it_and_what(lines):
    since = lines()
    logging.getLogger("retail_panel.feed").warning("the feed is %s", "late")
    (line,) = since()
    assert line.pop("time").startswith("20")
    assert line == {"level": "warning", "logger": "retail_panel.feed", "message": "the feed is late"}


def test_libraries_do_not_tell_what_is_for_their_authors(lines):
    since = lines(log_level="debug")
    logging.getLogger("bokeh.server.views.ws").debug("a message of a visitor")
    logging.getLogger("retail_panel.answers").debug("ours")
    assert [line["message"] for line in since()] == ["ours"]


def test_a_line_names_the_visitor_by_a_random_number(lines):
    from bokeh.document import Document

    since = lines()
    document = Document()
    document.visitor = "ab12cd34"
    with set_curdoc(document):
        logging.getLogger("retail_panel").warning("on the event loop")
    token = VISITOR.set("ef56ab78")
    logging.getLogger("retail_panel").warning("on a worker")
    VISITOR.reset(token)
    logging.getLogger("retail_panel").warning("of nobody")
    assert [line.get("visitor") for line in since()] == ["ab12cd34", "ef56ab78", None]


def test_an_error_tells_where_but_not_about_whom(lines):
    since = lines()
    try:
        customer = "Ada Lovelace"
        raise ValueError(f"cannot read '{customer}' of ada@example.org\nLINE 1: SELECT '{customer}'")
    except ValueError:
        logging.getLogger("retail_panel.answers").exception("a question failed")
    (line,) = since()
    assert line["error"] == "ValueError: cannot read … of …"
    assert line["frames"][-1].endswith("test_an_error_tells_where_but_not_about_whom")
    assert "Ada" not in json.dumps(line)


def test_lines_for_people_hold_the_same(lines):
    since = lines("text")
    try:
        raise KeyError("Ada")
    except KeyError:
        logging.getLogger("retail_panel").exception("it failed")
    words = since()
    assert words[0].endswith("ERROR retail_panel: it failed") and words[1] == "KeyError: …"
    assert words[2].startswith("  ") and "test_logs.py" in words[2]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("200 GET /?sel.customer=C0042&page=segments (10.1.2.3) 5.1ms", "200 GET /?… (…) 5.1ms"),
        ("404 GET /app/ws?bokeh-session-id=abc (::1) 1ms", "404 GET /app/ws?… (…) 1ms"),
        ("Refusing websocket connection from Origin 'https://portal'", None),
        ("Token for session 'Q7vYVkTFmlR7XtqTpYy2cE6Rf6oCzoPYVPTeCYgMXIn5' had invalid signature",
         "Token for session '…' had invalid signature"),
        ("Authorization: Bearer abc.def.ghi sent", "Authorization: Bearer … sent"),
        ("token=hunter2, then more", "token=…, then more"),
        ("Cookie: user=ann; rest", "Cookie: …; rest"),
        ("mail to ann.smith@example.org failed", "mail to … failed"),
        ("peer 2001:db8::8a2e:370:7334 left", "peer … left"),
        ("at 12:30:05 it took 3:25, was it long? Yes.", None),
        ("retail_panel.crossfilter.scenes made 3 scenes", None),
        ("commit eyJhbGciOiJIUzI1NiJ9-eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl ends", "commit … ends"),
    ],
)  # fmt: skip
def test_people_and_keys_are_kept_out(lines, text, kept):
    since = lines()
    logging.getLogger("tornado.general").warning("%s", text)
    logging.getLogger("retail_panel").warning("%s", text)
    assert [line["message"] for line in since()] == [kept or text] * 2


def test_messages_of_visitors_that_bokeh_quotes_are_left_out(lines):
    since = lines()
    log = logging.getLogger("bokeh.server.views.ws")
    log.error("Unhandled exception receiving a message: %r: %r", ValueError("bad"), '{"content": "customer Ada"}')
    log.error("error handling message\n message: %r \n error: %r", {"customer": "Ada"}, ValueError("Ada"))
    assert [line["message"] for line in since()] == [
        "Unhandled exception receiving a message: ValueError('bad'): '…", "error handling message",
    ]  # fmt: skip


def test_panel_does_not_tell_of_every_tick(lines):
    since = lines(log_level="debug")
    logging.getLogger("panel.io.callbacks").info("executing periodic callback")
    logging.getLogger("panel.io.callbacks").warning("slow")
    assert [line["message"] for line in since()] == ["slow"]


def test_what_tornado_logs_of_a_request_names_no_filter_no_token_and_no_address(lines, serve_routes):
    class Fails(RequestHandler):
        def get(self):
            raise ValueError("no row for 'Ada'")

    since = lines()
    url = serve_routes([("/fails", Fails)])
    for path in ("/fails", "/nowhere"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{url}{path}?sel.customer=C0042&bokeh-session-id=abcdef")
    ends = time.monotonic() + 10
    while len(since()) < 3 and time.monotonic() < ends:
        # Tornado logs a request after it has answered it.
        time.sleep(0.01)
    text = json.dumps(since())
    assert "/fails?" in text and "/nowhere?" in text and "ValueError" in text
    assert not any(word in text for word in ("C0042", "abcdef", "Ada", "127.0.0.1"))
