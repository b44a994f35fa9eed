"""Bad input: one clear error, or every row accounted for."""

import bz2
import codecs
import gzip
import io
import lzma
import os
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.intake import Mapping, inspect, readings, text_stream
from retail_panel.intake.load import refuse_if_nothing

GOOD = "order_id,customer_id,date,amount\n1,a,2024-01-31,10.00\n2,b,2024-02-01,20.50\n"


def reasons(report):
    return {found["reason"]: found["rows"] for found in report.quarantined}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"   \r\n \t\n", b"\x00\x00"])
def test_empty_file(write, content):
    with pytest.raises(UnusableInput, match=r"sales\.csv: the file is empty"):
        inspect(write(content))


@pytest.mark.parametrize("content", ["order_id,date,amount", "order_id,date,amount\n", "order_id,date,amount\n\n\n"])
def test_header_only(write, content):
    with pytest.raises(UnusableInput, match=r"header \(order_id, date, amount\) and no rows"):
        inspect(write(content))


def test_no_such_file(tmp_path):
    with pytest.raises(UnusableInput, match="no such file"):
        inspect(tmp_path / "none.csv")


def test_unusual_delimiter_is_asked_for_and_can_be_given(write):
    path = write(GOOD.replace(",", "^"))
    with pytest.raises(UnusableInput, match="only one column was found.*--delimiter"):
        inspect(path)
    assert inspect(path, Mapping(delimiter="^")).rows_loaded == 2


def test_wrong_delimiter_given(write):
    with pytest.raises(UnusableInput, match="only one column was found"):
        inspect(write(GOOD), Mapping(delimiter=";"))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found(write, delimiter):
    assert inspect(write(GOOD.replace(",", delimiter))).counts["amount_sum"] == 30.5


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("1,a", "1,Zoë £").encode("cp1252"),
        codecs.BOM_UTF8 + GOOD.replace("1,a", "1,Zoë £").encode(),
        GOOD.replace("1,a", "1,Zoë £").encode("utf-16"),
        GOOD.replace("1,a", "1,Zoë £").encode("utf-16-le"),
        GOOD.replace("1,a", "1,Zoë £").encode("utf-16-be"),
    ],
)
def test_encodings(write, cleaned, content):
    rows, aside, _ = cleaned(write(content))
    assert rows["customer_id"].to_pylist() == ["Zoë £", "b"]
    assert aside.num_rows == 0


def test_latin_1_that_shows_late_in_the_file(write, cleaned):
    body = "".join(f"{i},c{i},2024-01-31,1.00\n" for i in range(40_000)) + "9,Zoë,2024-01-31,2.00\n"
    rows, aside, _ = cleaned(write(("order_id,customer_id,date,amount\n" + body).encode("cp1252")))
    assert rows.num_rows == 40_001
    assert aside.num_rows == 0
    assert rows["customer_id"][-1].as_py() == "Zoë"


def test_a_line_in_another_encoding_is_set_aside(write, cleaned):
    rows, aside, _ = cleaned(write(GOOD.replace("1,a", "1,Zoë").encode() + "3,Zoë,2024-01-31,2\n".encode("cp1252")))
    assert rows.num_rows == 2
    assert aside.to_pylist()[0]["position"] == "4"
    assert "not UTF-8" in aside.to_pylist()[0]["reason"]


def test_mixed_date_formats_ask(write):
    rows = "".join(f"{i},{d},1\n" for i, d in enumerate(["31/01/2024", "02/28/2024", "30/01/2024", "03/31/2024"]))
    path = write("order_id,date,amount\n" + rows)
    with pytest.raises(UnusableInput, match="column 'date': date formats are mixed.*--date-format"):
        inspect(path)
    report = inspect(path, Mapping(date_format="day-first"))
    assert (report.rows_loaded, reasons(report)) == (2, {"time cannot be read as a date": 2})


def test_a_few_stray_dates_are_set_aside(write):
    rows = "".join(f"{i},{13 + i % 15}/01/2024,1\n" for i in range(100)) + "100,01/31/2024,1\n101,yesterday,1\n"
    report = inspect(write("order_id,date,amount\n" + rows))
    assert (report.rows_loaded, reasons(report)) == (100, {"time cannot be read as a date": 2})
    assert report.decisions["dates"].startswith("day-first")


def test_undecidable_dates_ask_and_the_option_settles_it(write):
    path = write("order_id,date,amount\n1,01/02/2024,1\n2,03/04/2024,1\n")
    with pytest.raises(UnusableInput, match="column 'date': whether the day or the month.*--date-format day-first"):
        inspect(path)
    assert inspect(path, Mapping(date_format="day-first")).counts["first"] == "2024-02-01 00:00:00"
    assert inspect(path, Mapping(date_format="month-first")).counts["first"] == "2024-01-02 00:00:00"
    assert inspect(path, Mapping(date_format="%m/%d/%Y")).counts["first"] == "2024-01-02 00:00:00"


