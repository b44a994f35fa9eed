"""The shops that tests of studies look at, loaded once."""

import pytest
from customers.demo_sample import sample_batch
from threadpoolctl import threadpool_limits

from retail_panel import demo, intake
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.store import Shelf, Store
from studies.bench import DEFINITION


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Keep scikit-learn's own threads from waiting for busy cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def demo_scenes():
    """Scenes of the demo, all its tables; tests only read it."""
    store = Store()
    intake.load(str(demo.folder()), store)
    yield Scenes(store, Shelf(), "GBP")
    store.close()


@pytest.fixture(scope="module")
def scene(request, demo_scenes):
    """The scene of the demo that a module's SCOPE names."""
    return demo_scenes.take(request.module.SCOPE, DEFINITION)[1]


@pytest.fixture(scope="session")
def sample():
    """A store of every fifth line of the demo, without stock and feedback; tests only read it."""
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()
