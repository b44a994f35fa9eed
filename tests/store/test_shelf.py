"""Answers that several visitors share."""

import threading
import time

import pytest

from retail_panel.store import Shelf


class Thing:
    def __init__(self, name=""):
        self.name, self.disposed = name, 0

    def dispose(self):
        self.disposed += 1


def test_the_same_key_is_made_once():
    shelf, made = Shelf(), []
    first = shelf.take("a", lambda: made.append("a") or Thing())
    assert shelf.take("a", lambda: made.append("again") or Thing()) is first
    assert shelf.take("b", Thing) is not first
    assert made == ["a"] and len(shelf) == 2


def test_many_who_ask_at_once_wait_for_one_making():
    shelf, made, got = Shelf(), [], []
    gate = threading.Barrier(6)

    def make():
        made.append(1)
        time.sleep(0.1)
        return Thing()

    def visit():
        gate.wait()
        got.append(shelf.take("a", make))

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(got) == 6 and len(set(map(id, got))) == 1


def test_an_error_reaches_all_who_wait_and_the_next_one_tries_again():
    shelf, failed = Shelf(), []
    begun = threading.Event()

    def fail():
        begun.set()
        time.sleep(0.1)
        raise ValueError("no engine")

    def visit(make):
        try:
            shelf.take("a", make)
        except ValueError as error:
            failed.append(str(error))

    first = threading.Thread(target=visit, args=(fail,))
    first.start()
    begun.wait()
    second = threading.Thread(target=visit, args=(Thing,))
    second.start()
    first.join()
    second.join()
    assert failed == ["no engine"] * 2 and len(shelf) == 0
    assert isinstance(shelf.take("a", Thing), Thing)


def test_what_is_held_stays_and_what_nobody_holds_goes_beyond_the_spare_ones():
    shelf = Shelf(spare=1)
    things = {name: shelf.take(name, lambda name=name: Thing(name)) for name in "abc"}
    shelf.take("a", Thing)
    for name in "abc":
        shelf.give_back(name)
    assert [things[name].disposed for name in "abc"] == [0, 1, 0], "a is still held, c is spare"
    shelf.give_back("a")
    assert [things[name].disposed for name in "abc"] in ([1, 1, 0], [0, 1, 1]) and len(shelf) == 1


def test_a_spare_one_is_found_again():
    shelf = Shelf(spare=1)
    thing = shelf.take("a", Thing)
    shelf.give_back("a")
    assert shelf.take("a", Thing) is thing and thing.disposed == 0


def test_the_spare_ones_are_the_last_taken():
    shelf = Shelf(spare=2)
    things = {name: shelf.take(name, lambda name=name: Thing(name)) for name in "abc"}
    shelf.take("a", Thing)
    for name in "aabc":
        shelf.give_back(name)
    assert [things[name].disposed for name in "abc"] == [0, 1, 0]


def test_giving_back_too_often_takes_nothing_from_the_next_holder():
    shelf = Shelf(spare=1)
    thing = shelf.take("a", Thing)
    for _ in range(3):
        shelf.give_back("a")
    assert shelf.take("a", Thing) is thing
    shelf.take("b", Thing)
    shelf.take("c", Thing)
    shelf.give_back("b")
    shelf.give_back("c")
    assert thing.disposed == 0, "it is held"
    shelf.give_back("a")
    shelf.take("d", Thing)
    shelf.give_back("d")
    assert thing.disposed == 1


def test_giving_back_what_was_never_taken_is_harmless():
    shelf = Shelf()
    shelf.give_back("a")
    with pytest.raises(ZeroDivisionError):
        shelf.take("a", lambda: 1 / 0)
    shelf.give_back("a")
    assert len(shelf) == 0
