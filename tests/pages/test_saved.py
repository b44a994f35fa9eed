"""Saved views: kept by name and per user, opened, replaced and removed."""

from dataclasses import replace

import pytest
from crossfilter.desk import Desk

from pages.visitor import one, press
from retail_panel.crossfilter.clause import Values
from retail_panel.pages.saved import SavedViews
from retail_panel.portal.person import LOCAL


@pytest.fixture
def views(own_desk):
    """The dialog of a visitor who has opened the page and the dialog."""
    own_desk.open("rfm.k=3")
    views = SavedViews(own_desk.session)
    press(views.layout[0])
    return views


def save(views, name):
    """Save the present view under a name."""
    one(views.panel, label="Name of this view").value = name
    press(one(views.panel, "Button", label="Save"))


def choice(views):
    """Return the list of saved views."""
    return one(views.panel, "Select")


def test_a_view_is_saved_opened_and_removed(views, own_desk):
    session = own_desk.session
    assert views.panel.open and choice(views).options == []
    session.selection.set({"channel": Values(("Online",))})
    own_desk.settle()
    state = session.query
    save(views, " Web ")
    assert (choice(views).options, choice(views).value) == (["Web"], "Web")
    assert one(views.panel, label="Name of this view").value == ""
    session.selection.clear()
    own_desk.settle()
    press(one(views.panel, "Button", label="Open"))
    assert own_desk.settle().query == state and not views.panel.open
    press(one(views.panel, "Button", label="Remove"))
    assert choice(views).options == [] and session.store.saved_views("local") == {}
    press(one(views.panel, "Button", label="Remove"))
    press(one(views.panel, "Button", label="Open"))
    assert own_desk.settle().query == state


def test_saving_again_replaces_and_long_names_are_cut(views, own_desk):
    save(views, "Mine")
    own_desk.session.measure = "orders"
    save(views, "Mine")
    save(views, "x" * 100)
    assert own_desk.session.store.saved_views("local") == {
        "Mine": own_desk.session.query, "x" * 80: own_desk.session.query,
    }  # fmt: skip
    assert choice(views).value == "x" * 80


def test_a_view_without_a_name_is_told(views, own_desk):
    save(views, "  ")
    assert own_desk.session.problem == "A view needs a name to be saved under."
    assert own_desk.session.store.saved_views("local") == {}
    save(views, "Now it has one")
    assert own_desk.session.problem == ""


def test_views_of_others_are_not_listed(views, own_desk):
    save(views, "Mine")
    other = Desk(own_desk.store, person=replace(LOCAL, name="Bea"))
    theirs = SavedViews(other.session)
    press(theirs.layout[0])
    assert choice(theirs).options == []


def test_the_link_names_the_view(views, own_desk):
    own_desk.session.measure = "orders"
    press(views.layout[0])
    assert one(views.panel, label="Link to this view").value == f"?{own_desk.session.query}"
