"""Files: made by a worker while the visitor goes on, brought once, called off by leaving."""

import pytest

from pages.visitor import press
from retail_panel.errors import RetailPanelError
from retail_panel.pages.file_button import FileButton
from retail_panel.pages.file_saver import FileSaver


@pytest.fixture
def tickets():
    """The tickets of the files that were made, in order."""
    return []


@pytest.fixture
def button(desk, tickets):
    """A button that brings two bytes."""

    def write(ticket):
        ticket.check()
        tickets.append(ticket)
        return b"ab"

    desk.open("rfm.k=3")
    return FileButton(desk.session, "CSV", "text/csv", lambda: write, "all.csv", "All of it")


def test_a_press_brings_the_file_and_the_button_says_that_it_is_busy(button, desk):
    assert button.layout.description == "All of it"
    press(button.layout)
    assert button.layout.disabled and button.layout.loading and desk.session.file is None
    desk.settle()
    assert desk.session.file == ("all.csv", "text/csv", b"ab")
    assert not button.layout.disabled and not button.layout.loading


def test_a_second_press_and_a_new_name_wait_for_the_first_file(button, desk, tickets):
    press(button.layout)
    button.offer("some.csv", "Some of it")
    button.press()
    assert button.layout.disabled
    desk.settle()
    assert len(tickets) == 1 and desk.session.file[0] == "all.csv" and not button.layout.disabled


def test_other_questions_call_no_file_off(button, desk):
    press(button.layout)
    desk.session.page = "segments"
    desk.session.scope.channel = ["Online"]
    desk.settle()
    assert desk.session.file


def test_a_visitor_who_leaves_calls_it_off(button, desk, tickets):
    press(button.layout)
    desk.session.close()
    desk.settle()
    assert desk.session.file is None and tickets == [] and desk.session.problem == ""


def test_what_cannot_be_made_says_why(desk):
    def fails(ticket):
        raise RetailPanelError("no ink")

    button = FileButton(desk.session, "CSV", "text/csv", lambda: fails, "all.csv")
    press(button.layout)
    desk.settle()
    assert desk.session.problem == "The file all.csv could not be made: no ink"
    assert not button.layout.disabled and not desk.session.busy


def test_where_there_can_be_none_nothing_is_made(button, desk):
    button.offer("all.csv", "All of it", "There is nobody to write down")
    assert button.layout.disabled and button.layout.description == "There is nobody to write down"
    button.press()
    assert not desk.jobs


def test_the_saver_lets_go_of_what_is_saved(desk):
    saver = FileSaver(desk.session)
    desk.session.file = ("all.csv", "text/csv", b"ab")
    assert (saver.name_of_file, saver.media_type, saver.content, saver.made) == ("all.csv", "text/csv", b"ab", 1)
    desk.session.file = ("all.csv", "text/csv", b"ab")
    assert saver.made == 2
    saver._handle_msg("saved")
    assert saver.content == b"" and desk.session.file is None and saver.made == 2
