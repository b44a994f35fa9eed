"""The same lines from every kind of source."""

import datetime
import sqlite3

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retail_panel.errors import UnusableInput
from retail_panel.intake import Block, clean, inspect, load, readings
from retail_panel.schema import ORDER_LINE, QUARANTINE, arrow_schema
from retail_panel.store import Store

DAYS = [datetime.datetime(2024, 1, 31, 10, 5), datetime.datetime(2024, 2, 29)]
TABLE = pa.table({
    "order_id": pa.array([1, 2]), "customer_id": pa.array([17850.0, None]),
    "ordered_at": pa.array(DAYS, pa.timestamp("us")),
    "quantity": pa.array([2, 1]), "unit_price": pa.array([1.234, 2.5]),
    "channel": pa.array(["Online", None]).dictionary_encode(),
})  # fmt: skip


def expect(rows):
    assert rows["order_id"].to_pylist() == ["1", "2"]
    assert rows["customer_id"].to_pylist() == ["17850", None]
    assert rows["ordered_at"].to_pylist() == DAYS
    assert rows["amount"].to_pylist() == [24_680, 25_000]
    assert rows["channel"].to_pylist() == ["Online", None]


def test_parquet(tmp_path, cleaned):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    expect(cleaned(tmp_path / "a.parquet")[0])


def test_excel(tmp_path, cleaned):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Sales")
    sheet.append([])
    sheet.append(TABLE.column_names)
    for row in TABLE.to_pylist():
        sheet.append(list(row.values()))
    sheet.append([3, None, "yesterday", 1, 1, None])
    book.save(tmp_path / "a.xlsx")
    rows, aside, _ = cleaned(tmp_path / "a.xlsx")
    expect(rows)
    assert aside["position"].to_pylist() == ["5"]
    expect(cleaned(f"{tmp_path}/a.xlsx#Sales")[0])
    with pytest.raises(UnusableInput, match="no sheet 'Sums'; it has Notes, Sales"):
        inspect(f"{tmp_path}/a.xlsx#Sums")


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_databases(tmp_path, cleaned, kind):
    path = tmp_path / "shop.db"
    columns = "order_id INT, customer_id DOUBLE, ordered_at {}, quantity INT, unit_price DOUBLE, channel TEXT"
    create = f"CREATE TABLE orders ({columns})"
    opened = duckdb.connect(str(path)) if kind == "duckdb" else sqlite3.connect(path)
    opened.execute(create.format("TIMESTAMP" if kind == "duckdb" else "TEXT"))
    values = [[str(v) if isinstance(v, datetime.datetime) else v for v in row.values()] for row in TABLE.to_pylist()]
    opened.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", values)
    opened.commit()
    opened.close()
    expect(cleaned(f"{kind}:///{path}#orders")[0])
    with pytest.raises(UnusableInput, match="sales"):
        inspect(f"{kind}:///{path}#sales")
    with pytest.raises(UnusableInput, match="name the table after a #"):
        inspect(f"{kind}:///{path}")
    with pytest.raises(UnusableInput, match=f"no such {kind} file"):
        inspect(f"{kind}:///{path}.none#orders")


def test_a_password_is_not_shown():
    with pytest.raises(UnusableInput) as raised:
        inspect("postgresql://me:secret@nowhere.invalid/db")
    assert "secret" not in str(raised.value)


def test_a_folder_loads_every_table_in_one_commit(tmp_path):
    (tmp_path / "day-1.csv").write_text("order_id,date,amount\n1,13/01/2024,10\n")
    (tmp_path / "day-2.csv").write_text("order_id,date,amount\n2,01/02/2024,20\n1,13/01/2024,10\n3,x,1\n")
    (tmp_path / "stock.csv").write_text("day,product,on_hand\n2024-01-31,A,5\n")
    (tmp_path / "feedback.csv").write_text("given_at,score\n2024-01-31,9\n")
    (tmp_path / "README.md").write_text("not data")
    store = Store()
    report = load(tmp_path, store)
    assert store.version == 1
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (6, 5, 1)
    lines = store.ask("SELECT ordered_at, amount, is_duplicate FROM order_line ORDER BY line").to_pylist()
    assert [(row["ordered_at"].month, row["amount"], row["is_duplicate"]) for row in lines] == [
        (1, 100_000, False), (2, 200_000, False), (1, 100_000, True),
    ]  # fmt: skip
    aside = store.ask("SELECT source, position, text FROM quarantine").to_pylist()
    assert aside == [{"source": "day-2.csv", "position": "4", "text": "3,x,1"}]
    assert store.reports() == [report.to_dict()]
    assert {table["table"] for table in store.reports()[0]["tables"]} == {"order_line", "stock", "feedback"}


def test_nothing_is_kept_when_loading_fails(tmp_path):
    (tmp_path / "a.csv").write_text("date,amount\n2024-01-31,x1\n2024-01-31,NaN\n")
    store = Store()
    with pytest.raises(UnusableInput):
        load(tmp_path / "a.csv", store)
    assert store.version == 0
    assert store.ask("SELECT count(*) AS n FROM quarantine").to_pylist() == [{"n": 0}]


def test_messages_are_cleaned_by_the_plan_of_their_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("order_id,customer_id,date,amount\n1,a,31/01/2024,5\n")
    (reading,) = readings(path)
    block = Block.from_rows([
        {"order_id": 7, "customer_id": None, "date": "01/02/2024", "amount": "2.50"},
        {"order_id": 8, "customer_id": "b", "date": "soon", "amount": 1},
    ], "till", first=41)  # fmt: skip
    rows, aside = clean(block, reading.plan)
    assert rows["ordered_at"][0].as_py() == datetime.datetime(2024, 2, 1)
    assert aside.to_pylist() == [{
        "source": "till", "position": "42", "column": "date", "reason": "time cannot be read as a date",
        "text": "8,b,soon,1",
    }]  # fmt: skip


def test_batches_have_the_schema(tmp_path, cleaned):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    rows, aside, _ = cleaned(tmp_path / "a.parquet")
    expected = arrow_schema(ORDER_LINE)
    plain = pa.schema([(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in rows.schema])
    assert plain.names == expected.names
    assert plain.types == expected.types
    assert aside.schema == arrow_schema(QUARANTINE)
