"""A first answer from a sample: near the exact one by what it says of itself, and of permitted rows only."""

import numpy as np
import pytest

from crossfilter.desk import CHARTS, Desk
from retail_panel.crossfilter import sample
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.sample import one_in
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.demo.scaled import scaled_order_lines
from retail_panel.pages import file_button
from retail_panel.portal.person import Person
from retail_panel.store import EVERYTHING, RowPolicy, Shelf, Store, Ticket
from retail_panel.tiles import tile_answers, tile_estimates

DEFINITION = definition_of(CustomersPipeline(k=3))


@pytest.fixture(scope="module")
def market():
    """The demo's lines, some 10,000 customers."""
    store = Store()
    for batch in scaled_order_lines(100_000):
        store.append(batch)
    yield store
    store.close()


@pytest.fixture
def small(monkeypatch):
    """Samples of one customer in eight, as if the lines were many."""
    monkeypatch.setattr(sample, "SAMPLED_FROM", 1)
    monkeypatch.setattr(sample, "MOST_LINES", 12_500)


@pytest.fixture
def desk(market, small):
    """A visitor of these."""
    desk = Desk(market)
    yield desk
    desk.session.close()
    desk.settle()
    assert desk.holders == 0


def until_estimate(desk):
    """Go on until an estimate is on the screen, and no further."""
    while desk.session.scene is None or not desk.session.scene.is_estimate:
        desk.work()
        desk.show()


def begin(desk):
    """Open the page as far as its first estimate."""
    desk.session.restore("rfm.k=3")
    until_estimate(desk)


def test_a_sample_is_taken_of_very_many_lines_only():
    assert [one_in(rows) for rows in (0, 4_999_999, 5_000_000, 100_000_000)] == [1, 1, 16, 256]


@pytest.mark.parametrize("filters", [{}, {"channel": Values(("Online",))}])
def test_estimates_are_as_near_as_they_say(market, small, filters, monkeypatch):
    _, whole = Scenes(market, Shelf(), "GBP").take({}, DEFINITION)
    exact = tile_answers(market, whole, {}, filters, WAYS[0], EVERYTHING, Ticket())
    assert not whole.is_estimate and whole.rows == 100_000 and exact.off_by is None
    off = []
    for odd in (sample._ODD, 2_246_822_519, 3_266_489_917, 668_265_263, 374_761_393, 2_654_435_769):
        monkeypatch.setattr(sample, "_ODD", odd)
        _, drawn = Scenes(market, Shelf(), "GBP").first({}, DEFINITION)
        about = tile_estimates(market, drawn, filters)
        assert drawn.is_estimate and 10_000 < drawn.rows < 15_000
        assert about.now.keys() == exact.now.keys() == about.off_by.keys()
        assert all(about.off_by[name] < 0.2 * abs(about.now[name]) for name in ("net_sales", "orders", "customers"))
        off += [abs(about.now[name] - value) / about.off_by[name] for name, value in exact.now.items()]
    # Intervals of 95 %, eight each of six samples, which are off together.
    assert np.mean(np.array(off) < 1) >= 0.85 and 0.1 < np.median(off) < 0.6, sorted(off)


def test_first_an_estimate_is_shown_and_then_what_is_exact(desk, market):
    desk.open("rfm.k=3")
    first, last = desk.screen.scenes[0], desk.session.scene
    assert first.is_estimate and not last.is_estimate and desk.screen.scenes[-1] is last
    about, exact = desk.screen.tiles[0], desk.screen.tiles[-1]
    assert about.off_by and exact.off_by is None and exact.now["net_sales"] != about.now["net_sales"]
    key = CHARTS["channel"].key("net_sales")
    guess, bars = desk.screen.shown[0][0][key], desk.screen.shown[-1][0][key]
    assert bars.sum() == pytest.approx(exact.now["net_sales"]) and guess == pytest.approx(bars, rel=0.25)
    assert desk.session.answers.settled and not desk.session.busy


def test_a_selection_and_a_new_scope_meanwhile_are_answered(desk):
    begin(desk)
    assert desk.session.scene.is_estimate and desk.session.busy and not desk.session.answers.settled
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert not desk.session.scene.is_estimate and desk.screen.shown[-1][2] == {"channel": Values(("Online",))}
    desk.session.scope.channel = ["Online"]
    until_estimate(desk)
    desk.session.scope.channel = ["Store"]
    desk.settle()
    assert not desk.session.scene.is_estimate and desk.session.scene.query == {"channel": "Store"}


def test_neither_brushes_nor_files_are_of_estimates(desk):
    begin(desk)
    session, made = desk.session, []
    session.answers.brush.activate(CHARTS["time"])
    button = file_button.FileButton(session, "CSV", "text/csv", lambda: made.append(1), "bars.csv")
    button.press()
    assert not made and "figures are still estimates" in session.problem
    session.brush(CHARTS["time"], ((3, 9),), False)
    assert desk.screen.moves == []


def test_what_is_at_hand_or_too_small_needs_no_estimate(market, small, monkeypatch):
    scenes = Scenes(market, Shelf(), "GBP")
    key, _ = scenes.take({}, DEFINITION)
    assert scenes.first({}, DEFINITION) is None
    assert scenes.first({"ordered_at": "2026-10-01..2026-10-02"}, DEFINITION) is None
    scenes.give_back(key)


def test_small_groups_are_not_told_of_by_an_estimate(market, small):
    desk = Desk(market, person=Person("a", "viewer", EVERYTHING, frozenset(), min_customers=5))
    desk.open("rfm.k=3")
    assert [scene.is_estimate for scene in desk.screen.scenes] == [False]
    desk.session.close()
    desk.settle()


def test_a_sample_holds_permitted_rows_only(market, small):
    policy = RowPolicy((("channel", ("Online",)),))
    _, drawn = Scenes(market, Shelf(), "GBP").first({}, DEFINITION, policy)
    named = drawn.coded.bins["channel"].labels
    assert tuple(named) == ("Online",) and drawn.rows > 2_000


def test_rows_that_arrive_come_to_the_sample_too(empty_store, small):
    first, second = list(scaled_order_lines(200_000))
    empty_store.append(first)
    scenes = Scenes(empty_store, Shelf(spare=4), "GBP")
    key, before = scenes.first({}, DEFINITION)
    rows = before.rows
    empty_store.append(second)
    _, after = scenes.first({}, DEFINITION)
    assert after.one_in == 2 * before.one_in or after.rows > 1.8 * rows
    scenes.give_back(key)


def test_where_estimates_fail_exact_figures_follow_all_the_same(desk, monkeypatch, caplog):
    def failing(*given):
        raise RuntimeError("no estimates today")

    monkeypatch.setattr("retail_panel.answers.tile_estimates", failing)
    desk.open("rfm.k=3")
    assert "estimates failed" in caplog.text
    assert desk.screen.scenes[0].is_estimate and not desk.session.scene.is_estimate
    assert all(tiles.off_by is None for tiles in desk.screen.tiles) and desk.session.answers.settled


def test_tiles_are_estimated_only_where_they_are_shown(desk, monkeypatch):
    asked = []
    monkeypatch.setattr("retail_panel.answers.tile_estimates", lambda *given: asked.append(given))
    desk.screen.has_tiles = False
    desk.open("rfm.k=3")
    assert desk.screen.scenes[0].is_estimate and not desk.session.scene.is_estimate
    assert asked == [] == desk.screen.tiles and desk.session.answers.settled
