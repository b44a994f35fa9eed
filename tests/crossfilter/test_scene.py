"""What visitors of one scene share: an answer is made by whoever asks first, and a few are kept."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from retail_panel.crossfilter import scene as scene_module
from retail_panel.crossfilter.scene import Scene
from retail_panel.store import Superseded


@pytest.fixture
def scene(monkeypatch):
    """A scene that keeps two answers; none of them asks the store."""
    monkeypatch.setattr(scene_module, "MOST_STUDIED", 2)
    return Scene(None, None, None, None)


class Key:
    """A key at which other threads have their turn whenever it is looked up."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        time.sleep(0)
        return self.number

    def __eq__(self, other):
        return self.number == other.number


def test_an_answer_is_made_once_and_the_oldest_goes(scene):
    made = []
    for key in ("a", "b", "a", "c", "a"):
        scene.studied(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "a"]


def test_of_weighed_answers_those_asked_for_last_are_kept(scene, monkeypatch):
    monkeypatch.setattr(scene_module, "MOST_STUDIED", 100)
    monkeypatch.setattr(scene_module, "MOST_WEIGHED", 10)
    made = []

    def ask(key, weigh=len):
        return scene.studied(key, lambda: made.append(key) or key, weigh)

    for key in ("aaaa", "bbbb", "aaaa", "cccc", "x" * 50, "light", "aaaa", "bbbb"):
        assert ask(key, None if key == "light" else len) == key
    assert made == ["aaaa", "bbbb", "cccc", "x" * 50, "light", "bbbb"]


def test_an_answer_that_goes_while_it_is_asked_for_is_made_anew(scene):
    def ask(first):
        return all(scene.studied(Key(n % 5), lambda n=n: n % 5) == n % 5 for n in range(first, first + 500))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(4)))


def test_making_one_answer_holds_up_no_other(scene):
    asked, answered = threading.Event(), threading.Event()

    def slow():
        asked.set()
        return answered.wait(10)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(scene.studied, "slow", slow)
        assert asked.wait(10)
        assert scene.studied("quick", lambda: 1) == 1
        answered.set()
        assert waiting.result(10)


def test_an_answer_is_made_once_for_all_who_ask_while_it_is_made(scene):
    begun, go_on, made = threading.Event(), threading.Event(), []

    def slow():
        made.append(1)
        begun.set()
        assert go_on.wait(20)
        return 7

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(scene.studied, "once", slow)
        assert begun.wait(20)
        others = [pool.submit(scene.studied, "once", slow) for _ in range(2)]
        go_on.set()
        assert [each.result() for each in (first, *others)] == [7, 7, 7]
    assert made == [1]


def test_an_answer_that_its_maker_called_off_is_made_by_whoever_waits(scene):
    begun, go_on = threading.Event(), threading.Event()

    def called_off():
        begun.set()
        assert go_on.wait(20)
        raise Superseded("a newer question took its place")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(scene.studied, "off", called_off)
        assert begun.wait(20)
        other = pool.submit(scene.studied, "off", lambda: 8)
        go_on.set()
        with pytest.raises(Superseded):
            first.result()
        assert other.result() == 8


def test_an_answer_that_failed_is_tried_again(scene):
    with pytest.raises(ValueError, match="odd"):
        scene.studied("again", lambda: int("odd"))
    assert scene.studied("again", lambda: 9) == 9