def test_dates_that_read_the_same_both_ways_need_no_answer(write):
    assert inspect(write("order_id,date,amount\n1,01/01/2024,1\n")).rows_loaded == 1


def test_continental_numbers(write):
    report = inspect(write("order_id;date;amount\n1;31.01.2024;1.234,56\n2;01.02.2024;-7,5\n"))
    assert report.counts["amount_sum"] == 1227.06
    assert report.decisions["decimal_mark"] == ","


def test_undecidable_decimal_mark_asks(write):
    path = write("order_id;date;amount\n1;2024-01-31;1.234\n")
    with pytest.raises(UnusableInput, match="column 'amount'.*'1.234'.*--decimal-mark"):
        inspect(path)
    assert inspect(path, Mapping(decimal_mark=",")).counts["amount_sum"] == 1234
    assert inspect(path, Mapping(decimal_mark=".")).counts["amount_sum"] == 1.234


def test_both_decimal_marks_ask(write):
    with pytest.raises(UnusableInput, match="decimal dot .*'1.5'.*decimal comma .*'2,5'"):
        inspect(write("order_id;date;amount\n1;2024-01-31;1.5\n2;2024-01-31;2,5\n"))


def test_currency_signs_and_accountants_negatives(write, cleaned):
    amounts = ["£1,234.50", "GBP 12.00", "(£5.25)", "3.00-", "-£1", "1 000.10"]
    text = "order_id,date,amount\n" + "".join(f'{i},2024-01-31,"{a}"\n' for i, a in enumerate(amounts))
    rows, _, _ = cleaned(write(text))
    assert rows["amount"].to_pylist() == [12_345_000, 120_000, -52_500, -30_000, -10_000, 10_001_000]
    assert rows["currency"].to_pylist() == ["GBP", "GBP", "GBP", None, "GBP", None]
    assert rows["is_return"].to_pylist() == [False, False, True, True, True, False]


def test_nan_infinite_missing_and_huge_amounts_are_set_aside_with_their_reason(write, cleaned):
    bad = ["NaN", "inf", "-Infinity", "", "abc", "1e30", "12,5"]
    text = "order_id,date,amount\n" + "".join(f'{i},2024-01-31,"{a}"\n' for i, a in enumerate(bad + ["1.50"] * 30))
    rows, aside, _ = cleaned(write(text))
    assert rows.num_rows == 30
    assert [(r["position"], r["reason"], r["column"]) for r in aside.to_pylist()] == [
        ("2", "amount is NaN", "amount"),
        ("3", "amount is infinite", "amount"),
        ("4", "amount is infinite", "amount"),
        ("5", "amount is missing", "amount"),
        ("6", "amount cannot be read as a number", "amount"),
        ("7", "amount is beyond a million million", "amount"),
        ("8", "amount cannot be read as a number", "amount"),
    ]
    assert aside["text"][0].as_py() == '0,2024-01-31,"NaN"'


def test_impossible_dates_are_set_aside(write, cleaned):
    dates = ["2024-02-30", "1899-12-30", "2101-01-01", "", "31/31/2024"]
    _, aside, _ = cleaned(write("date,amount\n2024-01-01,1\n" * 1 + "".join(f"{d},1\n" for d in dates)))
    assert aside["reason"].to_pylist() == [
        "time cannot be read as a date",
        "time is outside 1970 to 2100",
        "time is outside 1970 to 2100",
        "time is missing",
        "time cannot be read as a date",
    ]


def test_a_line_of_100_mb_is_set_aside_within_bounds(write, cleaned):
    def long_line(path):
        with path.open("ab") as stream:
            stream.write(b"3,")
            for _ in range(100):
                stream.write(b"x" * 1_000_000)
            stream.write(b",2024-01-31,1\n4,d,2024-01-31,4\n")
        return path

    rows, aside, _ = cleaned(long_line(write(GOOD)))
    assert rows["order_id"].to_pylist() == ["1", "2", "4"]
    (found,) = aside.to_pylist()
    assert found["position"] == "4"
    assert "longer than 1,000,000 bytes" in found["reason"]
    assert len(found["text"]) == 2_000


@pytest.mark.parametrize("size", [1_200_000, 9_000_000])
@pytest.mark.parametrize("end", ["\n", ""])
def test_long_lines_at_block_borders(write, cleaned, size, end):
    path = write(GOOD + "3," + "x" * size + ",2024-01-31,1" + (end and end + "4,d,2024-01-31,4\n"))
    rows, aside, _ = cleaned(path)
    assert (rows.num_rows, aside.num_rows) == (3 if end else 2, 1)


def test_duplicate_headers(write):
    with pytest.raises(UnusableInput, match="column 'amount' is there 2 times"):
        inspect(write("date,amount,amount\n2024-01-31,1,2\n"))


