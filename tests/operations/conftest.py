"""The demo's rows as a store with its scoped tables, and as pandas frames of the same rows."""

from types import SimpleNamespace

import pytest

from retail_panel.crossfilter.scope import Scope
from retail_panel.demo import folder
from retail_panel.intake import load
from retail_panel.measures import scoped_tables
from retail_panel.store import Store


@pytest.fixture(scope="session")
def demo():
    """``store``, ``ask``, ``tables`` and the frames ``lines``, ``stock`` and ``feedback``."""
    store = Store()
    load(folder(), store)
    frames = {name: store.ask(getattr(store, name)).to_pandas() for name in ("lines", "stock", "feedback")}
    yield SimpleNamespace(store=store, ask=store.ask, tables=scoped_tables(store, Scope()), **frames)
    store.close()


@pytest.fixture
def six(store):
    """``ask`` and ``tables`` of the six customers."""
    return SimpleNamespace(ask=store.ask, tables=scoped_tables(store, Scope()), store=store)
