import threading

import pytest

from retail_panel.store import Shelf, Store, Superseded, Ticket
from retail_panel.tally import ANSWERED, CALLED_OFF, FAILED, MOST_SLOW, Durations, Tally


def test_times_fall_into_buckets_whose_upper_end_is_included():
    durations = Durations((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 3.0):
        durations.note(seconds)
    assert durations.read() == ((2, 1, 1), pytest.approx(3.65))


def test_no_time_is_lost_among_threads_that_note_and_read_at_once():
    durations = Durations((1.0,))

    def note():
        for _ in range(5_000):
            durations.note(0.5)

    threads = [threading.Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        durations.read()
    assert durations.read() == ((20_000, 0), 10_000.0)


def test_noting_does_not_wait_for_a_reader():
    durations = Durations((1.0,))
    with durations._sorting:
        for _ in range(2_500):
            durations.note(0.5)
    assert durations.read()[0] == (2_500, 0)


def test_questions_are_counted_by_how_they_ended(monkeypatch):
    monkeypatch.setattr("retail_panel.tally.SLOW_S", 0.0)
    store, gone = Store(), Ticket()
    gone.cancel()
    store.ask("SELECT 1")
    with pytest.raises(Superseded):
        store.ask("SELECT 2", ticket=gone)
    with pytest.raises(Exception, match="could not answer"):
        store.keep("odd", "SELECT nothing")
    store.close()
    counts = {outcome: sum(found.read()[0]) for outcome, found in store.tally.questions.items()}
    assert counts == {ANSWERED: 1, CALLED_OFF: 1, FAILED: 1}
    assert [(slow.outcome, slow.sql.split()[-1]) for slow in store.tally.slow] == [
        (ANSWERED, "1"), (CALLED_OFF, "2"), (FAILED, "nothing"),
    ]  # fmt: skip


def test_only_slow_questions_are_kept_and_only_the_latest(monkeypatch):
    tally = Tally()
    with tally.question("SELECT 1", Superseded):
        pass
    assert not tally.slow
    monkeypatch.setattr("retail_panel.tally.SLOW_S", 0.0)
    for number in range(MOST_SLOW + 5):
        with tally.question(str(number), Superseded):
            pass
    assert [slow.sql for slow in tally.slow] == [str(n) for n in range(5, MOST_SLOW + 5)]


def test_the_shelf_counts_what_was_there_and_what_was_made():
    shelf = Shelf()
    for key in ("a", "a", "b"):
        shelf.take(key, dict)
    assert (shelf.hits, shelf.misses) == (1, 2)
