"""Whoever has the store as somebody sees it has no way to another row, and none to a name that is hidden."""

import re
from datetime import date

import pyarrow as pa
import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.schema import QUARANTINE, arrow_schema
from retail_panel.store import EVERYTHING, NOTHING, RowPolicy, Store
from retail_panel.store.seen import SeenStore

ONLINE, LEEDS = RowPolicy((("channel", ("Online",)),)), RowPolicy((("store", ("Leeds",)),))
HIDDEN = RowPolicy(masked=True)


def number(store, sql, *policy):
    return store.ask(sql, *policy).column(0)[0].as_py()


def test_every_question_is_under_the_own_policy_whatever_comes_with_it(store):
    seen = store.seen_by(ONLINE)
    assert number(seen, "SELECT count(*) FROM order_line") == 8
    assert number(seen, "SELECT count(*) FROM order_line", EVERYTHING) == 8
    assert number(seen, "SELECT count(*) FROM order_line", ONLINE) == 8
    for policy in (LEEDS, NOTHING, RowPolicy((("channel", ("Online", "In-store")),))):
        for way in (seen.ask, seen.sql, lambda question, policy: seen.keep("other", question, policy)):
            with pytest.raises(RetailPanelError, match="under no other one"):
                way("SELECT count(*) FROM order_line", policy)
        with pytest.raises(RetailPanelError, match="under no other one"):
            seen.seen_by(policy)


def test_it_has_no_way_to_write_or_to_reach_the_engine():
    public = {name for name in vars(SeenStore) if not name.startswith("_")} | {"policy"}
    assert public == {
        "policy", "lines", "stock", "feedback", "quarantine", "customers", "version", "rewritten", "tally", "seen_by",
        "sql", "ask", "keep", "keep_table", "keep_view", "extend", "compress", "forget", "let_go",
        "reports", "commits",
        "saved_views", "save_view",
    }  # fmt: skip


def test_text_that_was_permitted_to_one_is_restricted_again_for_another(store):
    everything, online = store.seen_by(EVERYTHING), store.seen_by(ONLINE)
    assert number(online, everything.sql("SELECT count(*) FROM order_line")) == 8
    permitted = online.sql("SELECT count(*) FROM order_line")
    assert online.sql(permitted) == permitted and number(online, str(permitted)) == 8
    assert number(store.seen_by(LEEDS), permitted) == 0


def test_a_question_is_never_cut_short(store):
    for seen in (store, store.seen_by(ONLINE)):
        with pytest.raises(UnusableInput, match="the character NUL"):
            seen.ask("SELECT count(*) FROM order_line\0 WHERE FALSE")


def test_scratch_tables_are_read_under_the_policy_that_they_were_kept_under(store):
    online, leeds = store.seen_by(ONLINE), store.seen_by(LEEDS)
    kept = online.keep("kept", online.lines)
    table = online.keep_table("uploaded", store.ask("SELECT 1 AS one"))
    view = online.keep_view("seen_now", online.lines)
    for question in (kept, table, view):
        assert online.ask(question.count().as_table()).num_rows == 1
        with pytest.raises(RetailPanelError, match="does not read"):
            leeds.ask(question)
    leeds.keep("kept", leeds.lines)
    with pytest.raises(RetailPanelError, match="does not read"):
        online.ask(kept)


def test_what_is_added_to_a_scratch_table_is_permitted_as_what_is_in_it(store):
    online, leeds = store.seen_by(ONLINE), store.seen_by(LEEDS)
    kept = online.keep("kept", online.lines)
    view = online.keep_view("now", kept.filter(kept.version <= 1))
    online.extend("kept", online.lines.filter(online.lines.version <= 1))
    assert number(online, "SELECT count(*) FROM scratch.main.kept") == 16 == number(online, view.count().as_table())
    with pytest.raises(RetailPanelError, match="not kept under the policy"):
        leeds.extend("kept", leeds.lines)
    assert number(online, "SELECT count(*) FROM scratch.main.kept") == 16


def test_rows_of_several_policies_add_up(store):
    either = RowPolicy.any_of([ONLINE, LEEDS])
    assert number(store.seen_by(either), "SELECT count(*) FROM order_line") == 17
    coats = RowPolicy((("category", ("Coats",)), ("channel", ("Online",))))
    assert number(store.seen_by(RowPolicy.any_of([coats, LEEDS])), "SELECT count(*) FROM order_line") == 4 + 9
    assert RowPolicy.any_of([ONLINE, LEEDS, ONLINE]) == RowPolicy.any_of([LEEDS, ONLINE])
    assert RowPolicy.any_of([ONLINE, EVERYTHING]) == EVERYTHING
    assert number(store.seen_by(RowPolicy.any_of([])), "SELECT count(*) FROM order_line") == 0
    assert number(store.seen_by(NOTHING), "SELECT count(*) FROM order_line") == 0


