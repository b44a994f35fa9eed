"""The data page: reports as they are, a folder's one by one, and what was set aside as a safe file."""

import csv
import io
import re
from html import unescape

import pyarrow as pa
import pytest
from crossfilter.desk import Desk

from pages.visitor import all_of, one, parts, press, rows_of, words
from retail_panel.pages.data import DataPage
from retail_panel.schema import QUARANTINE, arrow_schema

REPORT = {
    "source": "shop <1>.csv", "table": "order_line", "rows_read": 1203, "rows_loaded": 1200, "rows_quarantined": 3,
    "returns_turned": {"rows": 7, "value": 1234.5}, "amount_sum": 98765.4321, "encoding": "",
    "outlier_rule": "more than 5 deviations", "first": "2024-11-01 09:23:19", "last": None,
    "quarantined": [
        {"reason": "amount: not a number", "rows": 2, "examples": [{"position": "17", "text": "a;<b>;x"}]},
        {"reason": "line too long", "rows": 1, "examples": []},
    ],
    "cardinalities": {"customers": 4000, "products": 31},
    "completeness": {"amount": 1.0, "customer_id": 0.7512},
    "mapping": [{"column": "InvoiceDate", "role": "ordered_at", "why": "name"}],
    "decisions": {"day_first": "month first: 21 occurs second", "delimiter": ","},
    "notes": ["Two columns were ignored."],
}  # fmt: skip
SET_ASIDE = [
    ("shop.csv", "17", "amount", "amount: not a number", "=HYPERLINK(1)"),
    ("shop.csv", "18", None, "amount: not a number", "-5"),
    ("shop.csv", "19", None, "line too long", "+44 20, Ünder \"quotes\""),
]  # fmt: skip


@pytest.fixture
def load(empty_store, make_lines):
    """A function that loads a few lines with a report and rows set aside."""

    def load(report, aside=()):
        with empty_store.loading(report["source"]) as load:
            load.append(make_lines(amount=[1, 2, 3], channel=["Online", "In-store", "Online"]))
            columns = list(zip(*aside, strict=True)) or [[] for _ in QUARANTINE]
            load.set_aside(pa.Table.from_arrays([pa.array(c, pa.string()) for c in columns],
                                                schema=arrow_schema(QUARANTINE)))  # fmt: skip
            load.report(report)

    return load


@pytest.fixture
def page(empty_store):
    """A function that opens the data page."""
    desks = []

    def page():
        desk = Desk(empty_store)
        desks.append(desk)
        page = DataPage(None, desk.session)
        desk.open("page=data")
        return page

    page.desks = desks
    yield page
    for desk in desks:
        desk.session.close()
        desk.settle()


def tables(place):
    """Return the rows of each table."""
    return [rows_of(table) for table in re.findall(r"<table.*?</table>", one(place, "HTML").object, re.S)]


def headings(place, level):
    """Return the headings of a level as they are read out."""
    return [unescape(text) for text in re.findall(f"<h{level}>(.*?)</h{level}>", one(place, "HTML").object)]


def test_a_report_is_shown_in_full(page, load):
    load(REPORT, SET_ASIDE)
    layout = page().layout
    report, lacking = layout
    counts, completeness, mapping, decisions, distinct, aside = tables(report)
    assert ["Rows read", "1,203"] in counts and ["Returns turned rows", "7"] in counts
    assert ["Returns turned value", "£1,234.50"] in counts and ["Amount sum", "£98,765.43"] in counts
    assert not any(name.startswith(("Source", "Encoding", "Quarantined")) for name, _ in counts)
    assert mapping == [["InvoiceDate", "ordered_at", "name"]]
    assert decisions == [["Day first", "month first: 21 occurs second"], ["Delimiter", "comma"],
                         ["Outliers", "more than 5 deviations"]]  # fmt: skip
    assert ["First", "1 Nov 2024 09:23"] in counts and ["Last", "\u2013"] in counts
    assert aside == [["amount: not a number", "2", "17: a;<b>;x"], ["line too long", "1", ": "]]
    assert distinct == [["Customers", "4,000"], ["Products", "31"]]
    assert [(name, share) for name, _, share in completeness] == [("Amount", "100.0%"), ("Customer id", "75.1%")]
    html = one(report, "HTML").object
    assert "width: 75.1%" in html and "Two columns were ignored." in html and "<1>" not in html and "<b>" not in html
    assert headings(report, 2) == ["shop <1>.csv · order lines"]
    assert headings(report, 3) == ["Counts", "Completeness", "Recognised columns", "Decisions", "Distinct values",
                                   "Set aside"]  # fmt: skip
    assert {"customer_id", "unit_cost, quantity"} & {cells[1] for cells in tables(lacking)[0]}


def test_the_folder_is_shown_table_by_table(page, load):
    load({"source": "folder", "tables": [
        {"source": "answers.csv", "table": "feedback", "rows_read": 2},
        {"source": "stock.csv", "table": "stock", "rows_read": 5},
        {"source": "sales.csv", "table": "order_line", "rows_read": 3, "notes": []},
    ]})  # fmt: skip
    layout = page().layout
    titles = [headings(paper, 2) for paper in layout]
    assert sum(titles, []) == ["sales.csv · order lines", "stock.csv · stock counts", "answers.csv · feedback",
                              "What the data does not support"]  # fmt: skip
    assert [tables(paper)[0][0] for paper in layout[:3]] == [["Rows read", "3"], ["Rows read", "5"], ["Rows read", "2"]]
    assert "No row was set aside." in one(layout[0], "HTML").object and all_of(layout, "Button") == []


def test_every_load_has_its_report_and_nothing_is_built_twice(page, load, empty_store):
    load({"source": "first.csv", "rows_read": 3})
    shown = page()
    papers = list(shown.layout)
    session = shown._session
    session.page = "overview"
    load({"source": "second.csv", "rows_read": 4})
    shown.follow()
    page.desks[-1].settle()
    assert list(shown.layout) == papers
    session.page = "data"
    page.desks[-1].settle()
    assert len(shown.layout) == 3 and headings(shown.layout[1], 2) == ["second.csv · order lines"]
    papers = list(shown.layout)
    shown.follow()
    page.desks[-1].settle()
    assert list(shown.layout) == papers


def test_a_report_takes_few_parts_since_each_costs_the_browser_time(page, load):
    load(REPORT, SET_ASIDE)
    report, lacking = page().layout
    assert len(parts(report)) <= 3 and len(parts(lacking)) <= 2


def test_without_any_report_the_page_says_what_can_be_computed(page, empty_store, make_lines):
    empty_store.append(make_lines(amount=[1, 2]))
    layout = page().layout
    assert len(layout) == 1 and "figures are supported." in " ".join(words(layout))


def test_what_was_set_aside_can_be_taken_home_and_runs_nothing(page, load):
    load(REPORT, SET_ASIDE)
    shown = page()
    press(one(shown.layout, "Button"))
    page.desks[-1].settle()
    name, _, content = shown._session.file
    text = content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["version", "source", "position", "column", "reason", "text"]
    assert {tuple(row[2:]) for row in rows} == {
        ("17", "amount", "amount: not a number", "'=HYPERLINK(1)"), ("18", "", "amount: not a number", "-5"),
        ("19", "", "line too long", "'+44 20, Ünder \"quotes\""),
    }  # fmt: skip
    assert name == "set-aside.csv"
