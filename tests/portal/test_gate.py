"""A cookie is a person as long as it is ours and fresh."""

import json
from types import SimpleNamespace

import pytest
from tornado.web import create_signed_value

from retail_panel.portal.gate import COOKIE, Gate
from retail_panel.portal.keys import derived
from retail_panel.portal.person import LOCAL, Refused, current_person, person_of
from retail_panel.store import EVERYTHING


def asking(**cookies):
    return SimpleNamespace(cookies=cookies)


def test_without_a_portal_file_everyone_is_local():
    assert Gate().person({}) == LOCAL and Gate().is_open


def test_who_was_admitted_is_known_again(gate):
    person = person_of(asking(**{COOKIE: gate.admit("Anna", ["admins", "everyone"])}))
    assert (person.name, person.role, person.policy) == ("Anna", "admin", EVERYTHING)
    # A session context holds the request, and Tornado's cookies hold their values.
    cookie = SimpleNamespace(value=gate.admit("Vera", ["viewers", "online"]))
    assert person_of(SimpleNamespace(request=asking(**{COOKIE: cookie}))).name == "Vera"


def test_who_has_no_access_gets_no_cookie(gate):
    with pytest.raises(Refused, match="no role"):
        gate.admit("Nora", ["online"])


@pytest.mark.parametrize("cookies", [{}, {COOKIE: ""}, {COOKIE: "Anna"}, {"user": "Anna"}])
def test_without_a_cookie_of_ours_there_is_nobody(gate, cookies):
    with pytest.raises(Refused, match="nobody is logged in"):
        person_of(asking(**cookies))


def test_the_panel_session_at_hand_needs_one_too(gate):
    with pytest.raises(Refused):
        current_person()


def test_a_changed_cookie_is_nobodys(gate):
    good = gate.admit("Vera", ["viewers", "online"])
    for at in range(0, len(good), 7):
        other = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(Refused):
            gate.person({COOKIE: other})


def test_a_cookie_of_another_secret_or_purpose_is_nobodys(gate, now):
    text = json.dumps(["Anna", ["admins", "everyone"], int(now[0])])
    for key in (b"x" * 32, derived(gate.portal.secret, "another"), gate.portal.secret):
        with pytest.raises(Refused):
            gate.person({COOKIE: create_signed_value(key, COOKIE, text, clock=lambda: now[0]).decode()})
    key = derived(gate.portal.secret, "cookie")
    with pytest.raises(Refused):
        gate.person({COOKIE: create_signed_value(key, "user", text, clock=lambda: now[0]).decode()})


def test_a_login_ends_after_its_hours(gate, now):
    cookie = gate.admit("Vera", ["viewers", "online"])
    now[0] += 8 * 3600 - 1
    assert gate.person({COOKIE: cookie}).name == "Vera"
    now[0] += 2
    with pytest.raises(Refused, match="older than 8 hours"):
        gate.person({COOKIE: cookie})
