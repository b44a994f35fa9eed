"""Functions that arrive from other threads run one after the other, each as one change of the page."""

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.models import FixedTicker, LinearAxis
from panel.io.state import set_curdoc

from retail_panel.pages.inbox import Inbox


@pytest.fixture
def document():
    """A document with an axis on it."""
    found = Document()
    found.add_root(LinearAxis(ticker=FixedTicker(ticks=[1])))
    return found


def arrive(document):
    """Run what waits for the loop."""
    with set_curdoc(document):
        for callback in list(document.session_callbacks):
            document.remove_next_tick_callback(callback)
            callback.callback()


def test_the_models_of_a_page_are_counted_once_however_many_change(document, monkeypatch):
    with set_curdoc(document):
        inbox = Inbox()
    counted = []
    count = type(document.models).recompute
    monkeypatch.setattr(type(document.models), "recompute", lambda models: (counted.append(1), count(models)))
    axis = document.roots[0]

    def change():
        for place in range(5):
            axis.ticker = FixedTicker(ticks=[place])

    inbox.put(change)
    arrive(document)
    assert counted == [1] and axis.ticker.document is document


def test_after_an_error_the_page_still_takes_changes(document):
    with set_curdoc(document):
        inbox = Inbox()

    def fail():
        raise ValueError("odd")

    inbox.put(fail)
    with pytest.raises(ValueError, match="odd"):
        arrive(document)
    ticker = FixedTicker(ticks=[7])
    inbox.put(lambda: setattr(document.roots[0], "ticker", ticker))
    arrive(document)
    assert ticker.document is document
    assert pn.state.curdoc is not document
