"""Commits are looked at as they come, on the visitor's own loop, and no longer once the visitor has left."""

from bokeh.document import Document
from panel.io.state import set_curdoc

from retail_panel.pages.arrivals import Arrivals
from retail_panel.store import Store


def test_commits_that_come_together_are_looked_at_once(make_lines):
    store, document, looks = Store(), Document(), []
    with set_curdoc(document):
        arrivals = Arrivals(store, lambda: looks.append(store.version))
    store.append(make_lines(amount=[1]))
    store.append(make_lines(amount=[1]))
    (waiting,) = document.session_callbacks
    assert not looks
    document.remove_next_tick_callback(waiting)
    waiting.callback()
    assert looks == [2]
    store.append(make_lines(amount=[1]))
    assert len(document.session_callbacks) == 1
    arrivals.close()
    store.append(make_lines(amount=[1]))
    assert len(document.session_callbacks) == 1
    store.close()


def test_what_cannot_be_shown_yet_is_looked_at_again(make_lines):
    store, document, owed = Store(), Document(), [True, True, False]
    with set_curdoc(document):
        arrivals = Arrivals(store, lambda: owed.pop(0))
    store.append(make_lines(amount=[1]))
    (waiting,) = document.session_callbacks
    document.remove_next_tick_callback(waiting)
    waiting.callback()
    for left in (1, 0):
        (again,) = document.session_callbacks
        document.remove_timeout_callback(again)
        again.callback()
        assert len(owed) == left
    assert not document.session_callbacks
    arrivals.close()
    store.close()


def test_nobody_is_told_of_what_was_rolled_back(make_lines):
    store, seen = Store(), []
    store.watch(lambda: seen.append(store.version))
    try:
        with store.loading("broken") as load:
            load.append(make_lines(amount=[1]))
            raise KeyError("broken")
    except KeyError:
        pass
    assert not seen
    store.append(make_lines(amount=[1]))
    assert seen == [1]
    store.close()