def test_a_first_day_is_that_of_permitted_lines(store):
    days = "SELECT first_day FROM customer WHERE customer_id = 'Ben'"
    assert number(store, days) == date(2024, 2, 1)
    assert number(store.seen_by(ONLINE), days) == date(2024, 6, 20)


def test_reports_and_commits_tell_of_every_row_and_so_of_none_to_whom_some_are_hidden(store, make_lines):
    with store.loading("more") as load:
        load.append(make_lines())
        load.report({"rows": 17, "quarantined": [{"reason": "no date", "examples": [{"text": "Ada, 3 Main Street"}]}]})
    assert store.seen_by(ONLINE).reports() == [] and store.seen_by(ONLINE).commits() == []
    assert len(store.seen_by(EVERYTHING).commits()) == 2
    assert "Main Street" in str(store.seen_by(EVERYTHING).reports())
    (hidden,) = store.seen_by(HIDDEN).reports()
    assert "Main Street" not in str(hidden) and hidden["quarantined"] == [{"reason": "no date"}]


def test_customers_have_pseudonyms_where_their_ids_are_hidden(store):
    names = store.seen_by(HIDDEN).ask("SELECT customer_id FROM customer ORDER BY customer_key").column(0).to_pylist()
    assert len(set(names)) == 6 and all(re.fullmatch(r"P-[A-Z2-7]{12}", name) for name in names)
    assert names == [store.pseudonyms.of(name) for name in ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn")]
    lines = "SELECT count(*) FROM order_line JOIN customer USING (customer_key) WHERE customer_id = '{}'"
    assert number(store.seen_by(HIDDEN), lines.format(names[4])) == 1
    assert number(store.seen_by(HIDDEN), lines.format("Eve")) == 0
    both = RowPolicy(ONLINE.allowed, masked=True)
    found = store.seen_by(both).ask("SELECT customer_id FROM customer").column(0).to_pylist()
    assert set(found) == {store.pseudonyms.of(name) for name in ("Ada", "Ben", "Dan")}


def test_customers_who_arrive_get_pseudonyms_too(store, make_lines):
    seen = store.seen_by(HIDDEN)
    assert number(seen, "SELECT count(*) FROM customer") == 6
    store.append(make_lines(customer_id=["Gil", "Ada"]))
    assert number(seen, "SELECT count(*) FROM customer") == 7
    name = store.pseudonyms.of("Gil")
    assert number(seen, f"SELECT count(*) FROM customer WHERE customer_id = '{name}'") == 1


def test_pseudonyms_follow_the_key_and_nothing_else(empty_store, make_lines):
    empty_store.append(make_lines(customer_id="Ada"))
    empty_store.pseudonyms.use(b"k" * 32)
    seen = empty_store.seen_by(HIDDEN)
    found = number(seen, "SELECT customer_id FROM customer")
    with_other = Store()
    with_other.pseudonyms.use(b"k" * 32)
    assert found == with_other.pseudonyms.of("Ada") != with_other.pseudonyms.of("ada")
    with_other.close()
    empty_store.pseudonyms.use(b"l" * 32)
    assert number(seen, "SELECT customer_id FROM customer") != found


def test_no_spelling_finds_a_hidden_id_or_the_text_of_a_row_set_aside(store):
    with store.loading("more") as load:
        aside = {"source": "f", "position": "1", "column": None, "reason": "no date", "text": "Ada, 3 Main Street"}
        load.set_aside(pa.Table.from_pylist([aside], schema=arrow_schema(QUARANTINE)))
    seen = store.seen_by(HIDDEN)
    for sql in (
        "SELECT * FROM quarantine", "SELECT max(text) FROM quarantine", "SELECT * FROM customer",
        "SELECT c.* FROM main.customer c", "WITH customer AS (SELECT * FROM customer) SELECT * FROM customer",
        "SELECT customer FROM customer", "SELECT min(customer_id), max(customer_id) FROM customer",
        "FROM customer", "SELECT (SELECT min(customer_id) FROM customer)",
    ):  # fmt: skip
        found = str(seen.ask(sql).to_pylist())
        assert not re.search("Ada|Ben|Cleo|Dan|Eve|Finn|Street", found), sql
    assert number(seen, "SELECT reason FROM quarantine") == "no date"
    for sql in ("SELECT * FROM scratch.main.other", "SELECT * FROM commit_log", "SELECT * FROM duckdb_tables()"):
        with pytest.raises(RetailPanelError, match="does not read"):
            seen.ask(sql)
