"""``retail-panel kpis``: what it prints, and what it refuses."""

import csv
import json
import re
from pathlib import Path

import pytest

from retail_panel.__main__ import main

UCI = Path(__file__).resolve().parents[3] / "shared" / "real-data" / "online_retail.csv.gz"
HEAD = (
    "order_id", "customer_id", "ordered_at", "channel", "store", "product", "kind", "quantity", "amount", "unit_cost",
)  # fmt: skip
PROMISED = {
    "transactions", "orders", "customers", "units", "gross_sales", "returns_value", "net_sales", "average_order_value",
    "average_transaction_value", "return_rate", "repeat_rate", "first_day", "last_day", "lines", "currency",
}  # fmt: skip


@pytest.fixture
def six_file(tmp_path, six_lines):
    """The six customers as a CSV."""
    return _write(tmp_path / "six.csv", HEAD, [
        (order, customer, when, *place, product[0], kind, quantity, amount, product[2])
        for order, customer, when, place, product, kind, quantity, amount in six_lines
    ])  # fmt: skip


def _write(path, head, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *(["" if v is None else v for v in row] for row in rows)])
    return str(path)


@pytest.fixture
def kpis(capsys):
    """Run the command; returns its exit status and what it printed to both outputs."""

    def run(*arguments):
        status = main(["kpis", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def report(kpis):
    """Run the command with ``--json``; returns the object it printed."""

    def run(*arguments):
        status, out, err = kpis(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return run


def test_the_json_has_every_promised_figure_and_all_the_source_supports(report, six_file):
    found = report(six_file)
    assert set(found) >= PROMISED
    assert (found["lines"], found["transactions"], found["orders"], found["customers"]) == (17, 15, 14, 6)
    assert (found["gross_sales"], found["returns_value"], found["net_sales"], found["units"]) == (1430, -200, 1230, 17)
    assert (found["average_order_value"], found["average_transaction_value"]) == (102.1429, 108.6667)
    assert (found["return_rate"], found["repeat_rate"], found["gross_margin"]) == (0.13986, 0.666667, 688)
    assert (found["first_day"], found["last_day"], found["currency"]) == ("2024-01-05", "2024-06-30", "GBP")
    assert found["missing"]["gmroi"] == ["stock.on_hand", "stock.unit_cost"] and "gmroi" not in found


def test_what_the_source_lacks_is_null_where_it_was_promised(report, tmp_path):
    found = report(_write(tmp_path / "bare.csv", ("date", "amount"), [("2024-01-15", 10), ("2024-01-16", 20)]))
    assert set(found) >= PROMISED
    assert [found[name] for name in ("customers", "units", "repeat_rate")] == [None] * 3
    assert (found["net_sales"], found["transactions"]) == (30, 2)
    assert found["missing"]["customers"] == ["customer_id"]


def test_a_split_repeats_the_figures_for_each_value(report, six_file):
    found = report(six_file, "--by", "channel")
    assert [(row["value"], row["gross_sales"], row["repeat_rate"]) for row in found["by"]] == [
        ("Online", 860, 0.666667), ("In-store", 570, 0.4),
    ]  # fmt: skip
    assert all(set(row) >= PROMISED - {"currency"} for row in found["by"])
    assert sum(row["net_sales"] for row in found["by"]) == found["net_sales"]


@pytest.mark.parametrize("by", ["store", "product", "kind", "amount", "weekday", "hour", "ordered_at"])
def test_sales_add_up_over_any_dimension_of_lines(report, six_file, by):
    found = report(six_file, "--by", by)
    assert sum(row["net_sales"] for row in found["by"]) == 1230
    assert sum(row["lines"] for row in found["by"]) == 17


@pytest.mark.parametrize("by", ["segment", "cluster", "recency_days", "frequency", "monetary", "sales_rank",
                                "first_bought", "r", "f", "m"])  # fmt: skip
def test_sales_add_up_over_any_dimension_of_customers_and_the_guests(report, six_file, by):
    rows = report(six_file, "--by", by)["by"]
    assert sum(row["net_sales"] for row in rows) == 1230
    assert sum(row["customers"] for row in rows) == 6
    assert [row["net_sales"] for row in rows if row["value"] is None] == [200]


def test_segments_are_those_worked_out_by_hand(report, six_file, six_rfm):
    rows = report(six_file, "--by", "segment")["by"]
    expected = {segment: monetary for _, _, monetary, _, _, _, segment in six_rfm.values()}
    assert {row["value"]: row["net_sales"] for row in rows if row["value"]} == expected


def test_months_come_in_order(report, six_file):
    months = [row["value"] for row in report(six_file, "--by", "ordered_at")["by"]]
    assert months == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]


def test_marked_lines_are_left_out_on_request(report, six_file):
    found = report(six_file, "--exclude", "guests,returns,zero-price")
    assert (found["lines"], found["net_sales"], found["orders"]) == (14, 1230, 13)
    assert found["gross_sales"] == found["net_sales"] and found["excluded"] == ["guests", "returns", "zero-price"]


def test_days_count_from_since_to_before_until(report, six_file):
    found = report(six_file, "--since", "2024-02-01", "--until", "2024-06-20")
    assert (found["lines"], found["first_day"], found["last_day"]) == (8, "2024-02-01", "2024-05-20")
    empty = report(six_file, "--since", "2025-01-01")
    assert (empty["lines"], empty["net_sales"], empty["average_order_value"], empty["last_day"]) == (0, 0, None, None)


def test_figures_are_printed_for_people(kpis, six_file):
    status, out, _ = kpis(six_file, "--by", "channel", "--currency", "GBP")
    assert status == 0
    assert re.search(r"Net sales .*£1,230\.00", out) and re.search(r"Last day .*30 Jun 2024", out)
    assert re.search(r"Online .*£660\.00", out) and "Without stock.on_hand: no " in out
    assert "Stock value, summed" not in out


def test_each_figure_shows_its_sql(kpis, report, six_file):
    _, out, _ = kpis(six_file, "--sql")
    assert "-- Net sales. Gross sales plus returns" in out and "SUM(" in out and out.rstrip().endswith(";")
    made = report(six_file, "--sql", "--by", "channel")["sql"]["repeat_rate"]
    assert "two or more orders" in made["definition"] and "GROUP BY" in made["sql"][0]


def test_the_currency_is_that_of_the_lines(kpis, report, tmp_path, monkeypatch):
    head, rows = ("order_date", "amount", "currency"), [("2024-01-15", 10, "EUR"), ("2024-01-16", 20, "EUR")]
    euros = _write(tmp_path / "euros.csv", head, rows)
    assert (report(euros)["currency"], report(euros)["net_sales"]) == ("EUR", 30)
    status, _, err = kpis(euros, "--currency", "USD")
    assert status == 2 and "--currency USD: the lines are in EUR" in err
    mixed = _write(tmp_path / "mixed.csv", head, [*rows, ("2024-01-17", 5, "GBP")])
    status, _, err = kpis(mixed, "--json")
    assert status == 2 and "lines are in EUR, GBP" in err and "--currency" in err
    assert report(mixed, "--currency", "GBP")["net_sales"] == 5
    bare = _write(tmp_path / "bare.csv", head[:2], [row[:2] for row in rows])
    assert [report(bare)["currency"], report(bare, "--currency", "JPY")["currency"]] == ["GBP", "JPY"]
    monkeypatch.setenv("RETAIL_PANEL_CURRENCY", "SEK")
    assert report(bare)["currency"] == "SEK"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--exclude", "guests,staff"], "--exclude 'staff': allowed: guests"),
        (["--since", "1/2/2024"], "--since '1/2/2024': must be a day as YYYY-MM-DD"),
        (["--since", "2024-03-01", "--until", "2024-03-01"], "since must be before until"),
        (["--by", "moved"], "--by 'moved': no such dimension; allowed: ordered_at"),
        (["--by", "weather"], "--by 'weather': no such dimension; allowed: ordered_at"),
        (["--by", "tier"], "--by tier: no line in scope has a value of tier"),
        (["--currency", "pounds"], "'pounds'; allowed: an ISO 4217 code"),
    ],
)
def test_options_that_cannot_be_used_are_told_in_one_line(kpis, six_file, options, message):
    status, out, err = kpis(six_file, *options)
    assert (status, out) == (2, "")
    assert message in err and err.count("\n") == 1


def test_a_file_that_is_not_there_is_told_in_one_line(kpis, tmp_path):
    status, out, err = kpis(tmp_path / "none.csv")
    assert status in (1, 2) and out == "" and "none.csv" in err and err.count("\n") == 1


@pytest.mark.skipif(not UCI.exists(), reason=f"{UCI.name} is not here")
def test_online_retail_as_published(report):
    found = report(UCI)
    assert (found["net_sales"], found["customers"], found["transactions"]) == (9_747_747.934, 4_372, 25_900)
    assert (found["lines"], found["first_day"], found["last_day"]) == (541_909, "2010-12-01", "2011-12-09")
    clean = report(UCI, "--exclude", "guests,returns,zero-price")
    assert (clean["lines"], clean["orders"], clean["customers"]) == (397_884, 18_532, 4_338)
    assert clean["net_sales"] == clean["gross_sales"] == 8_911_407.904
