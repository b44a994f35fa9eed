"""Work for visitors: in steps, behind what others have asked meanwhile, and ended whatever happens."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from retail_panel.job import Job
from retail_panel.store import Ticket


@pytest.fixture
def workers():
    """One worker."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def _job(workers, heard, ticket=None):
    """Return a job that notes what it shows, its failure and its end, and an event for the latter."""
    over = Event()

    def end():
        heard.append("end")
        over.set()

    def fail(error):
        heard.append(str(error))

    return Job(workers, lambda show: heard.append(show()), ticket or Ticket(), None, fail, end), over


def _saying(*words):
    return lambda: (lambda word=word: word for word in words)


def test_two_visitors_take_turns(workers):
    heard, gate = [], Event()
    (one, first_over), (two, second_over) = _job(workers, heard), _job(workers, heard)
    workers.submit(gate.wait)
    one.begin(_saying("a1", "a2", "a3"))
    two.begin(_saying("b1", "b2"))
    gate.set()
    assert first_over.wait(5) and second_over.wait(5)
    assert heard == ["a1", "b1", "a2", "b2", "a3", "end", "end"]


def test_nothing_is_begun_on_the_thread_that_asks(workers):
    heard, gate = [], Event()
    job, over = _job(workers, heard)
    workers.submit(gate.wait)

    def work():
        heard.append("begun")
        return ()

    job.begin(work)
    assert heard == []
    gate.set()
    assert over.wait(5)
    assert heard == ["begun", "end"]


def test_what_is_called_off_lets_go_of_what_it_holds(workers):
    heard, ticket = [], Ticket()
    job, over = _job(workers, heard, ticket)

    def work():
        try:
            yield lambda: ticket.cancel() or "first"
            yield lambda: "second"
        finally:
            heard.append("let go")

    job.begin(work)
    assert over.wait(5)
    assert heard == ["first", "let go", "end"]


def test_a_failure_is_told_and_ends_it(workers, caplog):
    heard = []
    job, over = _job(workers, heard)

    def work():
        yield lambda: "first"
        raise ValueError("no")

    job.begin(work)
    assert over.wait(5)
    assert heard == ["first", "no", "end"]
    assert "a question failed" in caplog.text


def test_it_ends_where_the_server_stops():
    heard = []
    workers = ThreadPoolExecutor(1)
    workers.shutdown()
    job, over = _job(workers, heard)
    job.begin(_saying("never"))
    assert over.is_set() and heard == ["end"]
