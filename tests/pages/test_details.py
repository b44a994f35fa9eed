"""The drawer: how a figure is made, as a table, and the same filters without a mouse."""

import re
from html import unescape

import pytest
from crossfilter.desk import CHARTS

from pages.visitor import all_of, one, press, rows_of, words
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.formats import format_value
from retail_panel.measures import MEASURES
from retail_panel.pages.card import ChartGrid
from retail_panel.pages.details import Details
from retail_panel.tiles import shown


@pytest.fixture
def details(desk):
    """The drawer of a visitor who has opened the page."""
    details = Details(desk.session)
    charts = [CHARTS[name] for name in ("time", "channel", "segment", "kind", "rhythm", "recency")]
    details.cards = {card.chart.name: card for card in ChartGrid(charts, desk.session, print, "overview").cards}
    details.open_tile("net_sales")
    details.open_chart(details.cards["time"])
    assert not details.drawer.open
    desk.open("rfm.k=3&sel.channel=Online")
    return details


def statements(details):
    """Return the SQL in the drawer."""
    panes = all_of(details.drawer, "HTML")
    return [unescape(found) for pane in panes for found in re.findall(r"<pre[^>]*>(.*?)</pre>", pane.object, re.S)]


def test_every_tile_opens_with_sql_that_gives_its_figure(details, desk):
    now = desk.screen.tiles[-1].now
    for name in shown(desk.session.scene):
        details.open_tile(name)
        measure = MEASURES[name]
        text = " ".join(words(details.drawer))
        assert details.drawer.open and measure.label in text and measure.definition in text and measure.source in text
        question, coded = statements(details)
        (row,) = desk.store.engine.fetch(question).to_pylist()
        if measure.parts:
            figure = measure.combined([_figure(part, row) for part in measure.parts])
        else:
            figure = float(row[name]) / measure.scale
        assert figure == pytest.approx(now[name])
        assert desk.session.scene.coded.name in question and "SELECT" in coded


def _figure(name, row):
    measure = MEASURES[name]
    if measure.parts:
        return measure.combined([_figure(part, row) for part in measure.parts])
    return None if row[name] is None else float(row[name]) / measure.scale


def test_every_chart_opens_with_its_table_and_its_filter(details):
    for card in details.cards.values():
        details.open_chart(card)
        assert details.drawer.open and card.chart.label("net_sales") in words(details.drawer)
        table = next(pane for pane in all_of(details.drawer, "HTML") if "<table>" in pane.object)
        unit = MEASURES[card.chart.key("net_sales").measure].unit
        assert rows_of(table.object) == [
            [label, format_value(part, unit), format_value(whole, unit)]
            for label, part, whole in zip(card.live.labels, card.part.ravel(), card.whole.ravel(), strict=True)
        ]
        fields = all_of(details.drawer, "MultiChoice") + all_of(details.drawer, "Select")
        assert len(fields) == (2 if card.chart.form == "columns" else len(card.chart.dims))


def test_the_sql_of_a_chart_gives_its_bars(details, desk):
    card = details.cards["kind"]
    details.open_chart(card)
    rows = desk.store.engine.fetch(statements(details)[0]).to_pylist()
    bars = {row["c_kind"]: float(row["net_sales"]) / MEASURES["net_sales"].scale for row in rows}
    assert [bars[code] for code in sorted(bars)] == pytest.approx(card.part.tolist())
    assert any(text.startswith("Kind: 0 is ") for text in words(details.drawer))


def test_categories_are_picked_with_the_keyboard(details, desk):
    details.open_chart(details.cards["channel"])
    field = one(details.drawer, "MultiChoice")
    code = field.options["Online"]
    assert field.value == [code]
    field.value = [code, field.options["In-store"]]
    assert set(desk.settle().selection.clauses["channel"].values) == {"Online", "In-store"}
    press(one(details.drawer, "Button", label="Clear this filter"))
    assert desk.settle().selection.clauses == {}


def test_ranges_are_set_with_the_keyboard_in_either_order(details, desk):
    details.open_chart(details.cards["time"])
    first, last = (one(details.drawer, "Select", label=label) for label in ("From", "To (included)"))
    cut = desk.session.scene.coded.bins["ordered_at"]
    assert (first.value, last.value) == (0, cut.size - 1)
    first.value = 10
    assert desk.settle().selection.clauses["ordered_at"] == Range(cut.edges[10], None)
    last.value = 4
    assert desk.settle().selection.clauses["ordered_at"] == Range(cut.edges[4], cut.edges[11])
    details.open_chart(details.cards["time"])
    assert [one(details.drawer, "Select", label=label).value for label in ("From", "To (included)")] == [4, 10]


def test_both_dimensions_of_a_grid_have_their_filter(details, desk):
    details.open_chart(details.cards["rhythm"])
    hours, days = all_of(details.drawer, "MultiChoice")
    days.value = [0, 6]
    hours.value = [9]
    assert desk.settle().selection.clauses == {
        "channel": Values(("Online",)), "weekday": Values(("Mon", "Sun")), "hour": Values(("09",)),
    }  # fmt: skip


def test_the_drawer_closes(details):
    details.open_tile("orders")
    press(one(details.drawer, "IconButton", icon="close"))
    assert not details.drawer.open
