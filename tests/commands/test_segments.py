import csv
import json
from pathlib import Path

import pytest

from retail_panel import __main__
from retail_panel.commands import segments
from retail_panel.crossfilter.scope import LEAVE_OUT

ROOT = Path(__file__).parents[2]
SEED_LAYOUT = ROOT / "data" / "seed_layout.csv"
UCI = ROOT.parent / "shared" / "real-data" / "online_retail.csv.gz"

HEADER = "order_id,customer_id,purchase_date,purchase_amount,transaction_type\n"
ROWS = """a1,Ann,2024-01-10,10.00,Full Price
a1,Ann,2024-01-10,20.00,Full Price
e1,Eve,2024-01-31,25.00,Full Price
ex,Eve,2024-02-05,-25.00,Return
c1,=Cat,2024-02-10,40.00,Full Price
c2,=Cat,2024-02-10,10.00,Full Price
a2,Ann,2024-03-01,30.00,Full Price
dx,Dan,2024-03-05,-8.00,Return
ax,Ann,2024-03-20,-5.00,Return
b1,Ben,2024-03-31,100.00,Full Price
g1,,2024-03-30,50.00,Full Price
"""


@pytest.fixture(autouse=True)
def this_command_only(monkeypatch):
    monkeypatch.setattr(__main__, "COMMANDS", ("segments",))


