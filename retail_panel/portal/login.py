"""Logging in and out: tickets of a portal, passwords for development; a provider is in oidc_login."""

import logging

from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from retail_panel.portal.attempts import Attempts
from retail_panel.portal.audit import record
from retail_panel.portal.gate import COOKIE, gate
from retail_panel.portal.oidc_login import OidcLogin
from retail_panel.portal.passwords import is_right
from retail_panel.portal.person import Refused, person_of
from retail_panel.portal.plain_page import PlainHandler
from retail_panel.portal.provider import Provider
from retail_panel.portal.ticket import TicketBooth

log = logging.getLogger(__name__)
WRONG = "Name or password is wrong, or your groups have no access here."
LATE = "This link is not valid any more. Go back to the portal and open the workbench from there."


class SsoHandler(PlainHandler):
    """Takes a ticket from the portal, in the form or the address, and goes on to the workbench."""

    def initialize(self, booth, attempts):
        """Take what all requests share."""
        self._booth, self._attempts = booth, attempts

    def get(self):
        """Take the ticket."""
        wait_s = self._attempts.wait_s(self.request.remote_ip)
        if wait_s > 0:
            self.show(429, "Too many attempts", problem=f"Try again in {wait_s / 60:.0f} minutes.")
            return
        try:
            name, groups = self._booth.take(self.get_argument("ticket", ""))
            self.admit(name, groups)
        except Refused as error:
            self._attempts.fail(self.request.remote_ip)
            log.warning("a ticket was refused: %s", error)
            record("was refused", where=self.request.remote_ip, why="ticket")
            self.show(401, "No access", problem=LATE, link=gate().portal.rules.login_url, label="To the portal")
            return
        record("logged in", name, where=self.request.remote_ip, way="ticket")
        self.set_header("Referrer-Policy", "no-referrer")
        self.redirect(self.next, status=303)

    def post(self):
        """Take the ticket from a form: it is then in no log and no history."""
        self.get()

    def check_xsrf_cookie(self):
        """Let the form of another site through: the ticket is the proof."""


class ToPortal(PlainHandler):
    """Sends whoever has no login to the portal."""

    def get(self):
        """Redirect."""
        self.redirect(gate().portal.rules.login_url)


class PasswordLogin(PlainHandler):
    """Asks for name and password."""

    def initialize(self, attempts):
        """Take what all requests share."""
        self._attempts = attempts

    def get(self):
        """Show the form."""
        self.show(200, "Log in", form="login", next=self.next)

    async def post(self):
        """Take name and password."""
        self.check_xsrf_cookie()
        name, password = self.get_body_argument("name", "")[:200], self.get_body_argument("password", "")[:1000]
        keys = (self.request.remote_ip, f"name {name}")
        wait_s = self._attempts.wait_s(*keys)
        if wait_s > 0:
            record("was refused", name, where=self.request.remote_ip, why="too many attempts")
            self.show(429, "Too many attempts", problem=f"Try again in {wait_s / 60:.0f} minutes.")
            return
        known = gate().portal.rules.get(name)
        # Off the event loop: it is slow on purpose.
        right = await IOLoop.current().run_in_executor(None, is_right, known, password)
        try:
            if not right:
                raise Refused("name or password is wrong")
            self.admit(name, known.groups)
        except Refused as error:
            self._attempts.fail(*keys)
            log.warning("a login was refused: %s", error)
            record("was refused", name, where=self.request.remote_ip, why="password")
            self.show(401, "Log in", form="login", next=self.next, problem=WRONG, name=name)
            return
        record("logged in", name, where=self.request.remote_ip, way="password")
        self.redirect(self.next, status=303)


class LogoutHandler(PlainHandler):
    """Ends a login."""

    def get(self):
        """Ask whether to."""
        self.show(200, "Log out", form="logout", words="Log out of this workbench?")

    def post(self):
        """Do it."""
        self.check_xsrf_cookie()
        try:
            name = person_of(self.request).name
        except Refused:
            raise HTTPError(401) from None
        gate().revoke(self.get_cookie(COOKIE))
        self.clear_cookie(COOKIE, path=f"{self.prefix}/")
        record("logged out", name, where=self.request.remote_ip)
        self.show(200, "You are logged out", link=f"{self.prefix}/login", label="Log in again")


def login_routes(portal):
    """Return the routes of a portal file's way to log in."""
    attempts = Attempts(portal.attempts)
    routes = [("/logout", LogoutHandler)]
    if portal.way == "ticket":
        return [*routes, ("/login", ToPortal), ("/sso", SsoHandler, {"booth": TicketBooth(portal.rules),
                                                                     "attempts": attempts})]  # fmt: skip
    if portal.way == "passwords":
        return [*routes, ("/login", PasswordLogin, {"attempts": attempts})]
    shared = {"provider": Provider(portal.rules), "rules": portal.rules, "attempts": attempts}
    return [*routes, ("/login", OidcLogin, shared)]
