"""The first screen before the page: whose figures it has, until when, and what of it is text of the data."""

import re
import time
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from crossfilter.desk import Desk
from crossfilter.mirror import as_batch

from retail_panel.crossfilter.clause import Values
from retail_panel.formats import format_value
from retail_panel.pages import glance as glances_module
from retail_panel.pages.glance import MOST_POLICIES, Glances, GlanceTaker
from retail_panel.pages.picture import picture
from retail_panel.portal.person import LOCAL
from retail_panel.store import RowPolicy
from retail_panel.views import OVERVIEW

ONLINE = replace(LOCAL, name="Ola", policy=RowPolicy((("channel", ("Online",)),)))


@pytest.fixture
def glances(shop):
    """The glances of a process."""
    return Glances(shop)


@pytest.fixture
def look(shop, scenes, glances):
    """A function that has somebody look at the whole: ``look(person)``; returns their desk."""
    desks = []

    def look(person=LOCAL, query="", store=shop, into=glances):
        desk = Desk(store, scenes if store is shop else None, charts=(), person=person)
        desks.append(desk)
        GlanceTaker(desk.session, OVERVIEW, into, asks=True)
        desk.open(query)
        return desk

    yield look
    for desk in desks:
        desk.session.close()
        desk.settle()


def said(html):
    """Return the texts of a picture."""
    return [unescape(text).strip() for text in re.findall(r">([^<]+)<", html) if text.strip()]


def test_the_picture_says_what_the_page_says(look, glances, rows):
    assert glances.of(LOCAL) is None
    desk = look()
    glance = glances.of(LOCAL)
    texts = said(picture(glance, "Shop"))
    sales = format_value(float(glance.tiles.now["net_sales"]), "money", "GBP", "tile")
    assert texts[0] == "Shop" and sales in texts
    assert f"{len(rows):,} lines · version {desk.session.scene.version}" in " ".join(texts)
    assert {chart.title for chart, *_ in glance.charts} <= set(texts)
    by_channel = {chart.name: values for chart, _, _, values in glance.charts}["channel"]
    assert np.isclose(by_channel.sum(), float(glance.tiles.now["net_sales"]))
    assert set(rows.channel.dropna()) <= set(texts)


def test_nobody_sees_the_rows_of_another_policy(look, glances):
    look(LOCAL)
    assert glances.of(ONLINE) is None
    look(ONLINE)
    own, whole = glances.of(ONLINE), glances.of(LOCAL)
    assert own.tiles.now["orders"] < whole.tiles.now["orders"] and "In-store" not in picture(own, "Shop")
    # Two persons who may see the same rows see the same, and nothing of each other.
    assert glances.of(replace(ONLINE, name="Oleg")) is own and "Ola" not in picture(own, "Shop")


def test_who_may_not_see_small_groups_gets_and_gives_none(look, glances):
    careful = replace(LOCAL, min_customers=5)
    look(careful)
    assert glances.of(LOCAL) is None
    look(LOCAL)
    assert glances.of(careful) is None


@pytest.mark.parametrize("query", ["sel.channel=Online", "channel=Online", "rfm.k=3", "measure=orders"])
def test_what_somebody_chose_is_not_shown_to_others(look, glances, query):
    look(query=query)
    assert glances.of(LOCAL) is None


def test_a_selection_made_later_is_not_shown_either(look, glances):
    desk = look()
    before = glances.of(LOCAL)
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert glances.of(LOCAL) is before


def test_new_rows_make_it_old_and_rewritten_ones_end_it(empty_store, rows, look, monkeypatch):
    empty_store.append(as_batch(rows.iloc[:200]))
    glances = Glances(empty_store)
    desk = look(store=empty_store, into=glances)
    assert glances.of(LOCAL) is not None
    empty_store.append(as_batch(rows.iloc[200:]))
    assert glances.of(LOCAL) is not None, "the page that follows has the new rows a moment later"
    later = time.monotonic() + glances_module.STALE_S
    monkeypatch.setattr("retail_panel.pages.glance.time.monotonic", lambda: later)
    assert glances.of(LOCAL) is None
    monkeypatch.undo()
    desk.session.answers.rescope()
    desk.settle()
    assert glances.of(LOCAL).version == empty_store.version
    empty_store.rewritten = empty_store.version + 1
    assert glances.of(LOCAL) is None


def test_few_policies_are_remembered(look, glances):
    look()
    glance = glances.of(LOCAL)
    for number in range(MOST_POLICIES):
        glances.keep(RowPolicy((("store", (f"S{number}",)),)), glance)
    assert glances.of(LOCAL) is None


def test_text_of_the_data_is_no_markup(empty_store, rows, look):
    evil = rows.assign(channel=rows.channel.replace("Online", '<script>alert("x")</script>'))
    empty_store.append(as_batch(evil))
    glances = Glances(empty_store)
    look(store=empty_store, into=glances)
    html = picture(glances.of(LOCAL), '<script src="evil">')
    assert "<script" not in html and "&lt;script&gt;alert(&quot;x&quot;)" in html


def test_it_follows_the_paper_and_the_finger(look, glances):
    look()
    html = picture(glances.of(LOCAL), "Shop", dark=True, touch=True)
    assert 'id="glance" class="dark touch"' in html
