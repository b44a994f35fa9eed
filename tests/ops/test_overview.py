from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc
from tornado.httputil import HTTPHeaders

from retail_panel.feed.pump_state import PumpState
from retail_panel.ops.admin_page import AdminPage
from retail_panel.ops.guard import is_admin
from retail_panel.ops.overview import overview
from retail_panel.portal.person import LOCAL, Person, Refused
from retail_panel.schema import QUARANTINE, arrow_schema
from retail_panel.store import EVERYTHING, Superseded
from retail_panel.tally import Slow


@pytest.fixture
def busy_server(make_server):
    """A server with a visitor, a slow question, a feed that is down, rows set aside and a password in a URL."""
    server = make_server(source="postgresql://ann:hunter2@db/shop")
    server.visitors.enter("Ada", print).touch("trends")
    asked_at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    server.store.tally.slow.append(Slow("SELECT 1 FROM t WHERE c = 'Ada'", 2.5, asked_at, "answered"))
    server.store.tally.slow.append(Slow("SELECT 2", 7.25, asked_at, "called_off"))
    rows = [{"source": "shop.csv", "position": str(n), "column": None, "reason": "no date", "text": "Ada"}
            for n in range(3)]  # fmt: skip
    with server.store.loading("shop.csv") as load:
        load.set_aside(pa.Table.from_pylist(rows, schema=arrow_schema(QUARANTINE)))
    server.pump = SimpleNamespace(state=PumpState(running=True, rows=40, error="broker away", retry_s=2))
    yield server
    server.pump = None


def test_everything_an_admin_asks_for_is_there(busy_server):
    found = overview(busy_server, 250e6)
    figures = dict(found.figures)
    assert (figures["Memory of the process"], figures["Open pages"], figures["Order lines"]) == ("250 MB", "1", "17")
    assert [row[1:3] for row in found.visitors] == [("Ada", "trends")]
    assert [(row[0], row[2], row[3]) for row in found.slow] == [
        ("7.2 s", "called off", "SELECT ?"), ("2.5 s", "answered", "SELECT ? FROM t WHERE c = ?"),
    ]  # fmt: skip
    assert found.set_aside == [("shop.csv", "no date", "3")]
    assert (found.state, found.feed_state.startswith("Feed down. broker away")) == ("feed: down", True)
    assert ("source", "postgresql://(hidden)@db/shop", "default") in found.settings
    assert "hunter2" not in repr(found)


def test_a_quiet_server_says_so(make_server):
    found = overview(make_server(), None)
    assert (found.visitors, found.slow, found.feed, found.set_aside, found.state) == ([], [], [], [], "")
    figures = dict(found.figures)
    assert figures["Memory of the process"] == "not known" and figures["Brush, mean of its moves"] == "none yet"


def test_means_are_read_in_their_unit(make_server):
    server = make_server()
    server.store.tally.brushes.note(0.002)
    server.store.tally.scopes.note(4.0)
    figures = dict(overview(server, None).figures)
    assert (figures["Brush, mean of its moves"], figures["Scope change, mean"]) == ("2.0 ms of 1", "4.0 s of 1")


def test_the_page_shows_it_once_and_escapes_it(busy_server):
    with busy_server.store.tally.question("SELECT 1", Superseded):
        pass
    busy_server.visitors.enter("<script>alert(1)</script>", print)
    with set_curdoc(Document()):
        page = AdminPage(busy_server)
        found = overview(busy_server, page._resident_bytes())
        page.show(found)
        texts = [part.object for part in page.page.main[0].select() if isinstance(getattr(part, "object", None), str)]
        cards = list(page._cards)
        page.show(found)
        assert list(page._cards) == cards
    shown = " ".join(texts)
    assert "trends" in shown and "no date" in shown and "&lt;script&gt;" in shown and "<script>" not in shown
    assert "hunter2" not in shown


def context(ip="127.0.0.1", host="localhost:5006", **headers):
    real = SimpleNamespace(remote_ip=ip, headers=HTTPHeaders({"Host": host} | headers))
    return SimpleNamespace(request=SimpleNamespace(_request=real, cookies={}))


@pytest.mark.parametrize(
    ("person", "where", "let_in"),
    [
        (LOCAL, context(), True),
        (LOCAL, context("10.0.0.7"), False),
        (LOCAL, context(**{"X-Forwarded-For": "10.0.0.7"}), False),
        (LOCAL, context(host="rebound.example"), False),
        (Person("ann", "admin", EVERYTHING, frozenset({"admin"})), context("10.0.0.7"), True),
        (Person("ben", "analyst", EVERYTHING, frozenset({"export"})), context(), False),
        (None, context(), False),
    ],
)
def test_who_sees_the_page(monkeypatch, person, where, let_in):
    def who(request):
        if person is None:
            raise Refused("nobody is logged in")
        return person

    monkeypatch.setattr("retail_panel.ops.guard.person_of", who)
    assert is_admin(where) is let_in
