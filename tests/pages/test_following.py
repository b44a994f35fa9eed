"""When a page asks: at once for what the visitor does, now and then for rows that arrive, never while it is closed."""

import pytest
from crossfilter.mirror import as_batch

from retail_panel.crossfilter.clause import Values
from retail_panel.pages import following
from retail_panel.pages.following import CADENCE_S, Following
from retail_panel.pages.study_grid import StudyGrid
from retail_panel.studies import Nothing, Study

START = "page=trends&rfm.k=3"


def nothing(asking):
    """Answer that there is nothing to draw."""
    raise Nothing("No order line.")


STUDY = Study("lines", "Lines", nothing, None, None, None, "Nothing.")


@pytest.fixture
def clock(monkeypatch):
    """The time that pages go by; a test moves it on."""
    now = [100.0]
    monkeypatch.setattr(following.time, "monotonic", lambda: now[0])
    return now


class Asked:
    """A page that notes what it asks for."""

    def __init__(self, desk, document):
        self.desk, self.document, self.questions = desk, document, []
        self.following = Following(desk.session, "trends", lambda *question: self.questions.append(question))
        desk.open(START)

    def arrive(self, batch):
        """Let rows arrive and be shown."""
        self.desk.store.append(batch)
        self.desk.session.tick()
        self.desk.settle()

    @property
    def later(self):
        """What the page has put off."""
        return [each for each in self.document.session_callbacks if hasattr(each, "timeout")]


@pytest.fixture
def asked(own_desk, document, clock):
    return Asked(own_desk, document)


@pytest.fixture
def under_way(own_desk, document, clock):
    """A page whose study has been asked for and is not answered yet."""
    grid = StudyGrid([STUDY], own_desk.session, None, "trends")
    own_desk.session.restore(START)
    while grid._following._asked is None:
        own_desk.work()
        own_desk.show()
    return grid


def test_what_the_visitor_does_is_asked_at_once(asked):
    asked.desk.session.selection.set({"channel": Values(("Online",))})
    asked.desk.settle()
    assert [filters for _, filters in asked.questions] == [{}, {"channel": Values(("Online",))}]


def test_rows_that_arrive_wait_for_their_turn(asked, clock, rows):
    clock[0] += 1
    for first in (200, 240):
        asked.arrive(as_batch(rows.iloc[first : first + 40]))
    assert len(asked.questions) == 1
    (later,) = asked.later
    assert later.timeout == 1000 * (CADENCE_S - 1)
    later.callback()
    scene, _ = asked.questions[-1]
    assert len(asked.questions) == 2 and scene.version == asked.desk.store.version
    clock[0] += CADENCE_S
    asked.arrive(as_batch(rows.iloc[280:]))
    assert len(asked.questions) == 3


def test_studies_that_were_called_off_by_something_else_are_asked_again_at_once(own_desk, under_way, document):
    own_desk.session.measure = "units"
    own_desk.settle()
    (card,) = under_way.cards
    assert str(card.answer) == "No order line."
    assert not [each for each in document.session_callbacks if hasattr(each, "timeout")]


def test_coming_back_asks_at_once(asked):
    session = asked.desk.session
    session.page = "overview"
    asked.following.ask()
    asked.desk.settle()
    assert len(asked.questions) == 1
    session.page = "trends"
    asked.desk.settle()
    assert len(asked.questions) == 2 and not asked.later


def test_leaving_and_coming_back_in_one_go_asks_at_once(asked):
    session = asked.desk.session
    session.page = "overview"
    session.page = "trends"
    asked.desk.settle()
    assert len(asked.questions) == 2 and not asked.later


def test_studies_called_off_by_leaving_are_answered_on_coming_back(own_desk, under_way):
    own_desk.session.page = "overview"
    own_desk.settle()
    (card,) = under_way.cards
    assert card.answer is None
    own_desk.session.page = "trends"
    own_desk.settle()
    assert str(card.answer) == "No order line."
