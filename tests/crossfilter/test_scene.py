"""What visitors of one scene share: an answer is made by whoever asks first, and a few are kept."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from retail_panel.crossfilter import scene as scene_module
from retail_panel.crossfilter.scene import Scene


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
