"""Files need the right to take them along: there is no button, and whatever sends a file refuses."""

import pytest
from crossfilter.desk import Desk

from retail_panel.pages.audience_files import AudienceFiles
from retail_panel.pages.file_button import FileButton
from retail_panel.pages.files import files
from retail_panel.portal.person import Person, Refused
from retail_panel.store import EVERYTHING


@pytest.fixture
def desk(store):
    made = Desk(store, charts=("channel",), person=Person("Vera", "viewer", EVERYTHING, frozenset()))
    made.open("rfm.k=3")
    yield made
    made.session.close()
    made.settle()


def test_there_is_no_button(desk, document):
    button = FileButton(desk.session, "CSV", "text/csv", lambda: lambda ticket: b"", "all.csv")
    assert not button.layout.visible
    assert not AudienceFiles(desk.session, None).layout.visible
    assert len(files(desk.session, ("a table",), None)) == 0


def test_a_press_without_a_button_makes_no_file(desk, document):
    made = []
    button = FileButton(desk.session, "CSV", "text/csv", lambda: made.append, "all.csv")
    button.press()
    desk.settle()
    assert made == [] and desk.session.file is None and "you have no right" in desk.session.problem


def test_whatever_sends_a_file_refuses(desk):
    with pytest.raises(Refused, match="you have no right"):
        desk.session.bring("all.csv", "text/csv", b"Ada")
    assert desk.session.file is None


def test_whoever_has_the_right_gets_the_file_and_it_is_noted(store):
    noted = []
    person = Person("Ann", "analyst", EVERYTHING, frozenset({"export"}))
    desk = Desk(store, person=person, record=lambda what, **facts: noted.append((what, facts)))
    desk.session.bring("all.csv", "text/csv", b"Ada")
    assert desk.session.file == ("all.csv", "text/csv", b"Ada")
    assert noted == [("exported", {"file": "all.csv", "bytes": 3, "query": ""})]
    desk.session.close()
