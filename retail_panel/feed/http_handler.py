"""What answers ``POST /feed``: it lets in who has a token, and says 200 only once the rows are committed."""

import asyncio
import re
from http.client import responses

from tornado.web import RequestHandler, stream_request_body

from retail_panel.feed.http_answers import Refused
from retail_panel.feed.http_deliveries import RETRY_S

PATH = "/feed"
MEDIA_TYPES = ("application/x-ndjson", "application/jsonl", "application/json")
#: Seconds in which a body must have come.
BODY_S = 30
_KEY = re.compile(r"[!-~]{1,255}")


def handlers(source):
    """Return the routes of a feed by HTTP: extra patterns of a Bokeh server, which puts its prefix before them.

    Parameters
    ----------
    source : HttpInbox or callable
        Which the requests fill; or what returns it, and None as long as there is none.

    Returns
    -------
    list of tuple
    """
    find = source if callable(source) else lambda: source
    return [(PATH, FeedHandler, {"find": find})]


@stream_request_body
class FeedHandler(RequestHandler):
    """Takes JSON lines; all but the body is looked at before the body is read.

    Browsers of other sites are kept out: there are no CORS headers, a request that names an origin is refused, and the
    token is in a header that no browser adds by itself, which is why no XSRF cookie is asked for.
    """

    def initialize(self, find):
        """Take what finds the inbox."""
        self._find, self._chunks = find, []

    def set_default_headers(self):
        """Keep answers out of caches."""
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def check_xsrf_cookie(self):
        """The token stands in a header, so there is nothing to forge."""

    def prepare(self):
        """Refuse what can be refused before the body comes."""
        has_query = bool(self.request.query)
        # Tornado's logs show the URI, and someone may have put a token there.
        self.request.uri = self.request.path
        try:
            self._admit(has_query)
        except Refused as refused:
            self._refuse(refused)
        else:
            # Tornado's own limit is that of the server, and a slow body would hold the connection for ever.
            self.request.connection.set_max_body_size(self._terms.most_bytes)
            self.request.connection.set_body_timeout(BODY_S)

    def _admit(self, has_query):
        headers = self.request.headers
        if self.request.method != "POST":
            self.set_header("Allow", "POST")
            raise Refused(405, f"{self.request.method} is not for this path; allowed: POST")
        if has_query:
            raise Refused(400, "there are options in the URL; allowed: none, and the token in the header Authorization")
        self._source = self._find()
        if self._source is None:
            raise Refused(503, "the feed is not open", RETRY_S)
        self._terms = self._source.terms
        if "Origin" in headers:
            raise Refused(403, "a browser's page may not post here; allowed: programs, which send no Origin")
        self._name = self._authorised(headers.get("Authorization", ""))
        wait_s = self._terms.pace.take(self._name)
        if wait_s:
            raise Refused(429, "too many requests of this token", wait_s)
        self._check_media(headers)
        length = self._length(headers)
        self._key = headers.get("Idempotency-Key")
        if self._key is not None and not _KEY.fullmatch(self._key):
            raise Refused(400, "the Idempotency-Key is not 1 to 255 visible characters of ASCII, without blanks")
        self._source.check_room(length)

    def _authorised(self, header):
        scheme, _, secret = header.partition(" ")
        known = scheme.lower() == "bearer" and secret.strip()
        name = self._terms.tokens.name_of(secret.strip()) if known else None
        if name is None:
            self.set_header("WWW-Authenticate", 'Bearer realm="feed"' + (', error="invalid_token"' if known else ""))
            raise Refused(401, "the token is not known" if known else "the header Authorization: Bearer is missing")
        return name

    def _check_media(self, headers):
        media, _, parameters = headers.get("Content-Type", "").partition(";")
        charset = parameters.replace(" ", "").replace('"', "").lower()
        if media.strip().lower() not in MEDIA_TYPES or charset not in ("", "charset=utf-8"):
            raise Refused(415, f"the Content-Type is not one of {', '.join(MEDIA_TYPES)}, in UTF-8")
        if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Refused(415, "the body is compressed; allowed: plain text")

    def _length(self, headers):
        if "Transfer-Encoding" in headers or not headers.get("Content-Length", "").isdecimal():
            raise Refused(411, "the header Content-Length is missing; a chunked body is not allowed")
        length, most = int(headers["Content-Length"]), self._terms.most_bytes
        if length > most:
            raise Refused(413, f"the body has {length:,} bytes; allowed: {most:,}, so send it in parts")
        return length

    def data_received(self, chunk):
        """Keep a part of the body."""
        self._chunks.append(chunk)

    async def post(self):
        """Hand the body over and wait for its commit."""
        body, self._chunks = b"".join(self._chunks), []
        try:
            if not body.strip():
                raise Refused(400, "the body is empty; allowed: JSON objects, one a line")
            answer = await self._answer(self._source.offer(body, self._name, self._key))
        except Refused as refused:
            self._refuse(refused)
        else:
            self.finish(answer.to_dict())

    async def _answer(self, answered):
        try:
            waiting = asyncio.shield(asyncio.wrap_future(answered))
            answer = await asyncio.wait_for(waiting, self._terms.patience_s)
        except TimeoutError:
            refused = Refused(503, "the store takes too long; send it again with the same Idempotency-Key", RETRY_S)
            self._source.withdraw(answered, refused)
            raise refused from None
        if isinstance(answer, Refused):
            raise answer
        return answer

    def _refuse(self, refused):
        self.set_status(refused.status)
        if refused.retry_s is not None:
            self.set_header("Retry-After", str(refused.retry_s))
        self.finish({"error": refused.text})

    def write_error(self, status_code, **kwargs):
        """Say no more than what went wrong."""
        self.finish({"error": responses.get(status_code, "error")})
