"""``retail-panel check``."""

import csv
import json

import pytest

from retail_panel.__main__ import main

ROWS = """order_id,customer_id,date,amount,note
1,a,31/01/2024,10.00,x
2,,01/02/2024,-2.50,y
3,b,soon,1,z
=4,b,01/02/2024,,z
"""


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(ROWS)
    return str(path)


def test_json_is_one_object(sales, capsys):
    assert main(["check", sales, "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["rows_read"], report["rows_loaded"], report["rows_quarantined"]) == (4, 2, 2)
    assert report["amount_sum"] == 7.5
    assert report["rows_without_customer"] == 1
    assert report["returns"] == {"documents": 1, "rows": 1, "value": -2.5}
    assert report["quarantined"][0] == {
        "reason": "amount is missing", "rows": 1,
        "examples": [{"source": "sales.csv", "position": "5", "column": "amount", "text": "=4,b,01/02/2024,,z"}],
    }  # fmt: skip
    assert report["ignored"] == ["note"]
    assert err == ""


def test_report_for_people(sales, capsys):
    assert main(["check", sales]) == 0
    out = capsys.readouterr().out
    assert "Rows set aside" in out
    assert "£7.50" in out
    assert "time cannot be read as a date" in out
    assert "not used" in out


def test_quarantine_is_written_and_guarded(sales, tmp_path, capsys):
    out = tmp_path / "aside.csv"
    assert main(["check", sales, "--quarantine", str(out)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["position"], row["reason"]) for row in rows] == [
        ("4", "time cannot be read as a date"), ("5", "amount is missing"),
    ]  # fmt: skip
    assert rows[1]["text"] == "'=4,b,01/02/2024,,z"
    assert main(["check", sales, "--quarantine", str(tmp_path / "no" / "aside.csv")]) == 2


def test_options_and_mapping_file(sales, tmp_path, capsys):
    mapping = tmp_path / "m.toml"
    mapping.write_text('[constants]\nbrand = "Ash"\n[options]\nreturns = "positive"\n')
    arguments = ["--mapping", str(mapping), "--column", "tier=note", "--constant", "store=Leeds", "--outliers", "3"]
    assert main(["check", sales, "--json", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["constants"] == {"brand": "Ash", "store": "Leeds"}
    assert {"role": "tier", "column": "note", "why": "by the mapping"} in report["mapping"]
    assert "more than 3 robust" in report["outlier_rule"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("date,amount\n", "no rows below it"),
        ("date,amount\n01/02/2024,1\n", "--date-format day-first"),
        ("colour,size\nred,1\n", "no column was recognised"),
        ("date,amount\nnever,x\n", "no column was recognised"),
        ("date,amount\n2024-01-31,1\n\x00", None),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path, capsys, content, message):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    assert main(["check", str(path)]) == 2 if message else True
    err = capsys.readouterr().err
    if message:
        assert message in " ".join(err.split())
        assert err.count("\n") == 1
        assert err.startswith("retail-panel: bad.csv: ")


def test_nothing_loadable_is_shown_and_refused(tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text("date,amount\n2024-01-31,x\n")
    assert main(["check", str(path), "--json", "--column", "amount=amount"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["rows_quarantined"] == 1
    assert "none of its 1 rows can be loaded" in err


def test_help(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--help"])
    assert stopped.value.code == 0
    assert "--date-format" in capsys.readouterr().out
