"""A path of ours answers to nobody without a login, nor without the right it needs."""

import pytest
from portal.served import served

from retail_panel.portal import gate as gates
from retail_panel.portal.gate import COOKIE, Gate
from retail_panel.portal.handler import PersonHandler


class Hello(PersonHandler):
    def get(self):
        self.write(self.current_user.name)


class Secret(Hello):
    right = "admin"


class Broken(PersonHandler):
    def get(self):
        raise RuntimeError("what nobody outside is told")


@pytest.fixture
def client():
    with served([("/hello", Hello), ("/secret", Secret), ("/broken", Broken)]) as client:
        yield client


def get(client, path, cookie=None):
    found = client.get(path, headers={"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    return found.status_code, found.text


def test_nobody_is_answered_without_a_login(client, gate):
    for path in ("/hello", "/secret", "/broken"):
        assert get(client, path) == (401, "401 Unauthorized\n")
        assert get(client, path, "forged") == (401, "401 Unauthorized\n")
    assert client.post("/hello").status_code == 401


def test_a_person_is_answered_as_far_as_their_rights_go(client, gate):
    vera, anna = gate.admit("Vera", ["viewers", "online"]), gate.admit("Anna", ["admins", "everyone"])
    assert get(client, "/hello", vera) == (200, "Vera")
    assert get(client, "/secret", vera) == (403, "403 Forbidden\n")
    assert get(client, "/secret", anna) == (200, "Anna")


def test_faults_are_not_told(client, gate, caplog):
    caplog.set_level("CRITICAL")
    status, text = get(client, "/broken", gate.admit("Vera", ["viewers", "online"]))
    assert status == 500 and "nobody" not in text


def test_where_no_login_is_set_up_the_visitor_is_local(client):
    before = gates.set_gate(Gate())
    try:
        assert get(client, "/secret") == (200, "local")
    finally:
        gates.set_gate(before)