def test_missing_required_column(write):
    with pytest.raises(UnusableInput, match="no column was recognised as amount.*columns are order_id, date, colour"):
        inspect(write("order_id,date,colour\n1,2024-01-31,red\n"))
    with pytest.raises(UnusableInput, match="no column was recognised as ordered_at"):
        inspect(write("order_id,amount\n1,5\n"))


def test_rows_of_another_width_are_set_aside(write, cleaned):
    rows, aside, _ = cleaned(write(GOOD + "3,c,2024-01-31\n\n4,d,2024-01-31,1,2\n5,e,2024-01-31,5\n"))
    assert rows["order_id"].to_pylist() == ["1", "2", "5"]
    assert [(r["position"], r["reason"], r["text"]) for r in aside.to_pylist()] == [
        ("4", "the row has fewer fields than the header", "3,c,2024-01-31"),
        ("6", "the row has more fields than the header", "4,d,2024-01-31,1,2"),
    ]


def test_a_quote_that_never_closes_costs_one_line(write, cleaned):
    rows, aside, _ = cleaned(write(GOOD + '3,"c,2024-01-31,3\n4,d,2024-01-31,4\n5,e,2024-01-31,5\n'))
    assert rows["order_id"].to_pylist() == ["1", "2", "4", "5"]
    assert aside["text"].to_pylist() == ['3,"c,2024-01-31,3']


def test_quotes_line_ends_and_inches(write, cleaned):
    first = '2024-01-31,1,"two\r\nlines, ""quoted"""'
    text = f'date,amount,description\r\n{first}\r\n2024-01-31,2,12" ruler\r\n2024-01-31,3,\r\n'
    rows, aside, _ = cleaned(write(text))
    assert rows["description"].to_pylist() == ['two\r\nlines, "quoted"', '12" ruler', None]
    assert aside.num_rows == 0


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.csv.gz", gzip.compress), ("a.csv.bz2", bz2.compress), ("a.csv.xz", lzma.compress),
     ("a.csv.zst", lambda raw: pa.compress(raw, codec="zstd", asbytes=True))],
)  # fmt: skip
def test_compressed_and_truncated(write, name, pack):
    raw = GOOD.encode() + b"".join(b"%d,c%d,2024-01-31,%d.25\n" % (i, i * 7919 % 9973, i) for i in range(5_000))
    packed = pack(raw)
    assert inspect(write(packed, name)).rows_loaded == 5_002
    with pytest.raises(UnusableInput, match="damaged or ends early"):
        inspect(write(packed[: len(packed) // 2], name))


def test_zip_with_one_and_with_two_files(write):
    def zipped(*names):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(name, GOOD)
        return buffer.getvalue()

    assert inspect(write(zipped("a.csv"), "a.zip")).rows_loaded == 2
    with pytest.raises(UnusableInput, match="holds 2 files"):
        inspect(write(zipped("a.csv", "b.csv"), "b.zip"))
    with pytest.raises(UnusableInput, match="damaged or ends early"):
        inspect(write(zipped("a.csv")[:-30], "c.zip"))


def test_truncated_parquet(write, tmp_path):
    pq.write_table(pa.table({"date": ["2024-01-31"] * 1000, "amount": [1.5] * 1000}), tmp_path / "a.parquet")
    assert inspect(tmp_path / "a.parquet").counts["amount_sum"] == 1500
    whole = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(UnusableInput, match="Parquet file is damaged or ends early"):
        inspect(write(whole[: len(whole) // 2], "b.parquet"))


def test_a_file_that_vanishes_between_the_readings(write):
    path = write(GOOD)
    (reading,) = readings(path)
    os.remove(path)
    with pytest.raises(RetailPanelError, match="vanished while it was being read"):
        list(reading.batches())


def test_a_file_that_vanishes_or_changes_within_a_reading(write, monkeypatch):
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 1_000)
    path = write(GOOD + "3,c,2024-01-31,1\n" * 2_000)
    (reading,) = readings(path)
    batches = reading.batches()
    next(batches)
    os.remove(path)
    with pytest.raises(RetailPanelError, match="vanished while it was being read"):
        list(batches)
    path = write(GOOD)
    (reading,) = readings(path)
    path.write_text(GOOD * 2)
    with pytest.raises(RetailPanelError, match="changed while it was being read"):
        list(reading.batches())


def test_binary_files_are_refused(write):
    with pytest.raises(UnusableInput, match="not a text file"):
        inspect(write(b"\x7fELF\x02\x01\x00\x00" + bytes(range(256)) * 20))
    with pytest.raises(UnusableInput, match="not an Excel workbook"):
        inspect(write(b"\xd0\xcf\x11\xe0" + b"x" * 100, "old.xls"))


def test_nothing_readable_is_refused(write):
    report = inspect(write("date,amount\n2024-01-31,1\n".replace("1\n", "x\n")), Mapping(columns={"amount": "amount"}))
    with pytest.raises(UnusableInput, match="none of its 1 rows can be loaded: amount cannot be read as a number"):
        refuse_if_nothing(report)
