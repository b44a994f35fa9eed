"""A store that several processes share by way of a PostgreSQL server."""

import datetime
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from crossfilter.mirror import DEFINITION, as_batch, shop_rows, take_scene

from retail_panel.__main__ import main
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.crossfilter.scope import Scope
from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.figures import figures
from retail_panel.measures import MEASURES, scoped_tables
from retail_panel.schema import QUARANTINE, arrow_schema
from retail_panel.store import RowPolicy, Shelf, Store, open_store
from retail_panel.store.load import NotFirst
from retail_panel.store.privacy import carried_out, told
from retail_panel.store.retention import roll_up
from retail_panel.store.tables import TABLES

TESTS = Path(__file__).parents[1]


@pytest.fixture
def opened(shop_url):
    """Opens the store once more, as another process does."""
    stores = []

    def open_again():
        stores.append(open_store(shop_url))
        return stores[-1]

    yield open_again
    for store in stores:
        store.close()


def arrive(store, version, patience_s=20):
    """Wait until a store has followed to a version."""
    until = time.monotonic() + patience_s
    while store.version < version:
        assert time.monotonic() < until, f"still at version {store.version}"
        time.sleep(0.01)
    return store


def rows(store):
    """All rows that come by version, each table in one order; of commits, all but their times."""
    names = [name for name in TABLES if name not in ("audit", "saved_view", "commit_log")]
    found = {name: sorted(map(repr, store._select(f"SELECT * FROM {name}", []))) for name in names}
    return found | {"commit_log": [(version, source, rows) for version, _, source, rows in store.commits()]}


def count(store, table="order_line"):
    return store.ask(f"SELECT count(*) FROM {table}").column(0)[0].as_py()


@pytest.fixture
def fill(make_lines, make_stock, make_feedback):
    """Brings three versions into a store: a shop, odd values, and a purchase from before a customer's first day."""
    texts = ['a "quoted" one', "two\nlines\r\n", "", "\\.", "\\N", "comma, semicolon;", "  blanks ", "ünïcødé 🛒", None]
    odd = make_lines(
        customer_id=texts, product=texts, quantity=[0.1, 1e-300, -7.25, 1e15, None, 3.0, 1 / 3, -0.0, 1.0],
        ordered_at=[datetime.datetime(2024, 7, 1, 23, 59, 59, 999_999 - n) for n in range(9)],
        list_amount=[None, 5, 10_000_000_000, 0, None, 1, 2, 3, 4],
    )  # fmt: skip
    aside = {"source": "x.csv", "position": "7", "column": None, "reason": "no time", "text": 'a,"b\n'}

    def bring(store):
        store.append(as_batch(shop_rows()), "shop")
        with store.loading("more", position="9") as load:
            load.append(odd)
            load.new_lines("more", pa.array(["1", None, "2"]), 100)
            load.append_stock(make_stock(on_hand=[1.0, 0.0, 2.5]))
            load.append_feedback(make_feedback(score=[3, 5], customer_id=["Zoe", None]))
            load.set_aside(pa.Table.from_pylist([aside], schema=arrow_schema(QUARANTINE)))
            load.report({"rows": 9})
        store.append(make_lines(customer_id=["Zoe", texts[0]], ordered_at=["2024-02-02", "2024-01-31"]))
        return store

    return bring


def scored(store):
    scene = take_scene(store)
    people = dict(store.ask("SELECT customer_key, customer_id FROM customer").to_pandas().itertuples(index=False))
    found = store.ask(scene.population.table).to_pylist()
    return sorted((people[row["customer_key"]], *map(repr, row.values())) for row in found)


def kpis(store):
    return {name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
            for name, value in figures(store, scoped_tables(store, Scope()), MEASURES).items()}  # fmt: skip


def test_what_one_process_appends_another_answers_like_an_embedded_store(opened, fill, empty_store):
    early, told_of = opened(), threading.Event()
    early.watch(told_of.set)
    one, embedded = fill(opened()), fill(empty_store)
    late = opened()
    assert told_of.wait(20)
    assert rows(one) == rows(embedded)
    for follower in (arrive(early, 3), late):
        assert (follower.version, follower.position("more"), follower.reports()) == (3, "9", [{"rows": 9}])
        assert follower.commits() == one.commits()
        assert rows(follower) == rows(one)
        assert figures(follower, scoped_tables(follower, Scope()), MEASURES) == kpis(embedded)
        assert scored(follower) == scored(embedded)
        masked = follower.seen_by(RowPolicy(masked=True)).ask("SELECT customer_id FROM customer")
        assert masked.num_rows == count(embedded, "customer")


