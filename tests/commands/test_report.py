"""``retail-panel report``: the file it writes, and what it refuses."""

import argparse
import re
from datetime import datetime
from html import unescape

import pytest

from retail_panel import __main__
from retail_panel.commands import report
from retail_panel.crossfilter.scope import LEAVE_OUT

HEAD = "order_id,customer_id,purchase_date,purchase_amount,transaction_type,sales_channel,currency\n"
LINES = [
    "a1,Ann-1,2024-01-10,10.00,Full Price,Online,", "a1,Ann-1,2024-01-10,20.00,Full Price,Online,",
    "e1,Eve-2,2024-01-31,25.00,Full Price,Shop,", "ex,Eve-2,2024-02-05,-25.00,Return,Shop,",
    "c1,Cat-3,2024-02-10,40.00,Full Price,Online,", "c2,Cat-3,2024-02-10,10.00,Full Price,Shop,",
    "a2,Ann-1,2024-03-01,30.00,Full Price,Online,", "b1,Ben-4,2024-03-31,100.00,Full Price,Shop,",
    "g1,,2024-03-30,50.00,Full Price,Online,",
]  # fmt: skip


@pytest.fixture(autouse=True)
def this_command_only(monkeypatch):
    monkeypatch.setattr(__main__, "COMMANDS", ("report",))


@pytest.fixture
def shop(tmp_path):
    """A function that writes the shop's file, with a currency for each line."""

    def write(*currencies):
        path = tmp_path / "shop.csv"
        told = currencies or ("",)
        path.write_text(HEAD + "".join(f"{line}{told[i % len(told)]}\n" for i, line in enumerate(LINES)))
        return str(path)

    return write


@pytest.fixture
def made(tmp_path, capsys):
    """A function that runs the command; returns the exit status, the report and what was printed."""

    def run(*arguments):
        out = tmp_path / "out.html"
        status = __main__.main(["report", *map(str, arguments), "-o", str(out)])
        printed = capsys.readouterr()
        return status, out.read_text("utf-8") if out.exists() else None, printed.out + printed.err

    return run


def facts(html):
    return {words: unescape(value) for words, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)}


def test_a_report_of_a_file(made, shop):
    status, html, said = made(shop(), "--pages", "overview", "--title", "Corner & Co")
    assert status == 0 and re.fullmatch(r".*out\.html: \d\.\d MB\n", said)
    assert facts(html)["Source"] == "shop.csv; 9 order lines; 10 Jan 2024 to 31 Mar 2024"
    assert "<h1>Corner &amp; Co</h1>" in html and "£260.00" in html
    assert "Ann-1" not in html and "Ben-4" not in html


def test_the_clock_is_passed_in(shop, tmp_path):
    parser = argparse.ArgumentParser()
    report.arguments(parser)
    out = tmp_path / "out.html"
    report.run(parser.parse_args([shop(), "-o", str(out), "--pages", "overview"]), lambda: datetime(2031, 2, 3, 4, 5))
    assert "Report of 3 February 2031, 04:05" in out.read_text("utf-8")


def test_scope_and_selection_by_options(made, shop):
    status, html, said = made(
        shop(), "--pages", "overview", "--since", "2024-02-01", "--exclude", "guests, returns",
        "--query", "?channel=Online,Shop&ordered_at=2000-01-01..&sel.channel=Online&page=segments",
    )  # fmt: skip
    found = facts(html)
    assert found["Scope"].endswith("; without guests; without returns; 4 order lines in scope")
    assert "since 1 Feb 2024" in found["Scope"] and "Channel is Online or Shop" in found["Scope"]
    assert found["Selection"] == "Channel is Online; 2 order lines selected"


def test_pages_are_those_asked_for(made, shop):
    sections = lambda html: re.findall(r'<section id="(\w+)">', html)  # noqa: E731
    assert sections(made(shop(), "--pages", "behaviour, overview")[1]) == ["overview", "behaviour"]


@pytest.mark.parametrize(
    ("currencies", "options", "money", "lines"),
    [
        (("EUR",), (), "€", 9),
        (("", "GBP"), (), "£", 9),
        (("USD",), ("--currency", "USD"), "$", 9),
        (("GBP", "EUR"), ("--currency", "EUR"), "€", 4),
    ],
)
def test_one_currency(made, shop, currencies, options, money, lines):
    status, html, said = made(shop(*currencies), "--pages", "overview", *options)
    assert status == 0
    assert f'class="value">{money}' in html and f"; {lines} order lines in scope" in facts(html)["Scope"]


@pytest.mark.parametrize(
    ("currencies", "options", "said"),
    [
        (("GBP", "EUR"), (), "column currency: lines are in EUR, GBP; choose the one to count with --currency EUR"),
        (("", "EUR"), (), "lines are in EUR, and some name none, which is GBP"),
        (("GBP",), ("--currency", "EUR"), "--currency EUR: the lines are in GBP"),
        (("",), ("--currency", "pounds"), "'pounds'; allowed: an ISO 4217 code"),
        (("",), ("--pages", "data"), "--pages 'data': allowed: overview"),
        (("",), ("--query", "sel.colour=red"), "'colour': no such dimension"),
        (("",), ("--since", "last week"), "a day such as"),
        (("",), ("--exclude", "clowns"), "allowed: guests"),
    ],
)
def test_what_cannot_be_used(made, shop, currencies, options, said):
    status, html, error = made(shop(*currencies), *options)
    assert (status, html) == (2, None)
    assert said in error and len(error.strip().splitlines()) == 1


def test_a_folder_that_is_not_there(shop, tmp_path, capsys):
    assert __main__.main(["report", shop(), "-o", str(tmp_path / "none" / "out.html")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_file_that_is_not_there(made):
    status, html, error = made("none.csv")
    assert status == 2 and html is None and "none.csv" in error


def test_exclusions_are_those_of_scope():
    assert tuple(LEAVE_OUT) == report.MARKED
