import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.feed import Pump
from retail_panel.feed.table_growth import read_value, write_value
from retail_panel.feed.table_poll import table_source
from retail_panel.feed.table_query import TableQuery
from retail_panel.intake import Mapping
from retail_panel.store import Store

FIRST = datetime(2024, 5, 1, 10, 30)
CREATE = "CREATE TABLE sales (id INT, order_id VARCHAR(20), customer_id VARCHAR(20), sold_at {time}, amount {money})"


class Till:
    """A table of sales in an SQLite file."""

    def __init__(self, path):
        self.path = path
        self.do(CREATE.format(time="TEXT", money="REAL"))

    @property
    def options(self):
        return f"url=sqlite:///{self.path}"

    def do(self, sql, rows=None):
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executemany(sql, rows) if rows is not None else connection.execute(sql)

    def sell(self, *ids, amount=12.5):
        rows = [(id_, f"o{id_}", "Ada", str(FIRST + timedelta(minutes=id_)), amount) for id_ in ids]
        self.do("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", rows)


@pytest.fixture
def till(tmp_path):
    return Till(tmp_path / "shop.db")


@pytest.fixture
def shop(empty_store, clock):
    """Makes the pump of a growing table on the test's store; each call is a new process."""

    def make(till, by="id", settle=0, store=empty_store, clock=clock, most_rows=20_000, **how):
        url = f"table://sales?by={by}&settle={settle}&name=sales&{till.options}"
        source = table_source(url, clock=clock, most_rows=most_rows, **how)
        pump = Pump(source, store, clock=clock, most_rows=1)
        pump.open()
        return pump

    return make


def look(pump, clock, after_s=1.0):
    """Let the pump look once more, and take in what it finds; returns the error that it met."""
    clock.now += after_s
    while pump.step() == 0.0:
        pass
    error = pump.state.error
    pump.finish()
    return error


def orders(store):
    return store.ask("SELECT order_id FROM order_line ORDER BY line").column(0).to_pylist()


def test_rows_are_read_by_the_rules_of_files_as_the_table_grows(shop, till, empty_store, clock):
    till.sell(1, 2)
    pump = shop(till)
    look(pump, clock)
    till.sell(4, 3)
    look(pump, clock)
    assert orders(empty_store) == ["o1", "o2", "o3", "o4"]
    assert empty_store.position("sales") == write_value(4)
    line = empty_store.ask("SELECT ordered_at, amount FROM order_line WHERE order_id = 'o1'").to_pylist()[0]
    assert line == {"ordered_at": FIRST + timedelta(minutes=1), "amount": 125_000}


def test_the_mapping_is_laid_over_what_is_recognised(shop, till, empty_store, clock):
    till.sell(1)
    till.do("ALTER TABLE sales ADD COLUMN buyer TEXT DEFAULT 'Ben'")
    look(shop(till, mapping=Mapping(columns={"customer_id": "buyer"})), clock)
    assert empty_store.ask("SELECT customer_id FROM customer").column(0).to_pylist() == ["Ben"]


def test_a_table_that_is_empty_or_not_yet_there_is_waited_for(shop, till, empty_store, clock):
    till.path.rename(till.path.with_suffix(".away"))
    pump = shop(till)
    assert "there is no sqlite file" in look(pump, clock)
    till.path.with_suffix(".away").rename(till.path)
    assert look(pump, clock) is None
    till.sell(1)
    look(pump, clock)
    assert orders(empty_store) == ["o1"]


def test_what_is_missing_is_said_and_waited_for(shop, till, empty_store, clock):
    till.do("ALTER TABLE sales RENAME TO other")
    pump = shop(till)
    assert look(pump, clock) == "SourceDown: table sales: no such table: sales"
    till.do("ALTER TABLE other RENAME TO sales")
    till.sell(1)
    look(pump, clock)
    assert orders(empty_store) == ["o1"]
    wrong = shop(till, by="number", store=Store())
    assert "by='number'; allowed: one of id, order_id" in look(wrong, clock)


def test_a_table_of_something_else_is_refused(shop, till, empty_store, clock):
    till.do("DROP TABLE sales")
    till.do("CREATE TABLE sales (id INTEGER, day TEXT, product TEXT, on_hand INTEGER)")
    till.do("INSERT INTO sales VALUES (1, '2024-05-01', 'Hat', 3)")
    pump = shop(till)
    assert "a table of stock; order lines are allowed" in look(pump, clock)
    assert empty_store.position("sales") == "{}"


