"""Appending, versions, snapshots, threads and reopening."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import duckdb
import pyarrow as pa
import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.schema import QUARANTINE, arrow_schema
from retail_panel.store import Store, engines


def count(store, table="order_line"):
    return store.ask(f"SELECT count(*) FROM {table}").column(0)[0].as_py()


def test_an_empty_store_is_version_0_and_answers(empty_store):
    assert empty_store.version == 0 and count(empty_store) == 0
    assert empty_store.reports() == [] and empty_store.commits() == []


def test_each_commit_adds_one_to_the_version_and_lines_know_theirs(empty_store, make_lines):
    assert empty_store.append(make_lines(amount=[1, 2])) == 1
    assert empty_store.append(make_lines(amount=[3]), source="till", position="17") == 2
    rows = empty_store.ask("SELECT line, version, amount FROM order_line ORDER BY line").to_pylist()
    assert [(row["line"], row["version"], row["amount"]) for row in rows] == [
        (1, 1, 10_000), (2, 1, 20_000), (3, 2, 30_000),
    ]  # fmt: skip
    commits = [(version, source, rows) for version, _, source, rows in empty_store.commits()]
    assert commits == [(1, "append", 2), (2, "till", 1)]
    assert [version for version, *_ in empty_store.commits(since=1)] == [2]


def test_one_load_of_many_batches_is_one_version(empty_store, make_lines, make_stock, make_feedback):
    aside = {"source": "x.csv", "position": "7", "column": None, "reason": "no time", "text": "a,b"}
    with empty_store.loading("x.csv", position="end") as load:
        load.append(make_lines(amount=[1, 2]))
        load.append(make_lines(amount=[3]))
        load.append_stock(make_stock(on_hand=[1.0, 0.0]))
        load.append_feedback(make_feedback(score=[5]))
        load.set_aside(pa.Table.from_pylist([aside], schema=arrow_schema(QUARANTINE)))
        load.report({"rows": 7, "reasons": {"no time": 1}})
    assert empty_store.version == 1
    assert [count(empty_store, t) for t in ("order_line", "stock", "feedback", "quarantine")] == [3, 2, 1, 1]
    assert empty_store.reports() == [{"rows": 7, "reasons": {"no time": 1}}]
    assert empty_store.position("x.csv") == "end"


def test_an_error_rolls_everything_back(store, make_lines):
    before = store.ask("SELECT * FROM order_line ORDER BY line")
    with pytest.raises(ZeroDivisionError), store.loading("bad", position="9") as load:
        load.append(make_lines(customer_id=["Gus"], amount=[1]))
        load.report({"rows": 1})
        raise ZeroDivisionError
    assert store.version == 1 and store.position("bad") is None and len(store.commits()) == 1
    assert store.ask("SELECT * FROM order_line ORDER BY line") == before
    assert count(store, "customer") == 6
    assert store.append(make_lines(customer_id=["Gus"])) == 2
    assert store.ask("SELECT max(line) AS line FROM order_line").to_pylist() == [{"line": 18}]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_load_is_rolled_back_too(store, make_lines, error):
    with pytest.raises(error), store.loading("stopped") as load:
        load.append(make_lines())
        raise error
    assert (store.version, count(store)) == (1, 17)
    assert store.append(make_lines()) == 2


def test_a_batch_that_does_not_fit_is_refused_whole(store, make_lines):
    good = make_lines(amount=[1, 2])
    columns = good.column_names
    floats = good.set_column(columns.index("amount"), "amount", pa.array([1.5, 2.5]))
    no_time = good.set_column(columns.index("ordered_at"), "ordered_at", pa.nulls(2, pa.timestamp("us")))
    for batch, message in [
        (good.drop_columns(["tier"]), "expected: .*'tier'"),
        (floats, "column amount: the type is double; expected: int64"),
        (no_time, "column ordered_at: 2 values are missing"),
    ]:
        with pytest.raises(RetailPanelError, match=message):
            store.append(batch)
    assert (store.version, count(store)) == (1, 17)


def test_dictionary_encoded_and_large_texts_are_taken(empty_store, make_lines):
    batch = make_lines(channel=["Online", None, "Online"], customer_id=["a", None, "b"])
    for name, kind in (("channel", pa.dictionary(pa.int8(), pa.string())), ("customer_id", pa.large_string())):
        batch = batch.set_column(batch.column_names.index(name), name, batch[name].cast(kind))
    empty_store.append(batch)
    rows = empty_store.ask("SELECT channel, customer_id FROM order_line LEFT JOIN customer USING (customer_key)")
    assert sorted(rows.to_pylist(), key=str) == sorted(
        [{"channel": "Online", "customer_id": "a"}, {"channel": None, "customer_id": None},
         {"channel": "Online", "customer_id": "b"}], key=str,
    )  # fmt: skip


def test_orders_have_one_key_whichever_batch_brings_their_lines(empty_store, make_lines):
    empty_store.append(make_lines(order_id=["1", "1", "2", None, None], brand=["A", "A", "A", "A", None]))
    empty_store.append(make_lines(order_id=["1", "1", None], brand=["A", "B", None]))
    keys = empty_store.ask("SELECT order_key AS k FROM order_line ORDER BY line").column("k").to_pylist()
    a1, a1_too, a2, alone, alone_too, a1_again, b1, alone_again = keys
    assert a1 == a1_too == a1_again
    assert len({a1, a2, alone, alone_too, b1, alone_again}) == 6


def test_customers_keep_their_key_and_their_first_day_of_purchase(empty_store, make_lines, make_feedback):
    days = ["2024-03-05 23:59", "2024-03-07", "2024-01-01"]
    empty_store.append(make_lines(customer_id=["b", "a", None], ordered_at=days))
    keys = dict(empty_store.engine.cursor().execute("SELECT customer_id, customer_key FROM customer").fetchall())
    later = make_lines(customer_id=["a", "b", "c"], ordered_at=["2024-03-06", "2024-03-09", "2024-02-01"],
                       kind=["Full Price", "Full Price", "Return"], amount=[1, 1, -1])  # fmt: skip
    with empty_store.loading("later") as load:
        load.append(later)
        load.append_feedback(make_feedback(customer_id=["d", "a", None]))
    rows = empty_store.ask("SELECT * FROM customer ORDER BY customer_id").to_pylist()
    assert [(row["customer_id"], row["first_day"]) for row in rows] == [
        ("a", datetime.date(2024, 3, 6)), ("b", datetime.date(2024, 3, 5)), ("c", None), ("d", None),
    ]  # fmt: skip
    found = {row["customer_id"]: row["customer_key"] for row in rows}
    assert len(set(found.values())) == 4 and all(found[name] == key for name, key in keys.items())
    answers = empty_store.ask("SELECT customer_key FROM feedback ORDER BY 1 NULLS LAST").column(0).to_pylist()
    assert answers == sorted([found["a"], found["d"]]) + [None]


def test_lines_are_numbered_in_the_order_they_came(empty_store, make_lines):
    batch = make_lines(amount=list(range(1, 1001)))
    empty_store.append(pa.concat_tables([batch] * 300).combine_chunks())
    sql = "SELECT count(*) FROM order_line WHERE amount <> ((line - 1) % 1000 + 1) * 10000"
    assert empty_store.ask(sql).column(0)[0].as_py() == 0


def test_readers_see_a_snapshot_while_a_load_goes_on(store, make_lines):
    with ThreadPoolExecutor(1) as reader, store.loading("slow") as load:
        load.append(make_lines(amount=[1] * 100, customer_id="Gus"))
        assert reader.submit(count, store).result(timeout=20) == 17
        assert reader.submit(count, store, "customer").result(timeout=20) == 6
        assert store.version == 1
    assert (store.version, count(store)) == (2, 117)


def test_a_reader_never_sees_a_version_without_its_rows(empty_store, make_lines):
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            version = empty_store.version
            rows = empty_store.ask("SELECT count(*) AS n, count(DISTINCT version) AS v FROM order_line").to_pylist()[0]
            if rows["v"] < version or rows["n"] != 10 * rows["v"]:
                wrong.append((version, rows))

    with ThreadPoolExecutor(3) as readers:
        running = [readers.submit(read) for _ in range(3)]
        for _ in range(30):
            empty_store.append(make_lines(amount=[1] * 10))
        stop.set()
        for reader in running:
            reader.result(timeout=20)
    assert wrong == [] and empty_store.version == 30


def test_writers_take_turns(empty_store, make_lines):
    with ThreadPoolExecutor(4) as writers:
        versions = list(writers.map(lambda i: empty_store.append(make_lines(customer_id=f"c{i % 5}")), range(20)))
    assert sorted(versions) == list(range(1, 21))
    assert empty_store.version == 20 and count(empty_store) == 20
    assert empty_store.ask("SELECT count(DISTINCT line) FROM order_line").column(0)[0].as_py() == 20
    assert count(empty_store, "customer") == 5


def test_questions_of_many_threads_do_not_mix(store):
    def ask(i):
        return store.ask(f"SELECT {i} AS i, count(*) AS n FROM order_line").to_pylist()[0]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(80)))
    assert found == [{"i": i, "n": 17} for i in range(80)]


def test_scratch_tables_are_made_replaced_and_dropped(store):
    kept = store.keep("kept", store.lines.filter(store.lines.channel == "Online").select("line", "amount"))
    assert kept.columns == ("line", "amount")
    assert store.ask(kept.aggregate(n=kept.count())).to_pylist() == [{"n": 8}]
    kept = store.keep_table("kept", pa.table({"line": [1, 2]}))
    joined = kept.join(store.lines, "line")
    assert store.ask(joined.aggregate(n=joined.count())).to_pylist() == [{"n": 2}]
    seen = store.keep_view("seen_now", joined.select("line"))
    assert seen.columns == ("line",) and store.ask(seen).num_rows == 2
    store.extend("kept", "SELECT 3::BIGINT AS line")
    assert store.ask(seen).num_rows == 3
    for name in ("seen_now", "kept", "kept", "seen_now"):
        store.forget(name)
    with pytest.raises(RetailPanelError, match="kept"):
        store.ask(kept)
    assert store.version == 1


def test_what_the_engine_cannot_answer_is_our_error(store):
    with pytest.raises(RetailPanelError, match="no_such_column"):
        store.ask("SELECT no_such_column FROM order_line")
    assert count(store) == 17


def test_positions_are_the_last_committed_ones_by_feed(empty_store, make_lines):
    for source, position in (("till", "1"), ("web", "a"), ("till", "2")):
        empty_store.append(make_lines(), source, position)
    assert [empty_store.position(source) for source in ("till", "web", "post")] == ["2", "a", None]


def test_saved_views_belong_to_one_user(empty_store):
    empty_store.save_view("ada", "Spring", "since=2024-03-01")
    empty_store.save_view("ada", "Online", "channel=Online")
    empty_store.save_view("ben", "Spring", "store=Leeds")
    empty_store.save_view("ada", "Spring", "since=2024-03-02")
    assert empty_store.saved_views("ada") == {"Online": "channel=Online", "Spring": "since=2024-03-02"}
    empty_store.save_view("ada", "Online", None)
    assert (empty_store.saved_views("ada"), empty_store.saved_views("ben"), empty_store.saved_views("'; --")) == (
        {"Spring": "since=2024-03-02"}, {"Spring": "store=Leeds"}, {},
    )  # fmt: skip
    assert empty_store.version == 0


def test_a_view_is_saved_while_a_load_goes_on(store, make_lines):
    with ThreadPoolExecutor(1) as visitor, store.loading("slow") as load:
        load.append(make_lines())
        visitor.submit(store.save_view, "ada", "Spring", "since=2024-03-01").result(timeout=20)
        assert visitor.submit(store.saved_views, "ada").result(timeout=20) == {"Spring": "since=2024-03-01"}
    assert store.version == 2 and store.saved_views("ada") == {"Spring": "since=2024-03-01"}


def test_a_file_holds_everything_when_it_is_opened_again(tmp_path, make_lines):
    url = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    store = Store(url)
    with store.loading("till", position="5") as load:
        load.append(make_lines(customer_id=["a", "b"], order_id=["1", None]))
        load.report({"rows": 2})
    store.save_view("ada", "Spring", "x=1")
    store.close()
    again = Store(url)
    assert (again.version, again.position("till"), again.reports()) == (1, "5", [{"rows": 2}])
    assert again.saved_views("ada") == {"Spring": "x=1"}
    again.append(make_lines(customer_id=["b", "c"], order_id=["1", None]))
    rows = again.ask("SELECT line, order_key AS k, customer_key AS c FROM order_line ORDER BY line").to_pylist()
    again.close()
    assert [row["line"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["k"] == rows[2]["k"] and len({row["k"] for row in rows}) == 3
    assert rows[1]["c"] == rows[2]["c"] and len({row["c"] for row in rows}) == 3


def test_urls_that_cannot_be_opened_are_told(tmp_path):
    with pytest.raises(UnusableInput, match="'mysql'; allowed: duckdb"):
        Store("mysql://here/shop")
    with pytest.raises(RetailPanelError, match="cannot open the store"):
        Store(f"duckdb:///{tmp_path / 'no' / 'folder' / 'shop.duckdb'}")
    (tmp_path / "notes.duckdb").write_text("not a database " * 1000)
    with pytest.raises(RetailPanelError, match="cannot open the store"):
        Store(f"duckdb:///{tmp_path / 'notes.duckdb'}")


def test_limits_of_the_engine_are_set():
    store = Store(memory_limit="512MB", threads=1)
    sql = "SELECT current_setting('threads') AS t, current_setting('memory_limit') AS m"
    found = store.ask(sql).to_pylist()[0]
    store.close()
    assert found["t"] == 1 and found["m"] == "488.2 MiB"


def test_the_engine_has_a_thread_for_so_many_lines_unless_their_number_is_given(make_lines, monkeypatch):
    def threads(store):
        return store.ask("SELECT current_setting('threads') AS found")["found"][0].as_py()

    monkeypatch.setattr(engines, "LINES_A_THREAD", 2)
    with closing(duckdb.connect()) as other:
        cores = other.execute("SELECT current_setting('threads')").fetchone()[0]
    with closing(Store()) as free, closing(Store(threads=3)) as given:
        assert (threads(free), threads(given)) == (1, 3)
        for lines in (3, 6):
            for store in (free, given):
                store.append(make_lines(order_id=[f"{lines}{i}" for i in range(3)]))
            assert (threads(free), threads(given)) == (min(lines // 2, cores), 3)


def test_scratch_tables_can_be_compressed_while_nobody_writes_one(empty_store):
    held = "SELECT sum(memory_usage_bytes)::BIGINT AS n FROM duckdb_memory()"
    empty_store.keep("codes", "SELECT (i % 7)::BIGINT AS code, i // 1000 AS week FROM range(500_000) AS lines(i)")
    before, writer = empty_store.ask(held)["n"][0].as_py(), empty_store.engine.cursor().cursor()
    writer.execute("BEGIN").execute("CREATE TABLE scratch.main.more AS SELECT 1 AS code")
    assert not empty_store.compress()
    writer.execute("COMMIT")
    assert empty_store.compress()
    assert empty_store.ask(held)["n"][0].as_py() < before / 4
    assert empty_store.ask("SELECT count(*) AS n FROM scratch.main.codes")["n"].to_pylist() == [500_000]


def test_scratch_tables_may_be_larger_than_the_memory_of_the_engine(tmp_path):
    store = Store(f"duckdb:///{tmp_path}/shop.duckdb", memory_limit="60MB", threads=1)
    for number in range(4):
        store.keep(f"lines{number}", "SELECT hash(i) AS a, hash(i + 1) AS b FROM range(1_500_000) AS lines(i)")
    counted = [store.ask(f"SELECT count(a) AS n FROM scratch.main.lines{n}")["n"][0].as_py() for n in range(4)]
    store.close()
    assert counted == [1_500_000] * 4
