import bz2
import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.feed import Pump
from retail_panel.feed.folder import folder_source
from retail_panel.feed.folder_reading import rest_of
from retail_panel.feed.folder_watch import CHANGED, GONE, UNUSABLE
from retail_panel.feed.source import SourceDown
from retail_panel.intake import Block, Mapping
from retail_panel.intake.block import Rejected
from retail_panel.store import Store

DAY = "2024-05-01 10:30"


def csv_of(*orders, head="order_id,ordered_at,amount\n"):
    return (head + "".join(f"{order},{DAY},12.5\n" for order in orders)).encode()


def json_of(*orders, **fields):
    return b"".join(
        json.dumps({"order_id": order, "ordered_at": DAY, "amount": 12.5} | fields).encode() + b"\n" for order in orders
    )


def orders(store):
    return sorted(store.ask("SELECT order_id FROM order_line").column(0).to_pylist())


def set_aside(store):
    return store.ask("SELECT source, position, reason FROM quarantine ORDER BY position").to_pylist()


class Shop:
    """A folder that is watched; each :meth:`pump` is a new process."""

    def __init__(self, folder, store, clock):
        self.folder, self.store, self.clock = folder, store, clock

    def pump(self, settled=0, most_rows=50_000, **how):
        source = folder_source(f"folder://{self.folder}?name=files&settled={settled}", clock=self.clock, **how)
        pump = Pump(source, self.store, clock=self.clock, most_rows=most_rows)
        pump.open()
        return pump

    def put(self, name, content):
        (self.folder / name).write_bytes(content)

    def read_all(self, pump):
        for _ in range(200):
            wait_s = pump.step()
            self.clock.now += wait_s
            if pump.state.error:
                break
            if wait_s and self.clock.now > pump.source._look_at + 2:
                break
        pump.finish()


@pytest.fixture
def shop(tmp_path, empty_store, clock):
    folder = tmp_path / "in box"
    folder.mkdir()
    return Shop(folder, empty_store, clock)


@pytest.fixture
def small_blocks(monkeypatch):
    """Files are read in blocks of few rows."""
    monkeypatch.setattr("retail_panel.intake.text_stream.CHUNK_BYTES", 100)
    monkeypatch.setattr("retail_panel.intake.parquet.BLOCK_ROWS", 4)
    monkeypatch.setattr("retail_panel.feed.folder_reading.MOST_LINES", 2)


def test_files_of_every_kind_are_read_by_the_rules_of_files(shop):
    shop.put("1.csv", csv_of("a"))
    shop.put("2.csv.gz", gzip.compress(csv_of("b")))
    pq.write_table(pa.table({"Order": ["c"], "Date": [DAY], "Amount": [3.0]}), shop.folder / "3.parquet")
    shop.put("4.jsonl", b"\xef\xbb\xbf" + json_of("d"))
    shop.put("5.ndjson.bz2", bz2.compress(json_of("e")))
    shop.put("6.csv", b"Invoice;When;Total\nf;01.05.2024;1.234,50\ng;31.05.2024;2,00\n")
    pump = shop.pump()
    shop.read_all(pump)
    assert pump.state.error is None
    assert orders(shop.store) == ["a", "b", "c", "d", "e", "f", "g"]
    found = shop.store.ask("SELECT ordered_at::DATE AS day, amount FROM order_line WHERE order_id = 'f'").to_pylist()
    assert [(str(row["day"]), row["amount"]) for row in found] == [("2024-05-01", 12_345_000)]


def test_the_mapping_names_columns_and_fields(shop):
    shop.put("1.csv", b"a,b,c\nx,2024-05-01,5\n")
    shop.put("2.jsonl", b'{"a": "y", "b": "2024-05-01", "c": 5}\n')
    shop.read_all(shop.pump(mapping=Mapping(columns={"order_id": "a", "ordered_at": "b", "amount": "c"})))
    assert orders(shop.store) == ["x", "y"]


def test_names_that_are_not_for_us_are_left_alone(shop):
    (shop.folder / "below").mkdir()
    (shop.folder / "below" / "a.csv").write_bytes(csv_of("a"))
    for name in (".a.csv", "a.csv.tmp", "a.csv.PART", "a.xlsx", "a.csv.md5", "readme.md"):
        shop.put(name, csv_of("a"))
    shop.read_all(shop.pump())
    assert (orders(shop.store), set_aside(shop.store)) == ([], [])


def test_a_file_is_read_once_it_has_stopped_growing(shop):
    pump = shop.pump(settled=5)
    shop.put("1.csv", csv_of("a"))
    for content in (csv_of("a", "b"), csv_of("a", "b", "c")):
        pump.step()
        shop.clock.now += 4
        shop.put("1.csv", content)
    pump.step()
    shop.clock.now += 4.9
    pump.step()
    assert orders(shop.store) == []
    shop.clock.now += 1.1
    shop.read_all(pump)
    assert orders(shop.store) == ["a", "b", "c"]


