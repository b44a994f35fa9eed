"""Calling questions off."""

import threading
import time

import pytest

from retail_panel.store import Superseded, Ticket

LONG = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range + b.range) = 7"


def test_a_cancelled_ticket_is_refused_at_once(store):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        store.ask("SELECT 1", ticket=ticket)
    with pytest.raises(Superseded):
        store.keep("kept", store.lines, ticket=ticket)


def test_cancelling_stops_all_questions_under_way_and_leaves_the_store_working(store):
    ticket, ends = Ticket(), []

    def ask():
        try:
            store.ask(LONG, ticket=ticket)
        except Superseded:
            ends.append(time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    ticket.cancel()
    for thread in threads:
        thread.join(timeout=20)
    assert len(ends) == 2 and max(ends) - began < 10
    assert store.ask("SELECT count(*) AS n FROM order_line").to_pylist() == [{"n": 17}]


def test_another_question_of_the_same_thread_goes_on_after_a_cancelled_one(store):
    ticket = Ticket()
    threading.Timer(0.2, ticket.cancel).start()
    with pytest.raises(Superseded):
        store.ask(LONG, ticket=ticket)
    assert store.ask("SELECT 1 AS one", ticket=Ticket()).to_pylist() == [{"one": 1}]


def test_an_answer_that_came_after_the_cancelling_is_not_handed_out(store):
    class Late(Ticket):
        def end(self, cursor):
            self.ended = True
            super().end(cursor)

        def begin(self, cursor):
            super().begin(cursor)
            self.cancelled = True

    ticket = Late()
    with pytest.raises(Superseded):
        store.ask("SELECT 1", ticket=ticket)
    assert ticket.ended


def test_a_ticket_does_not_outlive_its_question(store):
    ticket = Ticket()
    store.ask("SELECT 1", ticket=ticket)
    ticket.cancel()
    assert store.ask("SELECT 1 AS one").to_pylist() == [{"one": 1}]
