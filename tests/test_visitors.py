import pytest

from retail_panel.visitors import TooManyPages, Visitors


def test_pages_come_and_go():
    visitors = Visitors(most=3, most_each=2)
    one, two = visitors.enter("ann", print), visitors.enter("bob", print)
    assert (len(visitors), set(visitors), visitors.entered) == (2, {one, two}, 2)
    assert one.number != two.number and len(one.number) == 8
    visitors.leave(one)
    visitors.leave(one)
    assert list(visitors) == [two]


def test_one_person_may_open_so_many_pages_and_is_told_why_no_more():
    visitors = Visitors(most=10, most_each=2)
    first = visitors.enter("ann", print)
    visitors.enter("ann", print)
    with pytest.raises(TooManyPages, match=r"You have 2 pages open; allowed: 2 \(setting pages_each\)"):
        visitors.enter("ann", print)
    visitors.enter("bob", print)
    visitors.leave(first)
    visitors.enter("ann", print)
    assert (visitors.entered, visitors.refused) == (4, 1)


def test_without_a_login_only_the_limit_of_the_server_holds():
    visitors = Visitors(most=3, most_each=1)
    for _ in range(3):
        visitors.enter("local", print, counted=False)
    with pytest.raises(TooManyPages, match=r"3 pages are open on this server; allowed: 3 \(setting pages_most\)"):
        visitors.enter("local", print, counted=False)


def test_use_is_noted():
    visitor = Visitors(1, 1).enter("ann", print)
    visitor.active_at -= 100
    assert visitor.idle_s >= 100
    visitor.touch("trends")
    assert (visitor.page, visitor.idle_s < 50) == ("trends", True)


def test_every_page_hears_goodbye():
    visitors, heard = Visitors(5, 5), []
    for who in ("ann", "bob"):
        visitors.enter(who, lambda who=who: heard.append(who))
    assert visitors.say_goodbye() == 2
    assert heard == ["ann", "bob"]
