"""Memory goes back to the system now and then, as rows arrive."""

from retail_panel import heap
from retail_panel.heap import Heap


def test_it_is_given_back_now_and_then(monkeypatch):
    now, trimmed = [0.0], []
    monkeypatch.setattr(heap, "_trim", lambda: trimmed.append)
    own = Heap(20, clock=lambda: now[0])
    for second in range(0, 50, 5):
        now[0] = float(second)
        own.tidy()
    assert len(trimmed) == 2


def test_another_c_library_keeps_it(monkeypatch):
    monkeypatch.setattr(heap.sys, "platform", "other")
    assert not Heap(0).tidy()


def test_the_function_is_called_as_it_wants_to_be():
    assert Heap(0).tidy() == (heap._trim() is not None)
