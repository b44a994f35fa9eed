"""Security headers of everything the server answers: pages, scripts, files, redirects, errors and routes of our own."""

import functools
import secrets

from tornado.web import OutputTransform

#: The shell loads its modules from blobs, and charts set styles on their elements.
POLICY = (
    "default-src 'self'",
    "script-src 'self' 'nonce-{nonce}' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' blob: data:",
    "worker-src blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors {ancestors}",
)
#: What marks a script of a page.
SCRIPT = b"<script"


def security_headers(origins, nonce):
    """Return the headers that every answer carries.

    Parameters
    ----------
    origins : sequence of str
        Whose pages may show ours in a frame, beside our own.
    nonce : str
        Marks the scripts of this very answer.

    Returns
    -------
    dict of str to str
    """
    policy = "; ".join(POLICY).format(nonce=nonce, ancestors=" ".join(("'self'", *origins)))
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def marked(page, nonce):
    """Return the bytes of a page with the nonce on each of its scripts.

    What pages hold of the data is escaped, and the rest comes by the websocket. So a script in a page is ours.
    """
    return page.replace(SCRIPT, SCRIPT + f' nonce="{nonce}"'.encode())


class SecurityHeaders(OutputTransform):
    """Sets the headers on one answer, and marks the scripts of a page.

    Parameters
    ----------
    origins : sequence of str
        As in :func:`security_headers`; scripts and files are theirs to read too.
    request : tornado.httputil.HTTPServerRequest
        What is answered.
    """

    def __init__(self, origins, request):
        self._origins, self._asker = origins, request.headers.get("Origin")
        self._request, self._nonce = request, None

    def transform_first_chunk(self, status_code, headers, chunk, finishing):
        """Set the headers before anything is sent."""
        nonce = secrets.token_urlsafe(16)
        # Bokeh lets every site read its scripts, session tokens in them.
        for name in [name for name in headers if name == "Server" or name.startswith("Access-Control-")]:
            del headers[name]
        for name, value in security_headers(self._origins, nonce).items():
            # A page of our own may be stricter, such as one that takes a password.
            if name not in headers:
                headers[name] = value
        if self._asker in self._origins:
            headers["Access-Control-Allow-Origin"] = self._asker
        if self._origins:
            headers.add("Vary", "Origin")
        if finishing and headers.get("Content-Type", "").startswith("text/html"):
            chunk = marked(chunk, nonce)
            headers["Content-Length"] = str(len(chunk))
        elif getattr(self._request, "page_comes_in_parts", False):
            self._nonce = nonce
            chunk = marked(chunk, nonce)
        return status_code, headers, chunk

    def transform_chunk(self, chunk, finishing):
        """Mark the scripts of a later part of a page, each part being whole tags; any other answer stays as it is."""
        return chunk if self._nonce is None else marked(chunk, self._nonce)


def protect(application, origins):
    """Let an application set the headers on every answer.

    Parameters
    ----------
    application : tornado.web.Application
        Which answers.
    origins : sequence of str
        As in :func:`security_headers`.
    """
    application.embed_origins = tuple(origins)
    application.transforms.append(functools.partial(SecurityHeaders, origins))
