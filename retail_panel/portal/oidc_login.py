"""Logging in by OAuth 2 and OpenID Connect, with Panel's own providers and our own cookie."""

import base64
import json
import logging
import time

from jinja2 import Environment
from panel.auth import AUTH_PROVIDERS, CODE_COOKIE_NAME, STATE_COOKIE_NAME
from panel.config import config
from tornado.web import HTTPError

from retail_panel.portal.audit import record
from retail_panel.portal.person import Refused
from retail_panel.portal.plain_page import HEADERS, PlainHandler, page

log = logging.getLogger(__name__)
FAILED = "The login did not work, or your groups have no access here."


def claims_of(token, client_id, now):
    """Return the claims of an id token, or of what a provider tells of a user.

    The token comes from the provider itself over TLS, in answer to our own request, which stands for its signature
    (OpenID Connect Core, 3.1.3.7); whom it is for and how long is checked here.

    Raises
    ------
    Refused
        If it is for somebody else, late, or cannot be read.
    """
    parts = token.split(".")
    try:
        text = parts[1] if len(parts) == 3 else token
        claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, IndexError) as error:
        raise Refused("the id token cannot be read") from error
    audience = claims.get("aud", client_id)
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise Refused("the id token is for somebody else")
    if claims.get("exp", now) < now:
        raise Refused("the id token is too old")
    return claims


class OurCookie(PlainHandler):
    """Before a handler of Panel's: keeps its short-lived cookies, and puts ours in place of the provider's tokens."""

    def set_cookie(self, name, value, **terms):
        """Set a cookie as ours are."""
        terms = {**{key: terms[key] for key in ("max_age", "expires", "expires_days") if key in terms},
                 **self.cookie_terms}  # fmt: skip
        super().set_cookie(name, value, **terms)

    def set_secure_cookie(self, name, value, expires_days=None, **terms):
        """Let the browser keep nothing of the provider's but what proves that it is the one who began."""
        if name in (STATE_COOKIE_NAME, CODE_COOKIE_NAME):
            super().set_secure_cookie(name, value, expires_days=1 / 96, **terms)
        elif name == "id_token":
            self._enter(value if isinstance(value, str) else value.decode())

    def clear_cookie(self, name, **terms):
        """Clear a cookie where it was set."""
        super().clear_cookie(name, path=f"{self.prefix}/")

    def _enter(self, token):
        rules = self.rules
        try:
            claims = claims_of(token, rules.client_id, time.time())
            name, groups = claims.get(rules.name), claims.get(rules.groups, [])
            if not isinstance(name, str) or not name:
                raise Refused(f"the provider does not tell the claim {rules.name!r}")
            if rules.name == "email" and claims.get("email_verified") is False:
                raise Refused("the provider has not verified the address")
            self.admit(name, [group for group in groups if isinstance(group, str)] if isinstance(groups, list) else [])
        except Refused as error:
            log.warning("a login was refused: %s", error)
            record("was refused", where=self.request.remote_ip, why="provider")
            raise HTTPError(403, FAILED) from error
        record("logged in", name, where=self.request.remote_ip, way="provider")

    def write_error(self, status_code, **kwargs):
        """Answer with a page of ours."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.finish(page("No access", problem=FAILED, link=f"{self.prefix}/login", label="Log in"))


def oidc_login(rules):
    """Return the handler of logins by a provider, and tell Panel of it."""
    config.oauth_key, config.oauth_secret = rules.client_id, rules.client_secret
    config.oauth_redirect_uri = rules.redirect_url
    config.oauth_jwt_user = rules.name
    config.oauth_extra_params = {**rules.extra, "scope": list(rules.scopes)}
    provider = AUTH_PROVIDERS[rules.provider]
    empty = Environment(autoescape=True).from_string("")
    return type("OidcLogin", (OurCookie, provider), {"rules": rules, "_error_template": empty})