def test_files_come_in_the_order_of_their_names(shop):
    for name in ("b.csv", "a.jsonl", "c.csv"):
        shop.put(name, (json_of if name.endswith("jsonl") else csv_of)(name[0]))
    shop.read_all(shop.pump())
    assert shop.store.ask("SELECT order_id FROM order_line ORDER BY line").column(0).to_pylist() == ["a", "b", "c"]


def test_each_file_is_read_once_also_after_a_restart_and_when_it_is_touched(shop):
    shop.put("1.csv", csv_of("a"))
    pump = shop.pump()
    shop.read_all(pump)
    shop.put("0.csv", csv_of("b"))
    shop.read_all(pump)
    shop.put("2.csv", csv_of("c"))
    os.utime(shop.folder / "1.csv", (1, 1))
    for _ in range(3):
        shop.read_all(shop.pump())
    assert orders(shop.store) == ["a", "b", "c"]


def test_a_file_with_new_content_or_a_new_name_is_another_file(shop):
    shop.put("1.csv", csv_of("a"))
    shop.read_all(shop.pump())
    shop.put("1.csv", csv_of("b"))
    os.utime(shop.folder / "1.csv", (1, 1))
    shop.put("2.csv", csv_of("a"))
    shop.read_all(shop.pump())
    assert orders(shop.store) == ["a", "a", "b"]


def test_the_position_stays_small_as_files_come(shop):
    pump = shop.pump()
    for number in range(40):
        shop.put(f"{number}.csv", csv_of(number))
        shop.read_all(pump)
    assert len(orders(shop.store)) == 40
    assert len(shop.store.position("files")) < 200


def test_a_bad_file_spoils_no_other_one(shop):
    bad = {
        "1.csv": b"", "2.parquet": b"PAR1 and no more", "3.csv.gz": gzip.compress(csv_of("x"))[:-9],
        "4.csv": b"colour,shape\nred,round\n", "5.csv": b"day,product,on_hand\n2024-05-01,Hat,3\n",
        "6.jsonl.gz": gzip.compress(json_of("x"))[:-9],
    }  # fmt: skip
    for name, content in bad.items():
        shop.put(name, content)
    shop.put("9.csv", csv_of("a"))
    pump = shop.pump()
    shop.read_all(pump)
    shop.read_all(shop.pump())
    assert pump.state.error is None
    assert orders(shop.store) == ["a"]
    assert set_aside(shop.store) == [{"source": "files", "position": name, "reason": UNUSABLE} for name in bad]


def test_bad_rows_are_set_aside_with_file_and_line(shop):
    shop.put("1.csv", csv_of("a") + b"b,never,1\nc,2024-05-01\n" + csv_of("d", head=""))
    shop.put("2.jsonl", json_of("e") + b"\n{broken\n\xff\n" + json_of("f"))
    shop.read_all(shop.pump())
    assert orders(shop.store) == ["a", "d", "e", "f"]
    found = set_aside(shop.store)
    assert [row["position"] for row in found] == ["1.csv line 3", "1.csv line 4", "2.jsonl line 3", "2.jsonl line 4"]
    assert {row["source"] for row in found} == {"files"}


def test_a_line_id_of_json_lines_counts_once(shop):
    shop.put("1.jsonl", json_of("a", line_id="1"))
    shop.put("2.jsonl", json_of("a", line_id="1") + json_of("b", line_id="2"))
    shop.read_all(shop.pump())
    assert orders(shop.store) == ["a", "b"]


