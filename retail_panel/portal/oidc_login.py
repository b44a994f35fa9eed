"""Logging in by OpenID Connect: the browser goes to the provider and comes back with a code for our cookie."""

import hashlib
import json
import logging
import secrets
import time
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

from retail_panel.portal.audit import record
from retail_panel.portal.id_token import person_in
from retail_panel.portal.person import Refused
from retail_panel.portal.plain_page import PlainHandler
from retail_panel.portal.provider import NoAnswer

log = logging.getLogger(__name__)
SILENT = "The provider of logins does not answer as it should. Try again in a while."
FAILED = "The login did not work, or your groups have no access here."
#: The cookie of whoever has begun to log in, and for how many seconds they may take.
BEGUN, BEGUN_S = "retail_panel_login", 900


class OidcLogin(PlainHandler):
    """Sends the browser to the provider, and takes the code that it comes back with."""

    def initialize(self, provider, rules, attempts):
        """Take what all requests share."""
        self._provider, self._rules, self._attempts = provider, rules, attempts

    async def get(self):
        """Begin, or go on after the provider."""
        wait_s = self._attempts.wait_s(self.request.remote_ip)
        if wait_s > 0:
            self.show(429, "Too many attempts", problem=f"Try again in {wait_s / 60:.0f} minutes.")
            return
        is_back = any(self.get_query_argument(name, None) is not None for name in ("code", "error", "state"))
        try:
            await (self._end() if is_back else self._begin())
        except NoAnswer as error:
            log.error("nobody can log in: %s", error)
            self.show(503, "No login at the moment", problem=SILENT, link=f"{self.prefix}/login", label="Try again")
        except Refused as error:
            self._attempts.fail(self.request.remote_ip)
            log.warning("a login was refused: %s", error)
            record("was refused", where=self.request.remote_ip, why="provider")
            self.show(403, "No access", problem=FAILED, link=f"{self.prefix}/login", label="Log in")

    async def _begin(self):
        described, rules = await self._provider.description(), self._rules
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = json.dumps([state, nonce, verifier, self.next, int(time.time())])
        self.set_secure_cookie(BEGUN, begun, expires_days=None, max_age=BEGUN_S, **self.cookie_terms)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": rules.client_id, "redirect_uri": rules.redirect_url,
                 "scope": " ".join(rules.scopes), "state": state, "nonce": nonce, "code_challenge": challenge,
                 "code_challenge_method": "S256"}  # fmt: skip
        self.set_header("Cache-Control", "no-store")
        place = described["authorization_endpoint"]
        self.redirect(f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}")

    async def _end(self):
        # Tornado counts the age of cookies in whole days.
        begun = self.get_secure_cookie(BEGUN, max_age_days=1)
        self.clear_cookie(BEGUN, path=f"{self.prefix}/")
        if begun is None:
            raise Refused("this browser has begun no login")
        state, nonce, verifier, wanted, since = json.loads(begun)
        if time.time() > since + BEGUN_S:
            raise Refused("the login was begun too long ago")
        if not secrets.compare_digest(self.get_query_argument("state", "").encode(), state.encode()):
            raise Refused("the answer is to another login")
        if self.get_query_argument("iss", self._rules.issuer) != self._rules.issuer:
            raise Refused("the answer is of another provider")
        code = self.get_query_argument("code", "")
        if not code:
            raise Refused("the provider let nobody in")
        claims = await self._provider.person_claims(code, verifier, nonce)
        name, groups = person_in(claims, self._rules)
        self.admit(name, groups)
        record("logged in", name, where=self.request.remote_ip, way="provider")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.redirect(wanted)
