"""Store files of older versions are brought up to ours; those of newer ones are refused."""

import duckdb
import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.store import Store, upgrade
from retail_panel.store.retention import roll_up
from retail_panel.store.upgrade import newest, schema_of

#: The tables as version 0.1.0 made them on 20 November 2026, before schemas had numbers; not to be changed.
FIRST = """
CREATE TABLE order_line (line BIGINT, version INTEGER, order_key BIGINT, customer_key INTEGER, brand VARCHAR,
    order_id VARCHAR, ordered_at TIMESTAMP, channel VARCHAR, store VARCHAR, country VARCHAR, category VARCHAR,
    product VARCHAR, description VARCHAR, kind VARCHAR, tier VARCHAR, currency VARCHAR, quantity DOUBLE, amount BIGINT,
    list_amount BIGINT, unit_cost BIGINT, is_return BOOLEAN, is_duplicate BOOLEAN, is_zero_price BOOLEAN,
    is_adjustment BOOLEAN, is_outlier BOOLEAN);
CREATE TABLE stock (version INTEGER, brand VARCHAR, day DATE, store VARCHAR, category VARCHAR, product VARCHAR,
    on_hand DOUBLE, unit_cost BIGINT);
CREATE TABLE feedback (version INTEGER, customer_key INTEGER, brand VARCHAR, given_at TIMESTAMP, order_id VARCHAR,
    channel VARCHAR, store VARCHAR, scale VARCHAR, score SMALLINT);
CREATE TABLE quarantine (version INTEGER, source VARCHAR, position VARCHAR, "column" VARCHAR, reason VARCHAR,
    text VARCHAR);
CREATE TABLE customer (customer_key INTEGER, customer_id VARCHAR, first_day DATE);
CREATE TABLE commit_log (version INTEGER, committed_at TIMESTAMP, source VARCHAR, position VARCHAR, rows BIGINT,
    report VARCHAR);
CREATE TABLE saved_view (owner VARCHAR, name VARCHAR, query VARCHAR);
INSERT INTO order_line BY NAME SELECT 1 AS line, 1 AS version, -1 AS order_key, 0 AS customer_key,
    TIMESTAMP '2024-01-05 09:30:00' AS ordered_at, 'Full Price' AS kind, 200000 AS amount, false AS is_return,
    false AS is_duplicate, false AS is_zero_price, false AS is_adjustment, false AS is_outlier;
INSERT INTO customer VALUES (0, 'Eve', DATE '2024-01-05');
INSERT INTO commit_log VALUES (1, TIMESTAMP '2026-11-20 12:00:00', 'kafka tills', '41', 1, NULL);
INSERT INTO saved_view VALUES ('local', 'mine', 'page=trends');
"""


@pytest.fixture
def first(tmp_path):
    """The URL of a store file of version 0.1.0."""
    file = tmp_path / "first.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute(FIRST)
    return f"duckdb:///{file}"


def test_a_store_of_the_first_version_opens_and_goes_on(first, six_clean):
    store = Store(first)
    assert (store.version, store.position("kafka tills")) == (1, "41")
    assert store.saved_views("local") == {"mine": "page=trends"}
    assert schema_of(store.engine) == newest()
    assert store.append(six_clean) == 2
    assert store.ask(store.lines.count().as_table()).column(0)[0].as_py() == 18
    # Lines of before are lines as they came, and can be rolled up.
    assert roll_up(store, 60).becomes > 0
    assert store.ask("SELECT merged FROM order_line WHERE line = 1").column(0).to_pylist() == [1]
    store.close()
    again = Store(first)
    assert (again.version, schema_of(again.engine)) == (3, newest())
    again.close()


def test_steps_are_taken_in_order_and_once(first, monkeypatch):
    steps = upgrade.STEPS | {
        newest() + 1: ("ALTER TABLE order_line ADD COLUMN till VARCHAR", "UPDATE order_line SET till = 'one'"),
        newest() + 2: ("UPDATE order_line SET till = till || ' and two'",),
    }
    monkeypatch.setattr(upgrade, "STEPS", steps)
    for _ in range(2):
        store = Store(first)
        assert store.ask("SELECT till FROM order_line").column(0).to_pylist() == ["one and two"]
        assert schema_of(store.engine) == max(steps)
        store.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(first, monkeypatch):
    here = newest()
    monkeypatch.setattr(upgrade, "STEPS", upgrade.STEPS | {here + 1: ("DELETE FROM order_line", "SELECT nonsense")})
    with pytest.raises(RetailPanelError, match="nonsense"):
        Store(first)
    monkeypatch.undo()
    store = Store(first)
    assert (store.version, schema_of(store.engine)) == (1, here)
    assert store.ask("SELECT count(*) AS rows FROM order_line").column(0)[0].as_py() == 1
    store.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path, monkeypatch):
    url = f"duckdb:///{tmp_path}/newer.duckdb"
    monkeypatch.setattr(upgrade, "STEPS", upgrade.STEPS | {97: ()})
    Store(url).close()
    monkeypatch.undo()
    with pytest.raises(UnusableInput, match=rf"schema 97, of a newer Retail Panel; allowed: up to {newest()}"):
        Store(url)
    with duckdb.connect(str(tmp_path / "newer.duckdb")) as file:
        assert file.execute("SELECT number FROM schema_number").fetchall() == [(97,)]
