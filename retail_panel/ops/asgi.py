"""What stands before the workbench in the process of a portal that speaks ASGI, such as one made with FastAPI.

There Panel's own check of websocket origins does not run (bokeh-fastapi 0.1.8), and no answer has security headers.
"""

import secrets
from urllib.parse import urlsplit

from retail_panel.ops.headers import marked, security_headers


class Guard:
    """Lets in who comes by the portal's own origins, and sets the security headers; ASGI middleware.

    Parameters
    ----------
    app : callable
        The ASGI application behind it.
    origins : sequence of str
        The portal's own, such as ``https://portal.example``: browsers reach it there, and nowhere else.
    paths : sequence of str
        Beginnings of the paths that are the workbench's; the others are left alone.
    embed_origins : sequence of str
        Further origins that may show the workbench in a frame.
    """

    def __init__(self, app, origins, paths, embed_origins=()):
        self._app, self._origins, self._paths, self._embed = app, tuple(origins), tuple(paths), tuple(embed_origins)
        self._hosts = {urlsplit(origin).netloc for origin in origins}

    async def __call__(self, scope, receive, send):
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(self._paths):
            await self._app(scope, receive, send)
        elif not self._admits(scope):
            await _refuse(scope, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _Answer(send, self._embed).send)

    def _admits(self, scope):
        # Whoever names a header twice, or leaves out what every browser says, is no browser of ours.
        said = {name: [text.decode("latin-1") for key, text in scope["headers"] if key == name]
                for name in (b"origin", b"host")}  # fmt: skip
        if len(said[b"host"]) != 1 or said[b"host"][0] not in self._hosts or len(said[b"origin"]) > 1:
            return False
        if not said[b"origin"]:
            return scope["type"] == "http"
        return said[b"origin"][0] in self._origins


async def _refuse(scope, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = security_headers((), secrets.token_urlsafe(16)) | {"Content-Type": "text/plain"}
    await send({"type": "http.response.start", "status": 403, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": b"This origin or host is not one of the portal's."})


class _Answer:
    """One answer on its way out; that of a page waits until it is whole, so that its scripts can be marked."""

    def __init__(self, send, embed_origins):
        self._send, self._nonce = send, secrets.token_urlsafe(16)
        self._headers = security_headers(embed_origins, self._nonce)
        self._start, self._body = None, b""

    async def send(self, message):
        """Send a part of it."""
        if message["type"] == "http.response.start":
            message = {**message, "headers": self._mended(message["headers"])}
            if dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page()
            return
        await self._send(message)

    async def _send_page(self):
        page = marked(self._body, self._nonce)
        headers = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        await self._send({**self._start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
        await self._send({"type": "http.response.body", "body": page})

    def _mended(self, headers):
        ours = _encoded(self._headers)
        names = {name for name, _ in ours}
        kept = [(name.lower(), text) for name, text in headers]
        return [p for p in kept if p[0] not in names and not p[0].startswith(b"access-control-")] + ours


def _encoded(headers):
    return [(name.lower().encode(), text.encode("latin-1")) for name, text in headers.items()]
