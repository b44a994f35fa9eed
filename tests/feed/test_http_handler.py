import asyncio
import http.client
import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.httpserver import HTTPServer
from tornado.web import Application

from retail_panel.feed import Pump
from retail_panel.feed.http_handler import handlers
from retail_panel.feed.http_inbox import http_source

SECRET = "a-secret-of-the-till"
LINE = json.dumps({"ordered_at": "2024-05-01T10:30:00", "amount": 12.5}).encode()
HEADERS = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/x-ndjson"}


class Served:
    """A server in a thread of its own; `source` is what its handlers find."""

    def __init__(self, source):
        self.source = source
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._ready.wait(10)

    async def _run(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        application = Application(handlers(lambda: self.source), xsrf_cookies=True)
        server = HTTPServer(application)
        server.listen(0, "127.0.0.1")
        self.port = next(iter(server._sockets.values())).getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.stop()
        await server.close_all_connections()

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def ask(self, body=LINE, method="POST", path="/feed", headers=HEADERS, **changed):
        headers = {name: value for name, value in (dict(headers) | changed).items() if value is not None}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.request(method, path, body, headers)
        response = line.getresponse()
        text = response.read()
        line.close()
        return response, json.loads(text) if text else None


@pytest.fixture
def serve():
    opened = []

    def make(source):
        opened.append(Served(source))
        return opened[-1]

    yield make
    for served in opened:
        served.stop()


def inbox(query="", **how):
    return http_source(f"post://?name=tills&rate=1000{query}", {"token.till": SECRET}, environ={}, **how)


@pytest.fixture
def shop(serve, empty_store):
    """A server, and the pump that commits what comes to it."""
    source = inbox()
    pump = Pump(source, empty_store, longest_s=0.01, idle_s=0.005)
    pump.open()
    pump.start()
    yield serve(source)
    pump.stop()


def test_two_hundred_means_committed(shop, empty_store):
    response, answer = shop.ask(LINE + b"\n{broken\n" + LINE)
    assert response.status == 200
    assert answer["rows"] == 2
    assert answer["quarantined"] == [{"line": 2, "column": None, "reason": "the message is not a JSON object"}]
    assert empty_store.ask("SELECT * FROM order_line").num_rows == 2
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] is None
    assert response.headers["Set-Cookie"] is None


def test_many_tills_at_once(shop, empty_store):
    with ThreadPoolExecutor(8) as tills:
        found = list(tills.map(lambda number: shop.ask(**{"Idempotency-Key": f"k{number % 20}"}), range(60)))
    assert {response.status for response, _ in found} == {200}
    assert empty_store.ask("SELECT * FROM order_line").num_rows == 20


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (401, {"Authorization": None}),
        (401, {"Authorization": "Bearer"}),
        (401, {"Authorization": f"Basic {SECRET}"}),
        (401, {"Authorization": f"Bearer {SECRET}x"}),
        (401, {"Authorization": f"Bearer {SECRET[:-1]}"}),
        (401, {"Authorization": "Bearer \xe9\xff"}),
        (403, {"Origin": "https://elsewhere.example"}),
        (405, {"method": "GET", "body": None}),
        (405, {"method": "PUT"}),
        (405, {"method": "OPTIONS", "body": None, "Authorization": None}),
        (405, {"method": "HEAD", "body": None}),
        (411, {"Transfer-Encoding": "chunked", "body": iter([LINE])}),
        (415, {"Content-Type": None}),
        (415, {"Content-Type": "text/csv"}),
        (415, {"Content-Type": "application/json; charset=latin-1"}),
        (415, {"Content-Encoding": "gzip"}),
        (400, {"path": f"/feed?token={SECRET}"}),
        (400, {"Idempotency-Key": "x" * 256}),
        (400, {"Idempotency-Key": "two words"}),
        (400, {"Idempotency-Key": ""}),
        (400, {"body": b""}),
        (400, {"body": b" \n\n"}),
        (404, {"path": "/feeds"}),
    ],
)
def test_what_is_not_taken_is_refused_rightly(shop, empty_store, caplog, status, asked):
    with caplog.at_level(logging.DEBUG):
        response, answer = shop.ask(**asked) if status != 404 else (shop_status(shop, asked["path"]), {"error": ""})
    assert response.status == status
    assert asked.get("method") == "HEAD" or set(answer) == {"error"}
    assert (response.headers.get("WWW-Authenticate") is not None) == (status == 401)
    assert (response.headers.get("Allow") == "POST") == (status == 405)
    assert SECRET not in json.dumps(answer) + caplog.text
    assert empty_store.version == 1