def test_an_error_leaves_nothing_on_either_side(opened, six_clean, make_lines):
    one, other = opened(), opened()
    one.append(six_clean)
    with pytest.raises(ZeroDivisionError), one.loading("bad", position="9") as load:
        load.append(make_lines(customer_id=["Gus"]))
        raise ZeroDivisionError
    assert (one.version, count(one), count(one, "customer"), one.position("bad")) == (1, 17, 6, None)
    assert other.append(make_lines(customer_id=["Gus"])) == 2
    assert rows(arrive(one, 2)) == rows(other)


def test_characters_that_postgresql_does_not_hold_do_not_stop_a_load(opened, make_lines):
    one, other = opened(), opened()
    one.append(make_lines(product=["a\0b", "c"]))
    assert arrive(other, 1).ask("SELECT product FROM order_line ORDER BY line").to_pylist() == [
        {"product": "a\N{REPLACEMENT CHARACTER}b"}, {"product": "c"},
    ]  # fmt: skip


def test_lines_delivered_again_are_known_and_forgotten_in_all_processes(opened):
    one, other = opened(), opened()
    for number in range(1, 17):
        with (one if number % 2 else other).loading("till") as load:
            assert load.new_lines("till", pa.array([str(number), str(number - 1)]), 4).tolist() == [True, number == 1]
    held = "SELECT version FROM recent_line ORDER BY 1"
    assert arrive(one, 16)._select(held, []) == other._select(held, []) == opened()._select(held, [])
    assert len(one._select(held, [])) < 16


def test_a_feed_that_two_processes_bring_is_not_doubled(opened, six_clean):
    one, other = opened(), opened()
    assert one.position("till") is other.position("till") is None
    one.append(six_clean, "till", "1")
    with pytest.raises(RetailPanelError, match="another process brings the rows of till as well"):
        other.append(six_clean, "till", "1")
    other.append(six_clean, "post", "1")
    one.append(six_clean, "till", "2")
    one.append(six_clean, "till", "3")
    assert other.position("till") == "3"
    other.append(six_clean, "till", "4")
    assert count(other) == 17 * other.version == 17 * 5


WRITER = """
import sys
from conftest import build_lines
from retail_panel.store import open_store
store = open_store(sys.argv[1])
for n in range(12):
    print(store.append(build_lines(customer_id=[sys.argv[2], f"c{n}"], amount=[1, n]), sys.argv[2], str(n)), flush=True)
store.close()
"""


def another(script, *words):
    """Start a process of its own that runs a script."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent), *sys.path])
    return subprocess.Popen([sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "PYTHONPATH": paths})  # fmt: skip


def test_processes_and_threads_never_share_a_version(opened, shop_url, make_lines):
    one, other = opened(), opened()
    processes = [another(WRITER, shop_url, name) for name in ("ann", "ben")]
    with ThreadPoolExecutor(4) as threads:
        stores = [one, other] * 12
        given = list(threads.map(lambda store: store.append(make_lines(customer_id=["c1", "me"])), stores))
    for process in processes:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        given += map(int, said.split())
    assert sorted(given) == list(range(1, 49))
    assert rows(arrive(one, 48)) == rows(arrive(other, 48)) == rows(opened())
    assert count(one) == 96 and count(one, "customer") == 15
    sql = "SELECT count(DISTINCT line) AS lines, count(DISTINCT version) AS versions FROM order_line"
    assert one.ask(sql).to_pylist() == [{"lines": 96, "versions": 48}]
    assert [one.position(name) for name in ("ann", "ben")] == ["11", "11"]


KILLED = """
import os, sys
from conftest import build_lines
from retail_panel.store import open_store, turns
end = turns.Turn._end
def killed(turn):
    if sys.argv[2] == "after":
        end(turn)
    os._exit(9)
