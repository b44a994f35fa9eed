"""The portal hands a person over by a ticket, and a provider by a code; both end in our own cookie."""

import base64
import json
import secrets
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from panel.config import config
from portal.served import served
from tornado.web import RequestHandler

from retail_panel.portal import gate as gates
from retail_panel.portal.gate import COOKIE, Gate
from retail_panel.portal.login import login_routes
from retail_panel.portal.oidc_rules import OidcRules
from retail_panel.portal.ticket import TicketRules

KEY = secrets.token_hex(32)
RULES = TicketRules(KEY, "HS256", "https://portal.test", "retail-panel", "https://portal.test/open")


def ticket(**other):
    usual = {"iss": RULES.issuer, "aud": RULES.audience, "sub": "Vera", "groups": ["viewers", "online"],
             "iat": int(time.time()), "exp": int(time.time()) + 60, "jti": secrets.token_hex(8)}  # fmt: skip
    return jwt.encode({**usual, **other}, KEY, algorithm="HS256")


@pytest.fixture
def handing(gate):
    """Set how people log in; returns the gate."""

    def use(way, rules):
        made = Gate(replace(gate.portal, way=way, rules=rules))
        gates.set_gate(made)
        return made

    return use


@pytest.fixture
def portal_client(handing):
    made = handing("ticket", RULES)
    with served(login_routes(made.portal)) as client:
        yield client


def person(found):
    return gates.gate().person({COOKIE: found.cookies[COOKIE].strip('"')})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ticket_becomes_a_cookie_and_leads_into_the_workbench(portal_client, method):
    given = {"ticket": ticket(), "next": "/app?page=trends"}
    found = portal_client.request(method, "/sso", **({"params": given} if method == "GET" else {"data": given}))
    assert found.status_code == 303 and found.headers["Location"] == "/app?page=trends"
    assert (person(found).name, person(found).role) == ("Vera", "viewer")
    assert "HttpOnly" in found.headers["Set-Cookie"] and found.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "bad",
    [{"aud": "another"}, {"iss": "https://evil.test"}, {"exp": 1, "iat": 0}, {"sub": ""}, {"groups": ["unknown"]},
     {"groups": []}],
)  # fmt: skip
def test_a_ticket_that_is_not_ours_becomes_none(portal_client, bad):
    found = portal_client.get("/sso", params={"ticket": ticket(**bad)})
    assert found.status_code == 401 and COOKIE not in found.cookies
    assert "https://portal.test/open" in found.text and "another" not in found.text


def test_a_ticket_is_taken_once_and_never_leads_elsewhere(portal_client):
    text = ticket()
    found = portal_client.get("/sso", params={"ticket": text, "next": "https://evil.test/"})
    assert found.headers["Location"] == "/"
    assert portal_client.get("/sso", params={"ticket": text}).status_code == 401


def test_guessing_tickets_has_to_wait(portal_client):
    found = [portal_client.get("/sso", params={"ticket": "x.y.z"}).status_code for _ in range(7)]
    assert found == [401] * 5 + [429] * 2
    assert portal_client.get("/sso", params={"ticket": ticket()}).status_code == 429


def test_who_has_no_login_is_sent_to_the_portal(portal_client):
    assert portal_client.get("/login").headers["Location"] == "https://portal.test/open"


class Token(RequestHandler):
    """The token endpoint of a provider."""

    def initialize(self, claims):
        self._claims = claims

    def post(self):
        if self.get_body_argument("code") != "a code" or self.get_body_argument("client_secret") != "a secret":
            self.set_status(400)
            self.finish({"error": "invalid_grant"})
            return
        part = base64.urlsafe_b64encode(json.dumps(self._claims).encode()).rstrip(b"=").decode()
        self.finish({"access_token": "an access token", "id_token": f"h.{part}.s", "expires_in": 60})


@pytest.fixture
def provider(handing):
    """A client of a workbench whose provider tells what a test puts into the claims."""
    claims = {"email": "vera@shop.test", "groups": ["viewers", "online"], "aud": "panel", "exp": time.time() + 60}
    names = ("oauth_key", "oauth_secret", "oauth_redirect_uri", "oauth_jwt_user", "oauth_extra_params")
    before = {name: getattr(config, name) for name in names}
    with served([("/token", Token, {"claims": claims})]) as stub:
        rules = OidcRules(
            "generic", "panel", "a secret", "http://shop.test/login",
            extra={"AUTHORIZE_URL": "https://login.test/auth", "TOKEN_URL": str(stub.base_url.join("/token"))},
        )  # fmt: skip
        made = handing("oidc", rules)
        with served(login_routes(made.portal), cookie_secret="s" * 32) as client:
            client.claims = claims
            yield client
    for name, value in before.items():
        setattr(config, name, value)


def begin(client, **params):
    found = client.get("/login", params=params)
    assert found.status_code == 302 and found.headers["Location"].startswith("https://login.test/auth?")
    return parse_qs(urlsplit(found.headers["Location"]).query)


def test_a_code_of_the_provider_becomes_a_cookie(provider):
    asked = begin(provider, next="/app")
    assert asked["client_id"] == ["panel"] and asked["redirect_uri"] == ["http://shop.test/login"]
    found = provider.get("/login", params={"code": "a code", "state": asked["state"][0]})
    assert found.status_code == 302 and found.headers["Location"] == "/app"
    assert (person(found).name, person(found).role) == ("vera@shop.test", "viewer")
    # Nothing of the provider's reaches the browser.
    assert set(found.cookies) == {COOKIE} and "access token" not in str(found.headers)
    assert "HttpOnly" in str(found.headers) and "SameSite=Lax" in str(found.headers)


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"exp": 1}, {"groups": ["unknown"]}, {"groups": "admins"}, {"email": ""},
     {"email_verified": False}],
)  # fmt: skip
def test_whoever_the_provider_does_not_vouch_for_is_refused(provider, claims):
    provider.claims.update(claims)
    asked = begin(provider)
    found = provider.get("/login", params={"code": "a code", "state": asked["state"][0]})
    assert found.status_code in (401, 403) and COOKIE not in found.cookies


def test_an_answer_that_nobody_asked_for_is_refused(provider):
    asked = begin(provider)
    for code, state in (("a code", "another"), ("another", asked["state"][0])):
        found = provider.get("/login", params={"code": code, "state": state})
        assert found.status_code in (400, 401) and COOKIE not in found.cookies
        assert "Traceback" not in found.text and "invalid_grant" not in found.text
