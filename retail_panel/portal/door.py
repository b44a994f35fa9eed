"""The door of a server: whatever is asked of it, pages, sockets, files or figures, is answered to persons only."""

from contextlib import suppress
from urllib.parse import quote

from bokeh.protocol.exceptions import ProtocolError
from bokeh.util.token import check_token_signature, get_session_id, get_token_payload

from retail_panel.portal.gate import gate
from retail_panel.portal.person import Refused, person_of
from retail_panel.portal.plain_page import PlainHandler

#: What answers without a login, since each asks for a proof of its own or tells nothing.
OPEN = (
    "/login", "/logout", "/sso", "/feed", "/healthz", "/readyz", "/metrics", "/backup", "/privacy",
    "/retail-panel-embed.js",
)  # fmt: skip


FRAMED = (
    "Log in to see what is shown here. If you have and still read this, your browser keeps logins from frames of other "
    "sites: then use the workbench in a window of its own."
)


class Stranger(PlainHandler):
    """Answers whoever is not let in."""

    def prepare(self):
        """Send a reader of pages to the login, and tell everyone else that there is none."""
        wants_page = self.request.method in ("GET", "HEAD") and "text/html" in self.request.headers.get("Accept", "")
        if wants_page and self.request.headers.get("Upgrade", "").lower() != "websocket":
            wanted = near_uri(self.request)
            login = f"{self.prefix}/login?next={quote(wanted, safe='')}"
            if self.is_framed:
                # The login itself stands in nobody's frame, so the frame would stay blank.
                self.show(401, "Nobody is logged in", words=FRAMED, link=login, label="Log in, in a window of its own",
                          again=wanted, again_label="I have logged in: show it")  # fmt: skip
            else:
                self.redirect(login)
            return
        self.set_status(401)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish("401 nobody is logged in\n")


def near_uri(request):
    """Return the path and query that was asked for."""
    return request.uri if request.uri.startswith("/") else "/"


class Door:
    """Stands before every handler of a Bokeh server.

    Parameters
    ----------
    application : bokeh.server.tornado.BokehTornado
        Whose requests come by here from now on.
    """

    def __init__(self, application):
        self._application, self._inside = application, application.find_handler
        application.find_handler = self.find_handler

    def find_handler(self, request, **more):
        """Return what answers a request, as Tornado asks for it."""
        path = request.path.removeprefix(self._application.prefix or "")
        if gate().is_open or path.rstrip("/") in OPEN or self._lets_in(request):
            return self._inside(request, **more)
        return self._application.get_handler_delegate(request, Stranger)

    def _lets_in(self, request):
        try:
            person = person_of(request)
            return all(owner == person.name for owner in self._owners(request))
        except Refused:
            return False

    def _owners(self, request):
        """Return whose session the request wants: of the one that there is, and of the one a token would begin."""
        ids = [*_texts(request, "bokeh-session-id"), *request.headers.get_list("Bokeh-Session-Id")]
        tokens = _texts(request, "bokeh-token")
        offered = (each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(","))
        tokens += [each for each in offered if each not in ("", "bokeh")]
        for token in tokens:
            try:
                signed = check_token_signature(
                    token, signed=self._application.sign_sessions, secret_key=self._application.secret_key
                )
                ids.append(get_session_id(token))
                carried = get_token_payload(token).get("person") if signed else ""
            except Exception as error:
                # What is no token is nobody's; Bokeh's readers raise whatever they stumble over.
                raise Refused("the session token cannot be read") from error
            if carried is not None:
                yield gate().carried(carried).name
        for context in self._application.applications.values():
            for each in ids:
                with suppress(ProtocolError):
                    yield person_of(context.get_session(each).document.session_context).name


def _texts(request, name):
    return [each.decode("utf-8", "replace") for each in request.arguments.get(name, [])]