turns.Turn._end = killed
open_store(sys.argv[1]).append(build_lines(amount=[7]), "till", "the next")
"""


@pytest.mark.parametrize(("moment", "version"), [("before", 1), ("after", 2)])
def test_a_process_killed_amid_its_commit_loses_and_doubles_nothing(opened, shop_url, six_clean, moment, version):
    one = opened()
    one.append(six_clean)
    process = another(KILLED, shop_url, moment)
    process.communicate(timeout=60)
    assert process.returncode == 9
    again = opened()
    assert (again.version, count(again)) == (version, 16 + version)
    assert again.position("till") == ("the next" if moment == "after" else None)
    assert one.append(six_clean) == version + 1
    assert rows(arrive(again, version + 1)) == rows(one)


@pytest.mark.parametrize("took_place", [True, False])
def test_a_connection_that_breaks_amid_a_commit_tells_the_truth_later(opened, six_clean, monkeypatch, took_place):
    import psycopg

    from retail_panel.store.turns import Turn

    one, end = opened(), Turn._end

    def broken(turn):
        monkeypatch.setattr(Turn, "_end", end)
        if took_place:
            end(turn)
        turn.connection.close()
        raise psycopg.OperationalError("the connection was lost")

    monkeypatch.setattr(Turn, "_end", broken)
    if took_place:
        assert one.append(six_clean, "till", "1") == 1
    else:
        with pytest.raises(RetailPanelError, match="the connection was lost"):
            one.append(six_clean, "till", "1")
        assert (one.version, count(one)) == (0, 0)
        one.append(six_clean, "till", "1")
    assert (one.version, count(one)) == (1, 17)
    assert rows(one) == rows(opened())


def test_a_mirror_that_cannot_commit_reads_what_is_committed(opened, six_clean, monkeypatch):
    one = opened()

    @contextmanager
    def full(engine):
        cursor = engine.cursor()
        cursor.execute("BEGIN")
        yield
        cursor.execute("ROLLBACK")
        raise duckdb.Error("no room")

    monkeypatch.setattr(type(one.engine), "transaction", full)
    with one._writing:
        pass
    one._follower.stop()
    one.append(six_clean)
    assert one.version == 0
    monkeypatch.undo()
    one.catch_up()
    assert (one.version, count(one)) == (1, 17)


def test_a_restart_of_the_server_is_waited_for(postgres, opened, six_clean, caplog):
    one, other = opened(), opened()
    one.append(six_clean)
    one.save_view("ada", "Spring", "x=1")
    arrive(other, 1)
    postgres.stop()
    try:
        with pytest.raises(RetailPanelError, match="store postgresql://till@127.0.0.1"):
            one.append(six_clean)
        assert count(other) == count(one) == 17
        with pytest.raises(RetailPanelError):
            other.saved_views("ada")
        with pytest.raises(RetailPanelError, match="refused"):
            opened()
    finally:
        postgres.start()
    assert one.append(six_clean) == 2
    assert count(arrive(other, 2)) == 34
    assert other.saved_views("ada") == {"Spring": "x=1"}
    assert "cannot follow the store" in caplog.text and "following the store again" in caplog.text


def test_who_is_erased_in_one_process_is_gone_in_all(opened, fill, caplog):
    one, other = fill(opened()), opened()
    scenes = Scenes(other, Shelf(spare=4), "GBP")
    key, scene = scenes.take({}, DEFINITION)
    other.save_view("ann", "her card", "of.customers.who=Zoe")
    other.save_view("ann", "another", "of.customers.who=Zoey")
    other.add_audit_now("ann", "exported", {"file": "customer Zoe.csv"})
    found = carried_out(one, "erase", "Zoe", "operators")
    assert {name: n for name, n in found.items() if n} == {
        "customer": 1, "order_line": 1, "feedback": 1, "saved_view": 1, "audit": 1,
    }  # fmt: skip
    assert one.version == one.rewritten == 4
    arrive(other, 4)
    assert other.rewritten == 4 and scenes.is_behind(scene, key)
    scenes.give_back(key)
    scenes.forget_rewritten()
    with pytest.raises(RetailPanelError):
        other.ask(scene.population.table)
    for store in (other, opened()):
        assert rows(store) == rows(one)
        store.refresh()
        assert not any(told(store, "Zoe").values())
        assert list(store.saved_views("ann")) == ["another"]
        assert "customer Zoe" not in str(store.audit())
    assert [record[2] for record in other.audit("erased")] == ["erased a customer", "exported"]
    one.append(as_batch(shop_rows(seed=2, lines=20)))
    assert rows(arrive(other, 5)) == rows(one)


def test_the_commands_take_a_shared_store(opened, fill, shop_url, capsys, tmp_path):
    one = fill(opened())
    assert main(["privacy", "erase", "Zoe", "--store", shop_url]) == 0
    assert "Erased in postgresql://till@127.0.0.1" in capsys.readouterr().out
    assert main(["retain", "--store", shop_url, "--keep-lines", "60"]) == 0
    assert count(arrive(one, 4), "customer") > 0 and not any(told(one, "Zoe").values())
    assert main(["restore", str(tmp_path), "--store", shop_url.replace("till@", "till:secret@")]) != 0
    said = capsys.readouterr().err
    assert "it has no file" in said and "secret" not in said
    away = "postgresql://till:secret@127.0.0.1:1/shop"
    for words in (["privacy", "export", "Zoe"], ["retain", "--keep-lines", "60"]):
        assert main([*words, "--store", away]) != 0
        said = capsys.readouterr().err
        assert "refused" in said and "Only one process" not in said and "secret" not in said


def test_an_erasure_that_fails_takes_nothing_out(opened, fill, monkeypatch):
    one = fill(opened())
    before = rows(one)
    monkeypatch.setattr("retail_panel.store.mirror.send_whole", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        carried_out(one, "erase", "Zoe", "operators")
    assert (one.version, one.rewritten) == (3, 0)
    assert rows(one) == rows(opened()) == before


def test_days_rolled_up_in_one_process_are_so_in_all(opened, fill, empty_store):
    one, other, embedded = fill(opened()), opened(), fill(empty_store)
    today = datetime.date(2024, 7, 1)
    assert roll_up(one, 60, today) == roll_up(embedded, 60, today)
    assert "order_line" in rows(arrive(other, 4)) and other.rewritten == 4
    assert rows(other)["order_line"] == rows(embedded)["order_line"] == rows(opened())["order_line"]
    assert figures(other, scoped_tables(other, Scope()), MEASURES) == kpis(embedded)


def test_views_and_the_audit_are_those_of_all_processes(opened):
    one, other = opened(), opened()
    one.save_view("ada", "Spring", "a=1")
    other.save_view("ada", "Online", "b=2")
    other.save_view("ada", "Spring", "a=3")
    other.save_view("ben", "Spring", "c=4")
    assert one.saved_views("ada") == {"Online": "b=2", "Spring": "a=3"}
    one.save_view("ada", "Online", None)
    assert other.saved_views("ada") == {"Spring": "a=3"}
    times = [datetime.datetime(2024, 1, day) for day in (1, 2, 3)]
    one.add_audit([(at, "ann", "saw", "here", f'{{"page": "100% {at.day}_"}}') for at in times])
    other.add_audit([(times[2], "ben", "left", "", "{}")])
    assert [(at.day, who) for at, who, *_ in one.audit("SAW")] == [(3, "ann"), (2, "ann"), (1, "ann")]
    assert [who for _, who, *_ in one.audit(since=times[2])] in (["ann", "ben"], ["ben", "ann"])
    assert len(one.audit("100% 2_")) == 1 and len(one.audit(most=2)) == 2 and one.audit("% 2%") == []
    one.drop_audit(times[2])
    assert len(other.audit()) == 2


def test_a_copy_is_an_embedded_store_with_all_that_is_there(opened, fill, tmp_path):
    one, other = fill(opened()), opened()
    other.save_view("ada", "Spring", "a=1")
    one.copy_to(tmp_path / "copy.duckdb")
    copy = Store(f"duckdb:///{tmp_path / 'copy.duckdb'}")
    assert rows(copy) == rows(other) and copy.saved_views("ada") == {"Spring": "a=1"}
    copy.close()


def test_a_load_for_an_empty_store_finds_out_who_was_faster(opened, six_clean):
    one, other = opened(), opened()
    with one.loading("first", first=True) as load:
        load.append(six_clean)
    with pytest.raises(NotFirst), other.loading("second", first=True):
        raise AssertionError
    assert other.version == 1 and count(other) == 17


def test_who_ends_waits_for_nobody(opened, six_clean):
    one, other = opened(), opened()
    with one.loading("slow") as load:
        load.append(six_clean)
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(other.append, six_clean)
            other.hurry()
            with pytest.raises(RetailPanelError):
                waiting.result(20)
    assert one.version == 1 and count(arrive(other, 1)) == 17


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@127.0.0.1:1/shop", "store postgresql://me@127.0.0.1:1/shop: .*refused"),
        ("postgresql://me:secret@127.0.0.1:1/shop?x=secret", "URL is none that PostgreSQL can read"),
        ("postgresql://me@127.0.0.1:1/shop?password=secret", "PGPASSWORD"),
    ],
)
def test_what_cannot_be_opened_is_said_without_the_secret(url, words):
    with pytest.raises(RetailPanelError, match=words) as error:
        open_store(url)
    assert "secret" not in str(error.value)


def test_a_store_of_another_version_is_left_alone(opened, shop_url, postgres):
    opened()
    schema = shop_url.rpartition("%3D")[2]
    postgres.do(f"UPDATE {schema}.schema_number SET number = 99")
    with pytest.raises(UnusableInput, match="schema 99, of another Retail Panel"):
        open_store(shop_url)


def test_the_driver_is_asked_for_only_where_it_is_used():
    script = """
import sys
sys.modules["psycopg"] = None
from retail_panel.errors import UnusableInput
from retail_panel.store import open_store
open_store().close()
try:
    open_store("postgresql://me:secret@db/shop")
except UnusableInput as error:
    print(error)
"""
    process = another(script)
    assert "pip install 'retail-panel[postgres]'" in process.communicate(timeout=30)[0] and not process.returncode
