"""Scratch tables that stay for as long as somebody holds them."""

from retail_panel.store import Kept


def names(store):
    found = store.engine.fetch("SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'scratch'")
    return set(found["name"].to_pylist())


def test_it_is_there_while_it_is_held_and_goes_with_the_next_question(store):
    kept = Kept(store, "held", store.lines.select("amount"))
    rows = store.ask(kept.table.aggregate(rows=kept.table.count()))["rows"][0].as_py()
    assert rows == store.ask(store.lines.aggregate(rows=store.lines.count()))["rows"][0].as_py()
    assert "held" in names(store)
    del kept
    store.ask("SELECT 1 AS one")
    assert "held" not in names(store)
