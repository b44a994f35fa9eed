"""The guard before the workbench in a portal's own process."""

import asyncio
import re

import pytest

from retail_panel.ops.asgi import Guard

PORTAL = "https://portal.example"


async def shop(scope, receive, send):
    """Answers every request with a page in two parts, and takes every websocket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    kind = b"text/html; charset=utf-8" if scope["path"].endswith("app") else b"text/javascript"
    headers = [(b"Content-Type", kind), (b"content-length", b"36"), (b"Access-Control-Allow-Origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<script>1</scr", "more_body": True})
    await send({"type": "http.response.body", "body": b"ipt><script>2</script>"})


def ask(path="/retail/app", kind="http", host="portal.example", **headers):
    """Return what the guard lets out."""
    guard, sent = Guard(shop, [PORTAL], ["/retail/"], ["https://other.example"]), []
    said = [(name.encode(), text.encode()) for name, text in {"host": host, **headers}.items()]

    async def send(message):
        sent.append(message)

    asyncio.run(guard({"type": kind, "path": path, "headers": said}, None, send))
    return sent


def test_a_page_is_sent_whole_with_headers_and_marked_scripts():
    start, body = ask(origin=PORTAL)
    headers = {name.decode(): text.decode() for name, text in start["headers"]}
    assert len(headers) == len(start["headers"])
    nonce = re.search("'nonce-([^']+)'", headers["content-security-policy"])[1]
    assert body["body"].decode() == f'<script nonce="{nonce}">1</script><script nonce="{nonce}">2</script>'
    assert headers["content-length"] == str(len(body["body"]))
    assert "frame-ancestors 'self' https://other.example" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers and headers["x-content-type-options"] == "nosniff"


def test_other_files_pass_as_they_are():
    start, *parts = ask("/retail/static/app.js")
    assert b"".join(part["body"] for part in parts) == b"<script>1</script><script>2</script>"
    assert (b"content-length", b"36") in start["headers"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "said", [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": ""}, {"origin": f"{PORTAL}:444"},
             {"origin": "http://portal.example"}, {"host": "evil.example", "origin": PORTAL}],
)  # fmt: skip
def test_foreign_origins_and_hosts_are_refused(kind, said):
    first, *_ = ask(kind=kind, **said)
    assert first["type"] == ("websocket.close" if kind == "websocket" else "http.response.start")
    assert first.get("status", 403) == 403


def test_a_websocket_must_say_where_it_comes_from():
    assert ask(kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert ask(kind="websocket", origin=PORTAL) == [{"type": "websocket.accept"}]


def test_the_portals_own_paths_are_left_alone():
    start, *_ = ask("/orders/app", host="anything", origin="https://evil.example")
    assert (b"Access-Control-Allow-Origin", b"*") in start["headers"]


def test_two_origins_are_none_of_ours():
    guard, sent = Guard(shop, [PORTAL], ["/"]), []

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"portal.example"), (b"origin", PORTAL.encode()), (b"origin", b"https://evil.example")]
    asyncio.run(guard({"type": "websocket", "path": "/", "headers": headers}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
