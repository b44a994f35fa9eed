"""Options of a feed's URL are read alike by every kind of feed."""

from datetime import datetime

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed.url_options import UrlOptions

ALLOWED = ("name", "line_id", "start", "wait")


def options(query, also=""):
    return UrlOptions("feed x://y", query, ALLOWED, also)


def test_a_strange_option_is_named_with_those_that_are_allowed():
    with pytest.raises(UnusableInput, match="feed x://y: option 'speed'; allowed: name, line_id, start, wait$"):
        options("name=a&speed=1")


def test_names_with_a_dot_are_allowed_where_the_feed_says_so():
    assert options("a.b=1&name=c", ", and more") == {"a.b": "1", "name": "c"}
    with pytest.raises(UnusableInput, match="option 'a.b'"):
        options("a.b=1")


@pytest.mark.parametrize(("query", "name"), [("", "x y"), ("name=tills", "tills"), ("name=", "x y")])
def test_the_position_is_kept_under_the_name_given_or_the_feeds_own(query, name):
    assert options(query).reader("x y", None, None).source == name


def test_an_empty_line_id_is_none():
    message = [b'{"line_id": "1", "id": "2", "ordered_at": "2024-05-01", "amount": 1}']
    found = [options(query).reader("x", None, None).read(message, str).line_ids for query in ("", "line_id=id")]
    assert [ids.to_pylist() for ids in found] == [["1"], ["2"]]
    assert options("line_id=").reader("x", None, None).read(message, str).line_ids is None


def test_a_start_is_a_word_or_a_time():
    assert options("").start() == "earliest"
    assert options("start=latest").start() == "latest"
    assert options("start=2024-05-01T10:30").start() == datetime(2024, 5, 1, 10, 30)
    with pytest.raises(UnusableInput, match="start 'soon'; allowed: earliest, latest or an ISO 8601 time"):
        options("start=soon").start()


@pytest.mark.parametrize("text", ["soon", "-1", "11", "nan", ""])
def test_a_number_is_one_within_its_bounds(text):
    assert options("").number("wait", 5, 0, 10) == 5
    assert options("wait=10").number("wait", 5, 0, 10) == 10
    with pytest.raises(UnusableInput, match=f"feed x://y: wait '{text}'; allowed: seconds from 0 to 10"):
        options(f"wait={text}").number("wait", 5, 0, 10, "seconds")
