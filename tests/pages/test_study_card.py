"""What a pointer does on the drawing of a study, and the same from its menu."""

import pytest
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import BoxSelectTool
from panel.models.esm import DataEvent

from pages.visitor import all_of, one, press
from retail_panel.crossfilter.clause import Move, Range, Values
from retail_panel.pages.details import Details
from retail_panel.pages.study_grid import StudyGrid
from retail_panel.studies.retention.cohort_retention import COHORT_RETENTION
from retail_panel.studies.retention.concentration import CONCENTRATION
from retail_panel.studies.retention.segment_matrix import SEGMENT_MATRIX
from retail_panel.studies.segments.space import SPACE


@pytest.fixture
def opened(desk, document):
    """Opens the page of one study; returns its card."""

    def open_(study, touch=False):
        grid = StudyGrid([study], desk.session, None, "overview", touch=touch)
        desk.open("rfm.k=3")
        (card,) = grid.cards
        return card

    return open_


def fire(figure, event):
    """Let a figure meet an event of the browser."""
    event.model = figure
    figure._trigger_event(event)


def boxed(low, high, final=True):
    return SelectionGeometry(None, {"type": "rect", "x0": low, "x1": high, "y0": 0, "y1": 1}, final)


def test_a_box_on_the_pareto_curve_selects_between_its_ends_and_again_takes_it_back(opened, desk):
    card = opened(CONCENTRATION)
    (tool,) = card.figure.select(BoxSelectTool)
    # Without ends a box that is seen covers the whole drawing.
    assert card.figure.toolbar.active_drag is tool and not tool.overlay.visible
    fire(card.figure, boxed(0.1, 0.4, final=False))
    assert desk.settle().selection.clauses == {}
    fire(card.figure, boxed(0.1, 0.4))
    session = desk.settle()
    assert session.selection.clauses == {"sales_rank": Range(10, 40)}
    assert "sel.sales_rank=10..40" in session.query
    assert session.sentence()[1] == "Rank by net sales from 10% to under 40%"
    assert card.answer.picked == (10, 40)
    fire(card.figure, boxed(0.1, 0.4))
    assert desk.settle().selection.clauses == {}
    session.undo()
    assert desk.settle().selection.clauses == {"sales_rank": Range(10, 40)}


def test_a_tap_is_enough_on_a_phone_where_swipes_scroll(opened, desk):
    card = opened(CONCENTRATION, touch=True)
    assert not list(card.figure.select(BoxSelectTool)) and card.figure.toolbar.active_drag is None
    fire(card.figure, Tap(None, x=0.22, y=0.5))
    assert desk.settle().selection.clauses == {"sales_rank": Range(None, 20)}
    fire(card.figure, Tap(None, x=0.19, y=0.5))
    assert desk.settle().selection.clauses == {}


def test_a_point_or_a_name_in_three_dimensions_selects_its_group(opened, desk):
    card = opened(SPACE)
    pane = card._place[0]
    names = list(card.answer["names"].values())

    def hear(message):
        # As it comes from a browser: callbacks of Panel's own would get the event around it.
        pane._process_event(DataEvent(None, message))

    hear(1)
    session = desk.settle()
    assert session.selection.clauses == {"cluster": Values((names[1],))}
    faint = [trace["marker"]["opacity"] < 0.5 for trace in pane.object["data"]]
    assert faint == [name != names[1] for name in names]
    hear(1)
    assert desk.settle().selection.clauses == {}
    for nonsense in (len(names), -1, "0", None, {"at": 1}, 0.5):
        hear(nonsense)
    assert desk.settle().selection.clauses == {}


def test_a_figure_in_three_dimensions_is_saved_as_a_picture_too(opened, desk):
    details, card = Details(desk.session), opened(SPACE)
    details.open_study(card)
    saver = one(details.drawer, "ChartSaver")
    assert saver.plot == card.figure.handle != "" and saver.figure == "" and saver.paper == card.look().paper
    details.open_study(opened(CONCENTRATION))
    saver = one(details.drawer, "ChartSaver")
    assert saver.plot == "" and saver.figure


def test_cohorts_are_picked_from_the_menu(opened, desk):
    details = Details(desk.session)
    details.open_study(opened(COHORT_RETENTION))
    first, last = (one(details.drawer, "Select", label=label) for label in ("From", "To (included)"))
    cut = desk.session.scene.coded.bins["first_bought"]
    assert list(first.options) == list(cut.labels)
    last.value = 0
    assert desk.settle().selection.clauses == {"first_bought": Range(None, cut.edges[1])}
    press(one(details.drawer, "Button", label="Clear this filter"))
    assert desk.settle().selection.clauses == {}


def test_movers_are_picked_from_the_menu(opened, desk):
    details, card = Details(desk.session), opened(SEGMENT_MATRIX)
    details.open_study(card)
    before, after = all_of(details.drawer, "Select")
    made = card.answer["moves"]
    table = made.table
    after.value = table.target.iloc[0]
    session = desk.settle()
    assert session.selection.clauses == {"moved": Move(made.from_day, "", made.to_day, after.value)}
    before.value = table.source.iloc[0]
    assert desk.settle().selection.clauses["moved"].source == before.value
    assert desk.screen.tiles[-1].now["customers"] == table.customers.iloc[0]
    details.open_study(card)
    assert [select.value for select in all_of(details.drawer, "Select")] == [before.value, after.value]
    press(one(details.drawer, "Button", label="Clear this filter"))
    assert desk.settle().selection.clauses == {}