def shop_status(shop, path):
    line = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    line.request("POST", path, LINE, HEADERS)
    response = line.getresponse()
    response.read()
    line.close()
    return response


def test_a_long_body_is_refused_before_it_is_sent(shop):
    with socket.create_connection(("127.0.0.1", shop.port), timeout=20) as line:
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        line.sendall(f"POST /feed HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 1000000000000\r\n\r\n".encode())
        answer = b""
        while part := line.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"1,000,000,000,000 bytes" in answer


def test_nothing_is_read_of_a_body_without_a_token(shop):
    with socket.create_connection(("127.0.0.1", shop.port), timeout=20) as line:
        line.sendall(b"POST /feed HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_media_types_that_are_taken(shop):
    for media in ("application/jsonl", 'application/json; charset="UTF-8"', "APPLICATION/X-NDJSON"):
        assert shop.ask(**{"Content-Type": media})[0].status == 200


def test_a_repeat_with_the_same_key_has_the_same_answer_and_no_second_row(shop, empty_store):
    first, second = (shop.ask(LINE + b"\nx", **{"Idempotency-Key": "k"})[1] for _ in range(2))
    assert first == second
    assert empty_store.ask("SELECT * FROM order_line").num_rows == 1
    response, answer = shop.ask(LINE, **{"Idempotency-Key": "k"})
    assert (response.status, "another body" in answer["error"]) == (422, True)


def test_too_many_requests_of_one_token_are_told_when_to_come_again(serve):
    source = inbox("&rate=0.2")
    served = serve(source)
    assert served.ask()[0].status == 503
    response, _ = served.ask()
    assert (response.status, 1 <= int(response.headers["Retry-After"]) <= 5) == (429, True)


def test_a_store_that_takes_too_long_is_said_and_the_delivery_withdrawn(serve, empty_store):
    source = inbox("&patience_s=0.1")
    served = serve(source)
    pump = Pump(source, empty_store)
    pump.open()
    response, _ = served.ask()
    assert (response.status, int(response.headers["Retry-After"]) > 0) == (503, True)
    pump.step()
    pump.finish()
    assert empty_store.ask("SELECT * FROM order_line").num_rows == 0


def test_before_the_feed_is_there_and_while_it_is_full_it_says_come_again(serve, empty_store):
    served = serve(None)
    assert served.ask()[0].status == 503
    served.source = inbox(most_deliveries=0)
    Pump(served.source, empty_store).open()
    response, answer = served.ask()
    assert (response.status, response.headers["Retry-After"], answer["error"]) == (503, "5", "the inbox is full")


def test_the_stop_of_the_server_answers_who_waits(serve, empty_store, monkeypatch):
    source = inbox()
    served = serve(source)
    pump = Pump(source, empty_store)
    pump.open()
    monkeypatch.setattr(empty_store, "loading", lambda *args: 1 / 0)
    with ThreadPoolExecutor(1) as till:
        asked = till.submit(served.ask)
        until = time.monotonic() + 10
        while not source.lag()[0]:
            assert time.monotonic() < until
        pump.step()
        pump.stop()
        assert asked.result(10)[0].status == 503


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans())
def test_any_body_gets_an_answer(shop, body, keyed):
    response, answer = shop.ask(body, **({"Idempotency-Key": str(hash(body))} if keyed else {}))
    assert response.status == (200 if body.strip() else 400)
    if response.status == 200:
        assert answer["rows"] + answer["quarantined_rows"] >= 1
