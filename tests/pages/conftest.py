"""A shop of ten weeks, a visitor of it, and a process that they visit."""

from types import SimpleNamespace

import pytest
from bokeh.document import Document
from crossfilter.desk import Desk
from crossfilter.mirror import as_batch, shop_rows
from panel.io.state import set_curdoc
from threadpoolctl import threadpool_limits

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.server import READY, ServerState
from retail_panel.settings import Settings
from retail_panel.store import Shelf, Store
from retail_panel.visitors import Visitors


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Keep scikit-learn's own threads from waiting for busy cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="package")
def rows():
    """The order lines of the shop."""
    return shop_rows(seed=31, lines=400)


@pytest.fixture(scope="package")
def shop(rows):
    """A store that holds them; tests only read it."""
    store = Store()
    store.append(as_batch(rows))
    yield store
    store.close()


@pytest.fixture(scope="package")
def scenes(shop):
    """Scenes that visitors one after the other share."""
    return Scenes(shop, Shelf(), "GBP")


@pytest.fixture
def desk(shop, scenes):
    """A visitor whose pages a test builds before it opens an address."""
    desk = Desk(shop, scenes)
    yield desk
    desk.session.close()
    desk.settle()


@pytest.fixture
def own_desk(empty_store, rows):
    """A visitor of a store of their own, with half of the order lines."""
    empty_store.append(as_batch(rows.iloc[:200]))
    desk = Desk(empty_store)
    yield desk
    desk.session.close()
    desk.settle()


@pytest.fixture
def document():
    """A document that Panel takes for the present one."""
    document = Document()
    with set_curdoc(document):
        yield document


class Workers:
    """Jobs that wait until a test does them."""

    def __init__(self):
        self.jobs = []

    def submit(self, job):
        """Take a job."""
        self.jobs.append(job)


@pytest.fixture(scope="package")
def make_process(shop):
    """Makes a process that has loaded the shop; its jobs wait."""
    return lambda: SimpleNamespace(
        store=shop, shelf=Shelf(), workers=Workers(), settings=Settings(title="Shop", refresh_ms=1000), pump=None,
        state=ServerState(READY, "Ready", 1.0, 400), visitors=Visitors(500, 20),
    )  # fmt: skip


@pytest.fixture
def process(make_process):
    """A process that has loaded the shop; its jobs wait."""
    return make_process()
