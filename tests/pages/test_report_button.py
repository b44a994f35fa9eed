"""The button that brings a report: asked by a worker, drawn on the loop, saved once."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from panel.io.state import set_curdoc

from pages.visitor import press
from retail_panel.pages import report_button
from retail_panel.pages.contents import PAGES
from retail_panel.pages.report_button import READY, ReportButton
from retail_panel.settings import Settings

MADE_AT = datetime(2026, 3, 4, 5, 6)


@pytest.fixture
def process(desk):
    """What the desk visits; its worker's jobs wait at the desk."""
    return SimpleNamespace(workers=desk, scenes=desk.scenes, settings=Settings(title="Ash & Oak"))


@pytest.fixture
def button(desk, process, document, monkeypatch):
    """The button of a visitor who looks at online sales; reports have one page without studies."""
    overview = SimpleNamespace(name="overview", title="Overview", charts=PAGES[0].charts[:2], studies=())
    monkeypatch.setattr(report_button, "PAGES", (overview,))
    made = ReportButton(desk.session, process, lambda: MADE_AT)
    desk.open("channel=Online&sel.kind=Return&rfm.k=3")
    return made


def settle(desk, document):
    """Do the worker's jobs, then what waits for the loop, in order."""
    desk.work()
    for callback in list(document.session_callbacks):
        document.remove_next_tick_callback(callback)
        callback.callback()


def test_a_press_brings_the_view_as_a_file(button, desk, document):
    icon, session = button.layout, desk.session
    press(icon)
    assert icon.disabled and icon.loading and session.file is None
    settle(desk, document)
    name, _, content = session.file
    report = content.decode()
    assert name == "ash-oak-report-2026-03-04.html"
    assert "Channel is Online" in report and "Kind is Return" in report
    assert "Report of 4 March 2026, 05:06" in report and "<h1>Ash &amp; Oak</h1>" in report
    assert (icon.disabled, icon.loading, icon.description) == (False, False, READY)
    session.file = None
    press(icon)
    settle(desk, document)
    assert session.file[0] == name


def test_progress_is_told_and_a_second_press_waits(button, desk, document):
    icon = button.layout
    press(icon)
    button._press()
    assert len(desk.jobs) == 1
    desk.work()
    first = document.session_callbacks[0]
    document.remove_next_tick_callback(first)
    first.callback()
    assert icon.description == "Making the report: 33%"


def test_what_goes_wrong_is_told(button, desk, document, monkeypatch):
    def fails(*arguments):
        raise ValueError("no ink")

    monkeypatch.setattr(report_button.Report, "steps", fails)
    press(button.layout)
    settle(desk, document)
    assert desk.session.problem == "The report could not be made: no ink"
    assert not button.layout.disabled and desk.session.file is None


def test_a_visitor_who_leaves_calls_it_off(button, desk, document):
    press(button.layout)
    with set_curdoc(document):
        for callback in document.callbacks.session_destroyed_callbacks:
            callback(None)
    settle(desk, document)
    assert desk.session.file is None and button.layout.disabled


def test_nothing_happens_before_the_first_scene(desk, process):
    button = ReportButton(desk.session, process)
    press(button.layout)
    assert desk.jobs == [] and not button.layout.disabled
