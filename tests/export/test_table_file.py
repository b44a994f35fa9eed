import csv
import datetime as dt
import io
import sys

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.export import excel_file
from retail_panel.export.table_file import FORMATS, table_bytes, write_table

FORMULAS = ["=1+1", "@x", "+1", "-1", "\tx", "=HYPERLINK(\"x\")", "-2+3", "\rx", "+cmd|' /C calc'!A0"]
FRAME = pd.DataFrame(
    {
        "name": ["Ada", None, "Élan; \"x\", y\nz"],
        "day": [dt.date(2024, 6, 30), None, dt.date(2023, 1, 1)],
        "money": [1234.5, np.nan, -0.25],
        "share": [0.125, 1.0, np.inf],
        "orders": [3, 0, 2**62],
        "is_new": [True, False, True],
        "kind": pd.Categorical(["a", "b", None]),
        "at": pd.to_datetime(["2024-06-30 12:30", None, "2024-01-01 00:00"]),
    }
)


def sheet(data):
    return openpyxl.load_workbook(io.BytesIO(data)).active


def csv_rows(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_in_cells_and_headings_come_out_harmless(text):
    frame = pd.DataFrame({text: [text], "plain": ["17850"], "fruit": pd.Categorical([text]), "mixed": [[text]]})
    head, row = csv_rows(table_bytes(frame, "csv"))
    assert head == ["'" + text, "plain", "fruit", "mixed"]
    assert row[:3] == ["'" + text, "17850", "'" + text]
    page = sheet(table_bytes(frame, "excel"))
    for cell in (page["A1"], page["A2"], page["C2"]):
        assert cell.data_type == "s" and cell.value.startswith("'")
        assert cell.value.lstrip("'").strip() == text.strip()
    assert (page["B2"].value, page["B2"].data_type) == ("17850", "s")
    raw = pyarrow.parquet.read_table(io.BytesIO(table_bytes(frame, "parquet")))
    assert raw.column_names[0] == text and raw[text].to_pylist() == [text]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
def test_no_text_ever_begins_a_formula(texts):
    frame = pd.DataFrame({"text": texts})
    page = sheet(table_bytes(frame, "excel"))
    cells = [row[0] for row in page.iter_rows(min_row=2)]
    assert all(cell.value is None or cell.data_type in ("s", "inlineStr") for cell in cells)
    assert all(not (cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
    for row in csv_rows(table_bytes(frame, "csv"))[1:]:
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_holds_what_the_frame_does():
    head, *rows = csv_rows(table_bytes(FRAME, "csv"))
    assert head == FRAME.columns.tolist()
    assert rows[0] == ["Ada", "2024-06-30", "1234.5", "0.125", "3", "true", "a", "2024-06-30 12:30:00.000000"]
    assert rows[1] == ["", "", "", "1", "0", "false", "b", ""]
    assert rows[2][:5] == ["Élan; \"x\", y\nz", "2023-01-01", "-0.25", "", str(2**62)]


def test_excel_has_types_formats_widths_and_a_frozen_header():
    page = sheet(table_bytes(FRAME, "excel", {"money": "money", "share": "share", "orders": "count"}, "Sales: [UK]"))
    assert (page.title, page.freeze_panes, page.max_row) == ("Sales UK", "A2", 4)
    assert page["A1"].font.bold and not page["A2"].font.bold
    assert [page.cell(2, i).value for i in range(1, 9)] == [
        "Ada", dt.datetime(2024, 6, 30), 1234.5, 0.125, 3, True, "a", dt.datetime(2024, 6, 30, 12, 30),
    ]  # fmt: skip
    assert [page.cell(2, i).number_format for i in range(1, 9)] == [
        "General", "yyyy-mm-dd", "#,##0.00", "0.0%", "#,##0", "General", "General", "yyyy-mm-dd hh:mm:ss",
    ]  # fmt: skip
    assert [page.cell(3, i).value for i in (1, 2, 3, 8)] == [None] * 4
    # Infinite is no number of Excel's, and 2**62 would lose its last digits.
    assert (page.cell(4, 4).value, page.cell(4, 5).value) == (None, str(2**62))
    widths = [page.column_dimensions[letter].width for letter in "ABH"]
    assert widths == [len(FRAME.name[2]) + 2, 12, 21]


@pytest.mark.parametrize("text", ["#N/A", "a\x00b\x1fc", "x" * 40_000])
def test_texts_that_excel_cannot_hold_are_mended(text):
    cell = sheet(table_bytes(pd.DataFrame({"text": [text]}), "excel"))["A2"]
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x00", "").replace("\x1f", "")[:32_767]


def test_parquet_keeps_types_and_the_raw_values():
    found = pyarrow.parquet.read_table(io.BytesIO(table_bytes(FRAME, "parquet")))
    assert found["orders"].to_pylist() == [3, 0, 2**62]
    assert pa.types.is_date(found.schema.field("day").type)
    assert found["kind"].to_pylist() == ["a", "b", None]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("rows", [0, 2])
def test_parts_make_one_table(kind, rows):
    parts = [pa.table({"id": ["a", "b"][:rows], "n": pa.array([1, 2][:rows], pa.int64())}) for _ in range(3)]
    target = io.BytesIO()
    assert write_table(target, kind, iter(parts)) == 3 * rows
    if kind == "csv":
        assert csv_rows(target.getvalue()) == [["id", "n"], *[["a", "1"], ["b", "2"]][:rows] * 3]
    elif kind == "parquet":
        assert pyarrow.parquet.read_table(io.BytesIO(target.getvalue())).num_rows == 3 * rows
    else:
        assert sheet(target.getvalue()).max_row == 3 * rows + 1


def test_a_frame_without_columns_of_one_kind():
    frame = pd.DataFrame({1: [dt.timedelta(days=1), "x"], "zone": pd.to_datetime(["2024-06-30 12:00+02:00"] * 2)})
    assert csv_rows(table_bytes(frame, "csv")) == [
        ["1", "zone"], ["1 day, 0:00:00", "2024-06-30 12:00:00.000000"], ["x", "2024-06-30 12:00:00.000000"],
    ]  # fmt: skip
    assert sheet(table_bytes(frame, "excel"))["B2"].value == dt.datetime(2024, 6, 30, 12)


def test_a_frame_that_was_put_together():
    frame = pd.concat([pd.DataFrame({"id": pd.array(["a"], "string[pyarrow]"), "n": [i]}) for i in range(3)])
    assert csv_rows(table_bytes(frame, "csv"))[1:] == [["a", "0"], ["a", "1"], ["a", "2"]]


def test_excel_without_openpyxl_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UnusableInput, match=r"needs openpyxl: pip install 'retail-panel\[excel\]'"):
        table_bytes(FRAME, "excel")


def test_what_is_not_allowed_is_said():
    with pytest.raises(UnusableInput, match="file of kind 'pdf': allowed: csv, excel, parquet"):
        table_bytes(FRAME, "pdf")


def test_more_rows_than_a_sheet_holds(monkeypatch):
    monkeypatch.setattr(excel_file, "MOST_ROWS", 3)
    parts = [pd.DataFrame({"n": [1, 2]})] * 2
    assert write_table(io.BytesIO(), "csv", parts) == 4
    with pytest.raises(UnusableInput, match="a sheet of Excel holds 3 rows"):
        write_table(io.BytesIO(), "excel", parts)
