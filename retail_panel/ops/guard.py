"""Who may ask for what is not for visitors: programs on this machine, and whoever has the token."""

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from retail_panel.portal.keys import read_secret
from retail_panel.portal.person import LOCAL, Refused, person_of

#: Characters that the token of operators has at least.
SHORTEST = 16
#: Headers of a proxy: what comes by one comes from somewhere else, wherever the proxy runs.
BY_PROXY = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
NAMES = ("localhost", "127.0.0.1", "::1")


def from_here(request):
    """Whether a request comes from this machine, under a name of this machine, and not by a proxy.

    The name keeps out pages of other sites whose name a foreign name server gave our address.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
        Or whatever has ``remote_ip`` and ``headers``.
    """
    if any(name in request.headers for name in BY_PROXY):
        return False
    try:
        near = ip_address(request.remote_ip or "").is_loopback
    except ValueError:
        return False
    return near and urlsplit(f"//{request.headers.get('Host', '')}").hostname in NAMES


def ops_token(settings):
    """Return the token that operators show, None where no file is named for it.

    Raises
    ------
    UnusableInput
        If the file cannot be read, or holds less than a token.
    """
    return read_secret(settings.ops_token_file, SHORTEST).decode() if settings.ops_token_file else None


def has_token(request, token):
    """Whether a request bears the token; without a token nothing does.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
    token : str or None
    """
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip().encode("utf-8", "surrogateescape")
    return bool(token) and scheme.lower() == "bearer" and compare_digest(given, token.encode())


def is_admin(session_context):
    """Whether a page is for an admin: a person with that right, or without a login, whoever sits at this machine.

    Parameters
    ----------
    session_context : bokeh.application.application.SessionContext
    """
    try:
        person = person_of(session_context)
    except Refused:
        return False
    # Not what the session's token says of the headers: without a login tokens are not signed.
    request = getattr(session_context.request, "_request", None)
    return person.may("admin") and (person is not LOCAL or (request is not None and from_here(request)))