def big(name, size):
    if name.endswith(".csv"):
        return b"".join([csv_of(*range(size // 2)), b"bad\n", csv_of(*range(size // 2, size), head="")])
    return b"".join([json_of(*range(size // 2)), b"bad\n", json_of(*range(size // 2, size))])


@pytest.mark.parametrize("name", ["1.csv", "1.jsonl", "1.csv.gz"])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 9])
def test_a_kill_within_a_file_doubles_nothing(shop, small_blocks, name, steps):
    content = big(name.removesuffix(".gz"), 40)
    shop.put(name, gzip.compress(content) if name.endswith("gz") else content)
    for _ in range(6):
        pump = shop.pump(most_rows=1)
        for _ in range(steps):
            pump.step()
    shop.read_all(shop.pump())
    assert sorted(map(int, orders(shop.store))) == list(range(40))
    assert [row["position"] for row in set_aside(shop.store)] == [f"{name} line {22 if 'csv' in name else 21}"]


def test_a_parquet_file_goes_on_within_a_block_of_another_size(shop, small_blocks, monkeypatch):
    table = pa.table({"order_id": [str(n) for n in range(30)], "ordered_at": [DAY] * 30, "amount": [1.0] * 30})
    pq.write_table(table, shop.folder / "1.parquet")
    pump = shop.pump(most_rows=1)
    pump.step()
    pump.step()
    assert 0 < len(orders(shop.store)) < 30
    monkeypatch.setattr("retail_panel.intake.parquet.BLOCK_ROWS", 7)
    shop.read_all(shop.pump())
    assert sorted(map(int, orders(shop.store))) == list(range(30))


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.data())
def test_the_rest_of_a_block_begins_where_it_was_left(split, data):
    done = data.draw(st.integers(0, len(split) - 1))
    good = [number for number, fine in enumerate(split, 5) if fine]
    bad = tuple(Rejected(number, "short", str(number)) for number, fine in enumerate(split, 5) if not fine)
    rows = pa.table({"n": pa.array([str(number) for number in good], pa.string())})
    lines = pa.array(good, pa.int64()).to_numpy(zero_copy_only=False)
    block = Block(rows, "x", lambda: lines, lambda indices: [f"row {good[i]}" for i in indices], bad)
    rest = rest_of(block, done)
    places, texts = rest.places(range(rest.rows.num_rows))
    left = [number for number in good if number >= 5 + done]
    assert (places, texts) == ([str(n) for n in left], [f"row {n}" for n in left])
    assert rest.rows.column("n").to_pylist() == places
    assert [row.position for row in rest.rejected] == [row.position for row in bad if row.position >= 5 + done]


@pytest.mark.parametrize(("change", "reason"), [(lambda path: path.unlink(), GONE),
                                                (lambda path: path.write_bytes(csv_of("z")), CHANGED)])  # fmt: skip
def test_a_file_that_goes_or_changes_under_way_is_said(shop, small_blocks, change, reason):
    shop.put("1.csv", csv_of(*range(40)))
    pump = shop.pump(most_rows=1)
    pump.step()
    pump.step()
    before = orders(shop.store)
    change(shop.folder / "1.csv")
    for _ in range(20):
        shop.clock.now += pump.step()
    pump.finish()
    assert set_aside(shop.store) == [{"source": "files", "position": "1.csv", "reason": reason}]
    assert 0 < len(before) < 40
    assert orders(shop.store) == before + (["z"] if reason == CHANGED else [])


def test_a_file_that_is_touched_under_way_is_read_to_its_end(shop, small_blocks):
    shop.put("1.csv", csv_of(*range(40)))
    pump = shop.pump(most_rows=1)
    pump.step()
    pump.step()
    os.utime(shop.folder / "1.csv", (1, 1))
    for _ in range(60):
        shop.clock.now += pump.step()
    pump.finish()
    assert sorted(map(int, orders(shop.store))) == list(range(40))
    assert set_aside(shop.store) == []


def test_a_folder_that_is_away_is_waited_for(shop):
    shop.put("1.csv", csv_of("a"))
    away = shop.folder.with_name("away")
    shop.folder.rename(away)
    pump = shop.pump()
    pump.step()
    assert pump.state.error.startswith("SourceDown: folder")
    away.rename(shop.folder)
    shop.clock.now += 1
    pump.step()
    shop.read_all(pump)
    assert orders(shop.store) == ["a"]


def test_a_folder_that_goes_away_under_way_loses_nothing(shop, small_blocks):
    shop.put("1.csv", csv_of(*range(40)))
    pump = shop.pump(most_rows=1)
    pump.step()
    pump.step()
    away = shop.folder.with_name("away")
    shop.folder.rename(away)
    again = shop.pump()
    with pytest.raises(SourceDown):
        again.source.next_batch()
    away.rename(shop.folder)
    shop.read_all(again)
    assert sorted(map(int, orders(shop.store))) == list(range(40))


DEED = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 6)), st.tuples(st.just("step"), st.integers(1, 6)),
    st.tuples(st.just("kill"), st.just(0)), st.tuples(st.just("commit"), st.just(0)),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow,
                                                                 HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(DEED, max_size=15))
def test_every_row_of_every_file_is_there_once_whenever_it_is_killed(tmp_path_factory, new_clock, small_blocks, deeds):
    shop, there = Shop(tmp_path_factory.mktemp("files"), Store(), new_clock()), set()
    pump = shop.pump(most_rows=3)
    for deed, number in deeds:
        if deed == "put" and number not in there:
            kind = ("csv", "jsonl")[number % 2]
            shop.put(f"{number}.{kind}", (csv_of, json_of)[number % 2](*(f"{number}-{row}" for row in range(8))))
            there.add(number)
        elif deed == "step":
            for _ in range(number):
                shop.clock.now += pump.step()
        elif deed == "commit":
            pump.finish()
        elif deed == "kill":
            pump = shop.pump(most_rows=3)
    shop.read_all(shop.pump())
    assert orders(shop.store) == sorted(f"{number}-{row}" for number in there for row in range(8))
    assert set_aside(shop.store) == []
    shop.store.close()


@pytest.mark.parametrize(
    ("url", "given", "words"),
    [
        ("folder://", None, "folder:///full/path is allowed"),
        ("folder:///x?speed=1", None, "option 'speed'"),
        ("folder:///x?settled=soon", None, "settled 'soon'"),
        ("folder:///x?settled=-1", None, "settled '-1'"),
        ("folder:///x", {"password": "p"}, "no settings"),
    ],
)
def test_what_cannot_be_used_is_said(url, given, words):
    with pytest.raises(UnusableInput, match=words):
        folder_source(url, given)


def test_the_name_is_that_of_the_folder_unless_given():
    assert folder_source("folder:///var/till%20files").name == "folder till files"
    assert folder_source("folder:///x?name=tills").name == "tills"