def test_bad_rows_are_set_aside_with_the_value_of_the_growing_column(shop, till, empty_store, clock):
    till.sell(1, 2)
    till.sell(3, amount="much")
    look(shop(till), clock)
    assert orders(empty_store) == ["o1", "o2"]
    found = empty_store.ask("SELECT source, position FROM quarantine").to_pylist()
    assert found == [{"source": "sales", "position": "id=3"}]


@pytest.mark.parametrize("most_rows", [1, 2, 3, 7])
def test_rows_with_one_value_are_never_parted(shop, till, empty_store, clock, most_rows):
    ids = [1, 2, 2, 2, 2, 2, 3, 4, 4, 5]
    till.sell(*ids)
    for _ in ids:
        pump = shop(till, most_rows=most_rows)
        pump.step()
        seen = orders(empty_store)
        assert all(seen.count(order) in (0, ids.count(int(order[1:]))) for order in seen)
    look(shop(till, most_rows=most_rows), clock)
    assert orders(empty_store) == [f"o{id_}" for id_ in ids]


def test_the_youngest_rows_are_held_back(shop, till, empty_store, clock):
    till.sell(1)
    pump = shop(till, settle=5)
    look(pump, clock)
    till.sell(3)
    look(pump, clock, 3)
    assert orders(empty_store) == []
    till.sell(2)
    look(pump, clock, 3)
    assert orders(empty_store) == ["o1"]
    look(pump, clock, 3)
    assert orders(empty_store) == ["o1", "o2", "o3"]


def test_rows_without_a_value_are_not_there(shop, till, empty_store, clock):
    till.do("INSERT INTO sales VALUES (NULL, 'x', 'Ada', '2024-05-01', 1)")
    till.sell(1)
    look(shop(till), clock)
    assert orders(empty_store) == ["o1"]


def test_the_table_is_only_read(till, shop, clock):
    till.sell(1)
    till.path.chmod(0o444)
    till.path.parent.chmod(0o555)
    try:
        look(shop(till), clock)
    finally:
        till.path.parent.chmod(0o755)
    query = TableQuery(f"sqlite:///{till.path}", "sales", "id")
    with closing(query._opened(till.path)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM sales")


def test_a_duckdb_file_grows_as_well(shop, till, empty_store, clock, tmp_path):
    path = tmp_path / "shop.duckdb"
    till.sell(1, 2)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales AS SELECT 1 AS id, 'o1' AS order_id, TIMESTAMP '2024-05-01' AS sold_at,"
                           " 1.25::DECIMAL(9, 2) AS amount")  # fmt: skip

    class Duck:
        options = f"url=duckdb:///{path}"

    look(shop(Duck, by="sold_at"), clock)
    assert empty_store.ask("SELECT amount FROM order_line").column(0).to_pylist() == [12_500]


