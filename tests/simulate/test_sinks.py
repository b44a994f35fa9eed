"""Sinks deliver each message, again where it is not taken at once."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.simulate import sink

MESSAGES = [("a", b'{"line_id": "1"}'), ("a", b'{"line_id": "2"}')]


@pytest.fixture
def shop():
    """A server that refuses what ``answers`` says, one after the other, and takes the rest."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.taken.append((self.headers["Authorization"], self.headers["Idempotency-Key"], body))
            self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.answers, server.taken = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_http_posts_again_under_the_same_key(shop):
    shop.answers = [503, 429]
    to = sink(f"http://localhost:{shop.server_port}/feed", {"token.till": "secret"})
    to.send(MESSAGES)
    to.send(MESSAGES[:1])
    to.close()
    assert [body for _, _, body in shop.taken] == [b'{"line_id": "1"}\n{"line_id": "2"}'] * 3 + [b'{"line_id": "1"}']
    keys = [key for _, key, _ in shop.taken]
    assert len(set(keys)) == 2 and keys[0] == keys[1] == keys[2]
    assert {header for header, _, _ in shop.taken} == {"Bearer secret"}
    assert to.sent_again == 2


def test_http_posts_no_more_at_once_than_a_server_takes(shop):
    messages = [("a", b"%06d" % number + b"x" * 400) for number in range(6_000)]
    sink(f"http://localhost:{shop.server_port}/feed", {"token.till": "secret"}).send(messages)
    bodies = [body for _, _, body in shop.taken]
    assert len(bodies) == 3 and max(map(len, bodies)) <= 1_000_000
    assert b"\n".join(bodies).split(b"\n") == [message for _, message in messages]


def test_http_that_is_refused_is_told(shop):
    shop.answers = [401]
    with pytest.raises(RetailPanelError, match="401"):
        sink(f"http://localhost:{shop.server_port}/feed", {"token.till": "wrong"}).send(MESSAGES)


def test_http_gives_up_in_the_end(shop):
    shop.answers = [503] * 50_000
    with pytest.raises(RetailPanelError, match="takes nothing"):
        sink(f"http://localhost:{shop.server_port}/feed", {"token.till": "t"}, patience_s=0.05).send(MESSAGES)


def test_a_folder_gets_whole_files(tmp_path):
    to = sink(f"folder://{tmp_path}/in", {})
    to.send(MESSAGES)
    to.send(MESSAGES)
    to.close()
    files = sorted((tmp_path / "in").iterdir())
    assert [file.suffix for file in files] == [".jsonl"] * 2
    assert files[0].read_bytes() == b'{"line_id": "1"}\n{"line_id": "2"}\n'


@pytest.mark.parametrize(("url", "words"), [("ftp://x", "no such kind"), ("http://x/feed", "no token")])
def test_what_cannot_be_used_is_said(url, words):
    with pytest.raises(UnusableInput, match=words):
        sink(url, {})


def test_kafka_writes_every_message():
    pytest.importorskip("confluent_kafka", reason="needs pip install 'retail-panel[kafka]'")
    to = sink("kafka://mock:9092/orders", {"test.mock.num.brokers": "1"}, patience_s=20)
    to.send(MESSAGES * 50)
    to.close()
    assert to._failed == 0


def test_kinesis_takes_settings_over_the_url():
    pytest.importorskip("boto3", reason="needs pip install 'retail-panel[kinesis]'")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "endpoint_url": "http://localhost:1"}
    to = sink("kinesis://orders?region=eu-west-1&endpoint=http://localhost:2", keys)
    assert (to._client.meta.region_name, to._client.meta.endpoint_url) == ("eu-west-1", "http://localhost:1")
    to.close()
