"""The end of the sidebar: who is logged in, and for admins the audit."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest
from crossfilter.desk import Desk

from pages.visitor import all_of, one, press, rows_of, words
from retail_panel.pages.account import Account
from retail_panel.portal.person import LOCAL, Person
from retail_panel.store import EVERYTHING

RECORD = (datetime(2026, 1, 2, 3, 4, 5), "Vera", "exported", "10.0.0.1", '{"file": "<b>all</b>.csv", "query": ""}')


@pytest.fixture
def audit():
    asked = []

    def search(text, most):
        asked.append(text)
        return [RECORD]

    return SimpleNamespace(search=search, asked=asked)


def account(store, person, audit):
    desk = Desk(store, person=person)
    return desk, Account(desk.session, audit)


def test_there_is_nothing_without_a_login(store, document):
    desk, found = account(store, LOCAL, None)
    assert found.layout == []
    desk.session.close()


def test_a_viewer_sees_who_they_are_and_no_audit(store, document, audit):
    desk, found = account(store, Person("Vera & Co", "viewer", EVERYTHING, frozenset()), audit)
    assert "Vera & Co · viewer Log out" in words(found.layout)
    assert all_of(found.layout, "Button") == []
    found.search()
    desk.settle()
    assert audit.asked == []
    desk.session.close()


def test_an_admin_finds_who_did_what(store, document, audit):
    desk, found = account(store, replace(LOCAL, name="Anna"), audit)
    press(one(found.layout, "Button"))
    desk.settle()
    assert found.panel.open and audit.asked == [""]
    shown = one(found.layout, "HTML", css_classes=["audit"]).object
    assert rows_of(shown) == [["2026-01-02 03:04:05", "Vera", "exported", "10.0.0.1", "file <b>all</b>.csv"]]
    one(found.layout, "TextInput").value = "vera"
    desk.settle()
    assert audit.asked == ["", "vera"]
    desk.session.close()
