from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from retail_panel.ops.guard import from_here, has_token

TOKEN = "a-token-of-the-tests"


def request(ip="127.0.0.1", **headers):
    given = {"Host": "localhost:5006"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(remote_ip=ip, headers=HTTPHeaders(given))


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (request(), True),
        (request("::1", Host="[::1]:5006"), True),
        (request(Host="127.0.0.1"), True),
        (request("10.0.0.7"), False),
        (request("127.0.0.1", X_Forwarded_For="10.0.0.7"), False),
        (request("127.0.0.1", Forwarded="for=10.0.0.7"), False),
        (request("127.0.0.1", X_Real_IP="10.0.0.7"), False),
        (request("127.0.0.1", Host="rebound.example"), False),
        (request("not an address"), False),
        (request(None), False),
    ],
)
def test_who_is_on_this_machine(asked, near):
    assert from_here(asked) is near


@pytest.mark.parametrize(
    ("header", "token", "let_in"),
    [
        (f"Bearer {TOKEN}", TOKEN, True),
        (f"bearer {TOKEN}", TOKEN, True),
        (f"Bearer {TOKEN}x", TOKEN, False),
        (f"Basic {TOKEN}", TOKEN, False),
        ("Bearer ", TOKEN, False),
        ("", TOKEN, False),
        ("Bearer \udcff", TOKEN, False),
        ("Bearer None", None, False),
        ("Bearer ", "", False),
    ],
)
def test_who_has_the_token(header, token, let_in):
    assert has_token(request(Authorization=header), token) is let_in
