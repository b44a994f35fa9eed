"""Viewers are told of no group of few customers, however they ask for it."""

import numpy as np
import pytest
from crossfilter.desk import Desk

from retail_panel.crossfilter.small_groups import TooFew
from retail_panel.pages.contents import PAGES
from retail_panel.pages.customers import CustomersPage
from retail_panel.pages.details import Details
from retail_panel.pages.segments import SegmentsPage
from retail_panel.pages.study_page import StudyPage
from retail_panel.portal.person import Person
from retail_panel.store import EVERYTHING

# Online bought Ada, Ben and Dan; in the store Ada, Ben, Cleo, Eve and Finn; Dan's orders are of January and February.


@pytest.fixture
def desk(store):
    """A viewer who may be told of groups of three; everybody has two of the segments' six."""
    made = Desk(store, charts=("channel", "segment"), person=Person("Vera", "viewer", EVERYTHING, {"export"}, 3))
    yield made
    made.session.close()
    made.settle()


def shown(desk):
    wholes, parts, _ = desk.screen.shown[-1]
    return {key.dims[0]: array for key, array in wholes.items()}, {key.dims[0]: array for key, array in parts.items()}


def test_bars_of_small_groups_are_left_out(desk):
    desk.open("rfm.k=3")
    wholes, parts = shown(desk)
    assert sorted(wholes["channel"][wholes["channel"] > 0]) == [570, 660]
    assert not np.any(wholes["segment"]) and not np.any(parts["segment"])
    desk.session.filter("channel", "Online")
    desk.settle()
    assert not np.any(shown(desk)[1]["segment"]) and np.any(shown(desk)[1]["channel"])


def test_tiles_have_no_course_while_a_day_of_it_is_of_few(desk, store):
    desk.open("rfm.k=3")
    assert desk.screen.tiles[-1].now and not desk.screen.tiles[-1].lines
    other = Desk(store, desk.scenes, person=Person("Ann", "analyst", EVERYTHING, frozenset()))
    other.open("rfm.k=3")
    assert other.screen.tiles[-1].lines
    other.session.close()
    other.settle()


def test_a_selection_of_few_shows_nothing(desk):
    session = desk.open("rfm.k=3&sel.ordered_at=2024-01-15..2024-01-16")
    assert "fewer than 3 customers" in session.problem
    assert all(isinstance(part, TooFew) for part in desk.screen.shown[-1][1].values())
    assert not desk.screen.tiles[-1].now and not desk.screen.tiles[-1].lines
    assert not session.answers.may_study


def test_nothing_more_is_asked_of_few_whatever_is_opened(desk, document):
    session = desk.open("rfm.k=3&sel.ordered_at=2024-01-15..2024-01-16")
    asked = []
    for contents in PAGES[:1]:
        session.answers.followers.append(lambda scene, filters: asked.append(filters))
        session.page = contents.name
        desk.settle()
    assert asked == []


def test_a_brush_that_moves_tells_nothing_in_between(desk):
    session = desk.open("rfm.k=3")
    chart = desk.screen.charts[0]
    session.answers.brush.activate(chart)
    desk.settle()
    session.answers.brush.move(chart, ((0, 1),))
    desk.settle()
    assert desk.screen.moves == []


def test_a_selection_of_few_takes_the_figures_of_before_away(desk, document):
    session = desk.open("rfm.k=3&page=behaviour")
    contents = next(page for page in PAGES if page.name == "behaviour")
    details = Details(session)
    page = StudyPage(contents, session, details)
    session.answers.settle()
    desk.settle()
    (channels,) = (card for card in page.studies.cards if card.study.name == "channels")
    (bars,) = (card for card in page.charts.cards if card.chart.name == "behaviour_time")
    figure, source = channels.figure, bars.live.source
    assert figure is not None and any(source.data["whole"]) and channels._says.visible
    details.open_study(channels)
    assert details.drawer.open

    session.filter("ordered_at", "2024-01-15..2024-01-16")
    desk.settle()
    assert isinstance(channels.answer, TooFew) and channels.figure is None and len(channels._place) == 0
    assert "fewer than 3 customers" in channels._nothing.object and not channels._says.visible
    assert not any(source.data["whole"]) and not any(source.data["part"]) and bars.whole is None
    assert not details.drawer.open and len(details.drawer) == 0
    details.open_study(channels)
    assert "Table" not in details.drawer[0][1]._names and "Files" not in details.drawer[0][1]._names

    session.clear()
    desk.settle()
    assert channels.figure is not None and channels.figure is not figure and channels._says.visible
    assert any(source.data["whole"])


def test_groups_of_few_are_not_in_the_table_of_the_segments_page(desk, document):
    contents = next(page for page in PAGES if page.name == "segments")
    session = desk.open("rfm.k=2&page=segments")
    page = SegmentsPage(contents, session, Details(session))
    session.answers.settle()
    desk.settle()
    groups = session.scene.population.groups
    sizes = [group.customers for group in groups]
    assert sizes and min(sizes) < 3
    assert not [group.name for group in groups if group.customers < 3 and group.name in page._profile.object]
    assert "fewer than 3 customers" in page._notes.object
    session.restore("rfm.k=2&page=segments&ordered_at=2024-01-15..2024-01-16")
    desk.settle()
    assert page._profile.object == "" and not any(part.visible for part in page._of_groups)
    assert "Nothing is shown" in page._notes.object


def test_a_page_that_was_left_has_no_figures_of_before_either(desk, document):
    session = desk.open("rfm.k=3&page=behaviour")
    page = StudyPage(next(page for page in PAGES if page.name == "behaviour"), session, Details(session))
    session.answers.settle()
    desk.settle()
    session.page = "overview"
    session.filter("ordered_at", "2024-01-15..2024-01-16")
    desk.settle()
    session.page = "behaviour"
    desk.settle()
    assert all(card.answer is None or isinstance(card.answer, TooFew) for card in page.studies.cards)
    assert all(card.figure is None for card in page.studies.cards)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_single_customers_are_not_listed(desk, document):
    session = desk.open("rfm.k=3&page=customers&of.customers.who=Ada")
    contents = next(page for page in PAGES if page.name == "customers")
    page = CustomersPage(contents, session, Details(session))
    session.answers.settle()
    desk.settle()
    assert page._nobody.visible and not page._grid.visible
    with pytest.raises(TooFew, match="fewer than 3 customers"):
        page.files._begin("csv")


def test_others_see_groups_of_any_size(store):
    desk = Desk(store, charts=("segment",), person=Person("Ann", "analyst", EVERYTHING, {"export"}))
    session = desk.open("rfm.k=3&sel.ordered_at=2024-01-15..2024-01-16")
    assert session.problem == "" and session.answers.may_study and np.any(shown(desk)[1]["segment"])
    session.close()
    desk.settle()
