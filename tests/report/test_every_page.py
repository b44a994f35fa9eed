"""A report of the demo with every study that there is: all of it is drawn, and no customer is in it."""

import re
from dataclasses import replace
from datetime import datetime

import pyarrow as pa
import pytest

from retail_panel import demo, intake
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.pages.contents import PAGES
from retail_panel.report import Report, State
from retail_panel.store import Shelf, Store

MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def made():
    """The report of three months of one brand, and the customers' ids; other tests hold the charts of cubes."""
    store = Store()
    intake.load(str(demo.folder()), store)
    brand = store.ask(store.lines.select("brand").distinct().order_by("brand"))["brand"][0].as_py()
    state = State.read({"ordered_at": "2026-08-01..2026-11-01", "brand": brand, "rfm.k": "3", "sel.channel": "Online"})
    pages = [replace(page, charts=()) for page in PAGES]
    made = Report(store, Scenes(store, Shelf(), "GBP"), state, pages, "Demo", datetime(2026, 11, 1))
    for step in made.steps():
        step.draw()
    ids = store.ask(store.customers.select("customer_id"))["customer_id"].cast(pa.string()).to_pylist()
    store.close()
    return made.html(), ids


def test_everything_is_drawn(made):
    html, _ = made
    assert "could not be" not in html
    shown = set(re.findall(r'<section id="(\w+)">', html))
    assert shown == {page.name for page in PAGES if page.studies}
    titles = re.sub(r"<[^>]*>", "", html).replace("&#x27;", "'").replace("&amp;", "&")
    assert [study.title for page in PAGES for study in page.studies if study.title not in titles] == []


def test_it_is_small_enough_to_send(made):
    assert len(made[0].encode()) < MOST_BYTES


def test_no_customer_is_in_it(made):
    html, ids = made
    words = set(re.findall(r"[\w-]+", html))
    assert ids and not words & set(ids)
