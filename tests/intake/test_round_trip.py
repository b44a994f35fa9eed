"""Any valid table written in any dialect comes back exactly; any bytes at all give an answer or one clear error."""

import csv
import datetime
import gzip
import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from retail_panel.errors import RetailPanelError
from retail_panel.intake import Mapping, inspect, readings
from retail_panel.intake.synonyms import MISSING, NO_CUSTOMER

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs", "Cc")), max_size=12)
_texts = st.one_of(
    _texts, st.sampled_from(['a "quoted" b', "two\nlines", "semi;colon", "com,ma", "tab\tbed", '"', "İ", "'"])
)
_texts = _texts.map(str.strip).filter(lambda t: t.lower() not in MISSING and t.lower() not in NO_CUSTOMER)
_ids = st.from_regex(r"[A-Z]{1,2}-[0-9]{1,6}", fullmatch=True)
_rows = st.fixed_dictionaries({
    "order_id": st.none() | _ids,
    "customer_id": st.none() | _texts,
    "ordered_at": st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2100, 12, 31)).map(
        lambda t: t.replace(microsecond=0)),
    "category": st.none() | _texts,
    "quantity": st.none() | st.integers(-10_000, 10_000),
    "amount": st.decimals(-(10**9), 10**9, places=4).map(lambda d: d + Decimal(0)),
})  # fmt: skip
FIELDS = ("order_id", "customer_id", "ordered_at", "category", "quantity", "amount")
DATES = {
    "iso": (lambda t: t.isoformat(sep=" "), None),
    "T": (lambda t: t.isoformat(), None),
    "day-first": (lambda t: f"{t.day}/{t.month}/{t.year} {t:%H:%M:%S}", "day-first"),
    "month-first": (lambda t: f"{t.month:02}-{t.day:02}-{t.year} {t:%I:%M:%S %p}", "month-first"),
    "dotted": (lambda t: f"{t:%d.%m.%Y %H:%M:%S}", "%d.%m.%Y %H:%M:%S"),
    "named": (lambda t: f"{t.day} {t:%b} {t.year} {t:%H:%M:%S}", None),
    "compact": (lambda t: f"{t.year}{t:%m%dT%H%M%S}", None),
}


def number(value, mark, grouped):
    text = f"{value:,.4f}" if grouped else f"{value:.4f}"
    return text if mark == "." else text.translate(str.maketrans(",.", ".,"))


@SETTINGS
@given(
    rows=st.lists(_rows, min_size=1, max_size=12), delimiter=st.sampled_from(",;\t|"), mark=st.sampled_from(".,"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), date=st.sampled_from(sorted(DATES)),
    grouped=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]), packed=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)  # fmt: skip
def test_valid_rows_come_back_exactly(tmp_path, rows, delimiter, mark, encoding, date, grouped, end, packed, quoting):
    written, named = DATES[date]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(FIELDS)
    for row in rows:
        cells = {**row, "ordered_at": written(row["ordered_at"]), "amount": number(row["amount"], mark, grouped)}
        writer.writerow(["" if cells[name] is None else cells[name] for name in FIELDS])
    raw = out.getvalue().encode(encoding)
    path = Path(tmp_path) / "any.csv"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    (reading,) = readings(path, Mapping(date_format=named))
    found = [result for _, result in reading.batches()]
    table = pa.concat_tables([result.rows for result in found])
    assert sum(result.quarantine.num_rows for result in found) == 0
    assert table["amount"].to_pylist() == [int(row["amount"] * 10_000) for row in rows]
    for name in ("order_id", "customer_id", "ordered_at", "category"):
        assert table[name].to_pylist() == [row[name] for row in rows]
    returned = [row["amount"] < 0 for row in rows]
    assert table["is_return"].to_pylist() == returned
    assert table["quantity"].to_pylist() == [
        -abs(row["quantity"]) if back and row["quantity"] else row["quantity"]
        for row, back in zip(rows, returned, strict=True)
    ]


_cell = st.sampled_from(
    ["", "1", "-2.5", "x", "2024-01-31", "31/01/2024", '"', '"a', 'b"', "1,5", "NaN", "£3", "\r", "é", " "]
)
_lines = st.lists(st.lists(_cell, min_size=0, max_size=5).map(",".join), max_size=15).map("\n".join)


@SETTINGS
@given(body=_lines, chunk=st.sampled_from([7, 64, 8_000_000]))
@example(body='1,"2024-01-31,5\n2,2024-01-31,5\n3,2024-01-31,5', chunk=7)
@example(body='1,2024-01-31,5\n2,2024-01-31,"5', chunk=64)
def test_every_row_is_loaded_or_set_aside(tmp_path, monkeypatch, body, chunk):
    monkeypatch.setattr("retail_panel.intake.text_stream.CHUNK_BYTES", chunk)
    path = Path(tmp_path) / "any.csv"
    path.write_text("order_id,date,amount\n0,2024-01-31,1.5\n" + body, encoding="utf-8", newline="")
    try:
        report = inspect(path, Mapping(date_format="day-first", decimal_mark="."))
    except RetailPanelError:
        return
    assert report.rows_read == report.rows_loaded + report.rows_quarantined
    assert report.rows_read == sum(found["rows"] for found in report.quarantined) + report.rows_loaded
    if '"' not in body and "\r" not in body:
        assert report.rows_read == 1 + sum(1 for line in body.split("\n") if line.strip())


@SETTINGS
@given(content=st.one_of(
    st.binary(max_size=300), _lines.map(str.encode),
    st.binary(max_size=60).map(lambda b: b"date,amount\n2024-01-31,1.5\n" + b),
    st.binary(max_size=60).map(lambda b: gzip.compress(b"date,amount\n2024-01-31,1.5\n" + b)[:-5]),
    st.binary(max_size=60).map(lambda b: b"PAR1" + b), st.binary(max_size=60).map(lambda b: b"PK\x03\x04" + b),
), name=st.sampled_from(["a.csv", "a.parquet", "a.xlsx", "a.zip", "a.gz"]))  # fmt: skip
@example(content=b"date,amount\n2024-01-31,1\n\xff\xfe\x00\x01", name="a.csv")
@example(content=b"0,1\n", name="a.csv")
def test_any_bytes_give_a_report_or_one_clear_error(tmp_path, content, name):
    path = Path(tmp_path) / name
    path.write_bytes(content)
    try:
        report = inspect(path)
    except RetailPanelError as error:
        assert str(error).strip()
    else:
        assert report.rows_read == report.rows_loaded + report.rows_quarantined
