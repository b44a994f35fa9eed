"""A brush that the browser answers by itself, whatever a server says of other boxes, and however late."""

import pytest
from alone import VALUES, lay_out
from screen import equals

pytestmark = pytest.mark.browser
#: What the server says of one box or another.
LATE = [[1, 1, 1], [2, 2, 2]]


@pytest.fixture
def page(visit):
    """A page with a chart to brush, two that follow and two tiles, of which the browser answers the first each."""
    page = visit.page()
    lay_out(page)
    return page


def drag(page, *places, wait_ms=0):
    """Press at the first place of the brushed chart, wait, and move to the others; the button stays down."""
    first, *others = [page.evaluate("x => desk.pixel(x)", place) for place in places]
    page.mouse.move(*first)
    page.mouse.down()
    page.wait_for_timeout(wait_ms)
    for place in others:
        page.mouse.move(*place, steps=4)


def seen(page):
    """Return the texts of the tiles, None for a pending one, the values of both charts, and whether one is pale."""
    return page.evaluate("desk.seen()")


def answers(page, low, high, chart=(1, 1, 1)):
    """Wait until one sees what the browser makes of the pieces from ``low`` until ``high``, and the rest pale."""
    inside = VALUES[low:high].astype(int)
    shown = [[str(inside.sum()), None], [inside.sum(0).tolist(), list(chart)], True]
    equals(lambda: seen(page), shown)


def ends(page):
    """Return how often the server was told that a box is let go."""
    return page.evaluate("desk.said.filter((final) => final).length")


def say(page, box, tile, parts):
    """Say figures as the server does."""
    page.evaluate("what => desk.say(...what)", [box, tile, parts])


def test_a_brush_may_wait_before_it_moves(page):
    drag(page, 2.1, 5.9, wait_ms=500)
    answers(page, 2, 6)
    page.mouse.up()
    equals(lambda: ends(page), 1)


def test_what_is_late_does_not_show_while_a_box_is_held(page):
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)
    page.wait_for_timeout(2200)
    say(page, "7 1 3", "late", LATE)
    page.wait_for_timeout(100)
    answers(page, 2, 6, LATE[1])
    say(page, "7 2 6", "exact", LATE)
    inside = VALUES[2:6].sum(0).tolist()
    equals(lambda: seen(page), [["exact", "exact"], [inside, LATE[1]], False])
    # Nor does one that comes in sight again become pale.
    page.set_viewport_size({"width": 1400, "height": 300})
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_timeout(200)
    assert seen(page) == [["exact", "exact"], [inside, LATE[1]], False]


def test_what_is_late_does_not_show_after_a_box_was_let_go(page):
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)
    page.mouse.up()
    equals(lambda: ends(page), 1)
    say(page, "7 2 5", "late", LATE)
    page.wait_for_timeout(100)
    answers(page, 2, 6, LATE[1])
    say(page, "7 2 6", "exact", LATE)
    equals(lambda: seen(page), [["exact", "exact"], [VALUES[2:6].sum(0).tolist(), LATE[1]], False])


def test_a_box_that_is_drawn_or_moved_is_let_go_once_and_forgotten_when_the_server_says_so(page):
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)
    assert ends(page) == 0
    page.mouse.up()
    equals(lambda: ends(page), 1)
    drag(page, 4, 9)
    answers(page, 7, 11)
    assert ends(page) == 1
    page.mouse.up()
    equals(lambda: ends(page), 2)
    page.evaluate("desk.forget()")
    say(page, "", "cleared", LATE)
    assert seen(page) == [["cleared", "cleared"], LATE, False]
    # Charts that come in sight, and cubes that come again, bring nothing back.
    page.set_viewport_size({"width": 1400, "height": 300})
    page.set_viewport_size({"width": 1400, "height": 900})
    page.evaluate("desk.arm()")
    page.wait_for_timeout(200)
    assert seen(page) == [["cleared", "cleared"], LATE, False]