@pytest.fixture
def shop_file(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(HEADER + ROWS)
    return path


def figures_of(capsys, *arguments):
    assert __main__.main(["segments", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_by_hand(capsys, shop_file):
    found = figures_of(capsys, shop_file, "--method", "rules")
    assert (found["method"], found["reference_day"], found["customers"]) == ("rules", "2024-03-31", 4)
    assert (found["returns_only"], found["guest_lines"]) == (1, 1)
    assert found["rfm"]["recency_days"] == {"mean": 35.0, "std": 26.4575, "min": 0, "max": 60, "total": 140}
    assert found["rfm"]["monetary"]["total"] == 205
    by_name = {group["name"]: group for group in found["segments"]}
    assert by_name["New"] == {
        "name": "New", "customers": 1, "share": 0.25, "recency_days_mean": 0, "frequency_mean": 1,
        "monetary_mean": 100, "monetary_total": 100, "net_sales": 100,
    }  # fmt: skip
    assert sum(group["share"] for group in found["segments"]) == pytest.approx(1)


def test_definition_options(capsys, shop_file):
    found = figures_of(capsys, shop_file, "--frequency", "lines", "--returns", "count")
    assert (found["customers"], found["rfm"]["frequency"]["total"], found["rfm"]["monetary"]["total"]) == (5, 10, 273)
    assert figures_of(capsys, shop_file, "--monetary", "gross")["rfm"]["monetary"]["total"] == 235
    assert figures_of(capsys, shop_file, "--frequency", "days")["rfm"]["frequency"]["total"] == 5
    shifted = figures_of(capsys, shop_file, "--reference-day", "2024-04-01")
    assert (shifted["reference_day"], shifted["rfm"]["recency_days"]["min"]) == ("2024-04-01", 1)


def test_k_and_its_figures(capsys, shop_file):
    found = figures_of(capsys, shop_file, "-k", "2")
    assert (found["k"], len(found["segments"])) == (2, 2)
    assert list(found["silhouette"]) == list(found["inertia"]) == ["2", "3", "4"]


def test_exclusions_are_those_of_scope(capsys, shop_file):
    assert tuple(LEAVE_OUT) == segments.MARKED
    found = figures_of(capsys, shop_file, "--exclude", "guests,returns")
    assert (found["guest_lines"], found["returns_only"], found["rfm"]["monetary"]["total"]) == (0, 0, 235)


def test_csv_has_one_guarded_row_per_customer(capsys, shop_file, tmp_path):
    out = tmp_path / "out.csv"
    found = figures_of(capsys, shop_file, "--method", "rules", "--csv", out)
    with out.open(newline="", encoding="utf-8-sig") as lines:
        rows = {row["customer_id"]: row for row in csv.DictReader(lines)}
    assert set(rows) == {"Ann", "Ben", "Eve", "'=Cat"}
    ben = rows["Ben"]
    assert [ben[name] for name in ("recency_days", "frequency", "r_score", "f_score")] == ["0", "1", "5", "1"]
    assert float(ben["monetary"]) == 100
    assert ben["segment"] == "New"
    assert len(rows) == found["customers"]


@pytest.mark.parametrize("method", ["clusters", "rules"])
def test_table_for_people(capsys, shop_file, method):
    assert __main__.main(["segments", str(shop_file), "--method", method]) == 0
    out = capsys.readouterr().out
    assert "4 customers, as of 2024-03-31" in out
    assert "Not scored, having returns only: 1 customer." in out
    assert ("by silhouette" in out) == (method == "clusters")
    assert all(len(line) < 120 for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-k", "1"], "-k 1: the number of clusters must be from 2 to 10"),
        (["-k", "11"], "-k 11"),
        (["--reference-day", "31/12/2024"], "--reference-day '31/12/2024'"),
        (["--exclude", "guest"], "--exclude 'guest': allowed: guests, returns"),
    ],
)
def test_unusable_arguments(capsys, shop_file, arguments, said):
    assert __main__.main(["segments", str(shop_file), *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error


def test_csv_that_cannot_be_written(capsys, shop_file, tmp_path):
    assert __main__.main(["segments", str(shop_file), "--csv", str(tmp_path / "none" / "out.csv")]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_no_customer_ids_at_all(capsys, tmp_path):
    path = tmp_path / "guests.csv"
    path.write_text("purchase_date,purchase_amount\n2024-01-15,5.00\n2024-01-16,7.00\n")
    found = figures_of(capsys, path, "--csv", tmp_path / "out.csv")
    assert (found["customers"], found["k"], found["segments"], found["silhouette"]) == (0, 0, [], {})
    assert "No line in scope names a customer" in found["notes"][0]
    assert __main__.main(["segments", str(path)]) == 0


def test_seed_layout_with_the_seeds_definitions(capsys):
    import pandas as pd

    rows = pd.read_csv(SEED_LAYOUT)
    days = pd.to_datetime(rows.purchase_date, format="%m/%d/%Y")
    expected = rows.assign(day=days, amount=rows.purchase_amount.abs()).groupby("customer_id").agg(
        recency=("day", lambda day: (days.max() - day.max()).days), frequency=("day", "size"), money=("amount", "sum"),
    )  # fmt: skip
    found = figures_of(capsys, SEED_LAYOUT, "--frequency", "lines", "--returns", "count")
    assert found["customers"] == len(expected)
    for measure, column in (("recency_days", "recency"), ("frequency", "frequency"), ("monetary", "money")):
        assert found["rfm"][measure]["mean"] == pytest.approx(expected[column].mean(), abs=1e-4)
        assert found["rfm"][measure]["std"] == pytest.approx(expected[column].std(), abs=1e-4)
        assert found["rfm"][measure]["total"] == pytest.approx(expected[column].sum(), abs=1e-4)
    assert list(found["silhouette"]) == [str(k) for k in range(2, 11)]
    assert len(found["segments"]) >= 3


def test_uci_with_the_usual_exclusions(capsys):
    if not UCI.exists():
        pytest.skip("the UCI Online Retail file is not here (../shared/real-data)")
    found = figures_of(capsys, UCI, "--method", "rules", "--exclude", "guests,returns,zero-price")
    assert found["customers"] == 4338
    assert found["rfm"]["monetary"]["total"] == pytest.approx(8_911_407.904, abs=0.01)
    assert sum(group["net_sales"] for group in found["segments"]) == pytest.approx(8_911_407.904, abs=0.01)
    assert len(found["segments"]) == 11
    assert found["scores"]["frequency"]["1"] == 1493
