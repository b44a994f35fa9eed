"""A store that several processes share by way of a PostgreSQL server."""

import itertools

import pytest

from retail_panel.store import open_store

pytest.importorskip("psycopg", reason="psycopg is not installed")
numbers = itertools.count()


@pytest.fixture
def shop_url(postgres):
    """The URL of an empty store on the server."""
    name = f"shop{next(numbers)}"
    postgres.do(f"CREATE SCHEMA {name}")
    return f"postgresql://till@127.0.0.1:{postgres.port}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture
def opened(shop_url):
    """Opens the store once more, as another process would."""
    stores = []

    def open_again(**how):
        stores.append(open_store(shop_url, **how))
        return stores[-1]

    yield open_again
    for store in stores:
        store.close()


def test_first(opened, six_clean):
    a, b = opened(), opened()
    a.append(six_clean)
    b.catch_up()
    assert b.version == 1
    print(b.ask("SELECT * FROM order_line"))
