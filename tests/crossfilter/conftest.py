"""One shop that the tests of the crossfilter read, and its mirror in pandas."""

import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from crossfilter.mirror import Mirror, as_batch, shop_rows, take_scene
from retail_panel.store import Store


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Keep scikit-learn's own threads from waiting for busy cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="package")
def rows():
    """The order lines of the shop, as :func:`shop_rows`."""
    return shop_rows()


@pytest.fixture(scope="package")
def shop(rows):
    """A store that holds them; tests only read it."""
    store = Store()
    store.append(as_batch(rows))
    yield store
    store.close()


@pytest.fixture(scope="package")
def scene(shop):
    """The scene of the whole shop; its customers are in three clusters."""
    return take_scene(shop)


@pytest.fixture(scope="package")
def mirror(rows, scene):
    """The same in pandas."""
    return Mirror(rows, scene)


@pytest.fixture(scope="package")
def worked_out(shop):
    """A function that lets the engine work out an expression on a column of given values."""

    def worked_out(values, kind, expression):
        table = shop.keep_table("given", pa.table({"at": range(len(values)), "value": pa.array(values, kind)}))
        found = table.select(table["at"], found=expression(table.value)).order_by("at")
        return shop.ask(found).column("found").to_pylist()

    return worked_out