def test_a_brush_that_the_server_ends_is_forgotten_until_it_moves_on(page):
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)
    page.evaluate("desk.forget()")
    say(page, "", "none", LATE)
    page.wait_for_timeout(200)
    assert seen(page) == [["none", "none"], LATE, False]
    page.mouse.move(*page.evaluate("desk.pixel(8.9)"), steps=2)
    answers(page, 2, 9, LATE[1])


def test_a_brush_that_is_broken_off_is_forgotten(page):
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(100)
    say(page, "", "none", LATE)
    assert seen(page) == [["none", "none"], LATE, False] and ends(page) == 0


@pytest.mark.parametrize("pause_ms", [0, 300])
def test_cubes_that_came_before_the_pointer_answer(page, pause_ms):
    # It wants them, and says so, where a mouse comes to charts.
    assert page.evaluate("desk.told") == [-3, 1]
    page.evaluate("desk.put(5)")
    page.wait_for_timeout(pause_ms)
    page.evaluate("desk.arm(5)")
    drag(page, 2.1, 5.9)
    answers(page, 2, 6)


@pytest.fixture
def ahead(page):
    """The page with nothing but cubes that were sent ahead, of what is on the screen."""
    page.evaluate("desk.disarm(); desk.put(5); desk.free(true)")
    return page


def test_where_nothing_is_selected_cubes_answer_before_the_server_has_heard(ahead):
    drag(ahead, 2.1, 5.9)
    answers(ahead, 2, 6)
    # Word of other boxes counts for nothing, and what the server then says of its own accord does.
    say(ahead, "7 2 6", "other", LATE)
    answers(ahead, 2, 6, LATE[1])
    ahead.evaluate("desk.arm(5)")
    say(ahead, "7 2 6", "exact", LATE)
    equals(lambda: seen(ahead), [["exact", "exact"], [VALUES[2:6].sum(0).tolist(), LATE[1]], False])


@pytest.mark.parametrize("gone", ["desk.free(false)", "desk.put(0)", "desk.put(0); desk.put(6)"])
def test_cubes_of_another_selection_or_scope_wait_for_the_server(ahead, gone):
    ahead.evaluate(gone)
    drag(ahead, 2.1, 5.9)
    ahead.wait_for_timeout(300)
    assert seen(ahead)[1][0] == [1, 1, 1]


def test_cubes_that_no_longer_hold_leave_a_held_box_to_the_server(ahead):
    drag(ahead, 2.1, 5.9)
    answers(ahead, 2, 6)
    ahead.evaluate("desk.free(false)")
    say(ahead, "8 2 6", "exact", LATE)
    ahead.mouse.move(*ahead.evaluate("desk.pixel(8.9)"), steps=2)
    ahead.wait_for_timeout(200)
    assert seen(ahead)[:2] == [["exact", "exact"], LATE]


def test_what_one_has_let_go_is_selected_before_the_server_has_said_so(ahead):
    drag(ahead, 2.1, 5.9)
    answers(ahead, 2, 6)
    ahead.mouse.up()
    ahead.evaluate("desk.disarm()")
    say(ahead, "", "selected", LATE)
    ahead.mouse.move(900, 1)
    drag(ahead, 4.1, 8.9)
    ahead.wait_for_timeout(200)
    assert seen(ahead)[:2] == [["selected", "selected"], LATE]


def test_what_is_not_there_is_left_to_the_server(page):
    page.evaluate("desk.put(5)")
    page.evaluate("desk.put(0)")
    page.evaluate("desk.arm(5)")
    drag(page, 2.1, 5.9)
    page.wait_for_timeout(300)
    # Neither said to be here, nor shown.
    assert page.evaluate("desk.told") == [-3, 1] and seen(page)[1][0] == [1, 1, 1]


def test_fingers_are_sent_no_cubes_before_they_come(browser):
    page = browser.new_context(is_mobile=True, has_touch=True).new_page()
    lay_out(page)
    assert page.evaluate("desk.told") == [1]
    page.close()