DEED = st.one_of(
    st.tuples(st.just("sell"), st.lists(st.integers(0, 2), max_size=5)),
    st.tuples(st.sampled_from(["step", "look", "kill"]), st.just([])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow,
                                                                 HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(DEED, max_size=20), st.integers(1, 4))
def test_every_row_is_there_once_whenever_it_is_killed(shop, tmp_path_factory, new_clock, deeds, most_rows):
    till, store, clock = Till(tmp_path_factory.mktemp("till") / "shop.db"), Store(), new_clock()
    how = {"store": store, "clock": clock, "most_rows": most_rows}
    pump, newest, sold = shop(till, **how), 0, []
    for deed, steps in deeds:
        if deed == "sell":
            ids = [newest := newest + step for step in [1, *steps]]
            till.sell(*ids)
            sold += ids
        elif deed == "step":
            clock.now += pump.step()
        elif deed == "look":
            look(pump, clock)
        else:
            pump = shop(till, **how)
    look(shop(till, **how), clock)
    assert orders(store) == [f"o{id_}" for id_ in sold]
    store.close()


@pytest.mark.parametrize(
    "value",
    [7, -2.5, Decimal("10.00"), FIRST, datetime(2024, 5, 1, 2, 3, 4, 567, tzinfo=UTC), date(2024, 5, 1), "ä 1"],
)
def test_a_position_keeps_value_and_kind(value):
    found = read_value(write_value(value))
    assert (found, type(found)) == (value, type(value))


def test_what_does_not_grow_is_refused():
    for value in (b"x", True, None):
        with pytest.raises(UnusableInput, match="allowed: numbers"):
            write_value(value)


@pytest.mark.parametrize(
    ("url", "given", "words"),
    [
        ("table://", None, "table://NAME"),
        ("table://me:secret@sales?by=id", None, "table://NAME"),
        ("table://sales/x?by=id", None, "table://NAME"),
        ("table://sales?by=id", None, "no database"),
        ("table://sales?by=id&url=shop.db", None, "no database"),
        ("table://sales?url=sqlite:///x", None, "by=column"),
        ("table://sales?by=id&url=sqlite:///x&start=1", None, "option 'start'"),
        ("table://sales?by=id", {"user": "x"}, "setting 'user'"),
        ("table://sales?by=id&url=postgresql://me:secret@db/shop", None, "a password stands in the URL"),
        ("table://sales?by=id&url=sqlite:///x&settle=long", None, "settle 'long'"),
    ],
)
def test_what_cannot_be_used_is_said_without_the_secret(url, given, words):
    with pytest.raises(UnusableInput, match=words) as error:
        table_source(url, given)
    assert "secret" not in str(error.value)


def test_a_database_that_nobody_knows_is_said_without_the_secret():
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
    with pytest.raises(UnusableInput, match="not a database URL") as error:
        table_source("table://sales?by=id", {"url": "no-such-database://me:secret@db/shop"})
    assert "secret" not in str(error.value)


@pytest.fixture
def server_pump(postgres, empty_store, clock):
    """Makes the pump of a table in PostgreSQL; its URL stands in the settings."""
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
    postgres.do('DROP TABLE IF EXISTS "Sales"')
    postgres.do(CREATE.format(time="timestamptz", money="numeric(12, 2)").replace("sales", '"Sales"'))
    sources = []

    def make(by, **how):
        source = table_source(f"table://public.Sales?by={by}&settle=0", {"url": postgres.url}, clock=clock, **how)
        sources.append(source)
        pump = Pump(source, empty_store, clock=clock, most_rows=1)
        pump.open()
        return pump

    yield make
    for source in sources:
        source.close()


def sell(postgres, *ids):
    rows = [(id_, f"o{id_}", "Ada", FIRST.replace(tzinfo=UTC) + timedelta(minutes=id_), Decimal("0.10")) for id_ in ids]
    postgres.do('INSERT INTO "Sales" VALUES (%s, %s, %s, %s, %s)', rows)


@pytest.mark.parametrize("by", ["id", "sold_at"])
def test_postgresql_grows_in_bounded_batches_over_restarts(postgres, server_pump, empty_store, clock, by):
    ids = [1, 2, 2, 2, 3, 4, 5, 5]
    sell(postgres, *ids)
    for _ in range(3):
        server_pump(by, most_rows=2).step()
    assert 0 < len(orders(empty_store)) < len(ids)
    pump = server_pump(by, most_rows=2)
    look(pump, clock)
    sell(postgres, 6)
    look(pump, clock)
    assert orders(empty_store) == [f"o{id_}" for id_ in [*ids, 6]]
    assert empty_store.ask("SELECT DISTINCT amount FROM order_line").column(0).to_pylist() == [1_000]


def test_postgresql_is_asked_read_only(postgres, server_pump):
    import sqlalchemy

    engine = server_pump("id").source._query._engine
    with pytest.raises(sqlalchemy.exc.SQLAlchemyError, match="read-only"), engine.connect() as connection:
        connection.execute(sqlalchemy.text('DELETE FROM "Sales"'))


def test_postgresql_that_is_away_is_waited_for(postgres, server_pump, empty_store, clock):
    sell(postgres, 1)
    pump = server_pump("id")
    look(pump, clock)
    postgres.stop()
    assert look(pump, clock).startswith("SourceDown: table public.Sales")
    for _ in range(6):
        look(pump, clock)
    postgres.start()
    sell(postgres, 2)
    assert look(pump, clock) is None
    look(pump, clock)
    assert orders(empty_store) == ["o1", "o2"]
