"""The portal hands a person over by a ticket, which ends in our own cookie."""

import secrets
import time
from dataclasses import replace

import jwt
import pytest
from portal.served import served

from retail_panel.portal import gate as gates
from retail_panel.portal.gate import COOKIE, Gate
from retail_panel.portal.login import login_routes
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
