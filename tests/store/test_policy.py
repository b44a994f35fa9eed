"""Row policies hold whatever the question looks like."""

import pytest

from retail_panel.errors import RetailPanelError
from retail_panel.measures import facts
from retail_panel.store import EVERYTHING, RowPolicy

ONLINE = RowPolicy((("channel", ("Online",)),))
# Online are 8 of the 17 lines, of 3 of the 6 customers.


def count(store, sql, policy=ONLINE):
    return store.ask(sql, policy).column(0)[0].as_py()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM order_line",
        "SELECT count(*) FROM ORDER_LINE",
        'SELECT count(*) FROM "Order_Line" AS t',
        "SELECT count(*) FROM main.order_line",
        "SELECT count(*) FROM memory.main.order_line AS o",
        "FROM order_line SELECT count(*)",
        "SELECT count(a) FROM order_line AS t(a, b)",
        "SELECT count(order_line.line) FROM order_line",
        "SELECT count(*) FROM (order_line JOIN customer USING (customer_key))",
        "SELECT count(*) FROM customer JOIN order_line USING (customer_key)",
        "SELECT count(*) FROM customer c RIGHT JOIN order_line o ON c.customer_key = o.customer_key",
        "SELECT count(*) FROM order_line a JOIN order_line b USING (line)",
        "SELECT count(DISTINCT a.line) FROM order_line a, order_line b",
        "SELECT (SELECT count(*) FROM order_line)",
        "SELECT count(*) FROM (SELECT * FROM (SELECT * FROM order_line) x) y",
        "SELECT count(*) FROM order_line WHERE line IN (SELECT line FROM order_line)",
        "SELECT count(*) FROM order_line o WHERE EXISTS (SELECT 1 FROM order_line i WHERE i.line = o.line)",
        "WITH t AS (SELECT * FROM order_line) SELECT count(*) FROM t",
        "WITH t AS (SELECT * FROM order_line), u AS (SELECT * FROM t) SELECT count(*) FROM u a JOIN u b USING (line)",
        "WITH order_line AS (SELECT * FROM order_line) SELECT count(*) FROM order_line",
        "SELECT count(*) FROM order_line o, LATERAL (SELECT o.line) l",
        "SELECT count(*) FROM (SELECT line FROM order_line UNION SELECT line FROM order_line)",
        "SELECT sum(1) FROM order_line TABLESAMPLE 100%",
    ],
)
def test_no_spelling_of_a_question_sees_other_rows(store, sql):
    assert count(store, sql) == 8


def test_expressions_are_restricted_as_text_is(store):
    lines = store.lines
    other = lines.view()
    joined = lines.join(other, lines.line == other.line)
    assert store.ask(joined.aggregate(n=joined.count()), ONLINE).to_pylist() == [{"n": 8}]
    found = store.ask(facts(lines, store.customers), ONLINE)
    assert found.num_rows == 8 and set(found["channel"].to_pylist()) == {"Online"}


def test_customers_are_those_of_permitted_lines(store):
    found = store.ask("SELECT customer_id FROM customer ORDER BY 1", ONLINE).column(0).to_pylist()
    assert found == ["Ada", "Ben", "Dan"]


def test_conditions_hold_at_once_and_no_value_means_no_row(store):
    both = RowPolicy((("channel", ("Online",)), ("category", ("Coats", "Shoes"))))
    assert count(store, "SELECT count(*) FROM order_line", both) == 6
    assert count(store, "SELECT count(*) FROM order_line", RowPolicy((("channel", ()),))) == 0


def test_a_missing_value_is_not_a_permitted_one(empty_store, make_lines):
    empty_store.append(make_lines(channel=["Online", None]))
    assert count(empty_store, "SELECT count(*) FROM order_line") == 1


def test_a_value_is_never_read_as_sql(store):
    sly = RowPolicy((("channel", ("Online') OR TRUE --",)),))
    assert count(store, "SELECT count(*) FROM order_line", sly) == 0


def test_a_table_without_the_column_shows_nothing(store):
    assert count(store, "SELECT count(*) FROM stock") == 0
    assert count(store, "SELECT count(*) FROM feedback") == 3
    leeds = RowPolicy((("store", ("Leeds",)),))
    assert count(store, "SELECT count(*) FROM stock", leeds) == 3
    assert count(store, "SELECT count(*) FROM quarantine", leeds) == 0


def test_scratch_tables_were_restricted_when_they_were_kept(store):
    kept = store.keep("order_line", store.lines, ONLINE)
    assert store.ask(kept.aggregate(n=kept.count()), ONLINE).to_pylist() == [{"n": 8}]
    everything = store.keep("everything", store.lines)
    for question in (kept, everything):
        with pytest.raises(RetailPanelError, match="under a row policy the store does not read"):
            store.ask(question.aggregate(n=question.count()), RowPolicy((("channel", ("In-store",)),)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT count(*) FROM order_line",
        "SELECT * FROM query('SELECT * FROM order_line')",
        "SELECT * FROM query_table('order_line')",
        "SELECT * FROM commit_log",
        "SELECT * FROM saved_view",
        "WITH saved_view AS (SELECT * FROM saved_view) SELECT * FROM saved_view",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM 'order_lines.csv'",
        "SUMMARIZE order_line",
        "DELETE FROM order_line",
        "COPY order_line TO 'order_lines.csv'",
    ],
)
def test_what_cannot_be_restricted_is_refused(store, sql):
    with pytest.raises(RetailPanelError, match="under a row policy"):
        store.ask(sql, ONLINE)
    assert count(store, "SELECT count(*) FROM order_line", EVERYTHING) == 17
