"""The row of tiles: exact, on the move, compared and along time."""

from datetime import datetime

import numpy as np
import pytest
from crossfilter.desk import CHARTS

from retail_panel.crossfilter.clause import Range, Values
from retail_panel.formats import format_value
from retail_panel.measures import MEASURES
from retail_panel.pages.tiles import TileRow, _path
from retail_panel.tiles import TileAnswers, shown


@pytest.fixture
def asked():
    """Names of the tiles that were clicked."""
    return []


@pytest.fixture
def tiles(desk, asked):
    """The tiles of a visitor who has opened the page."""
    tiles = TileRow(desk.session, asked.append, "overview")
    desk.open("rfm.k=3")
    return tiles


def test_tiles_are_those_that_the_source_supports(desk, tiles, asked):
    names = shown(desk.session.scene)
    assert [tile["name"] for tile in tiles.tiles] == names == list(tiles.values) == list(tiles.changes)
    assert all(tile["label"] == MEASURES[tile["name"]].label and tile["definition"] for tile in tiles.tiles)
    assert tiles.wants() == []
    tiles._handle_msg("orders")
    assert asked == ["orders"]


def test_tiles_of_before_are_gone_once_a_selection_has_changed_on_another_page(desk, tiles):
    desk.screen.has_tiles = False
    assert desk.session.comparison
    desk.session.page = "behaviour"
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert not tiles.awaits_tiles() and tiles.values == {} == tiles.changes and desk.session.comparison == ""
    desk.screen.has_tiles = True
    desk.session.page = "overview"
    desk.settle()
    assert tiles.values == exact(desk) and desk.session.comparison


def exact(desk):
    """Return the tiles' texts as the engine's answers give them."""
    now = desk.screen.tiles[-1].now
    return {name: format_value(now[name], MEASURES[name].unit, form="tile") for name in shown(desk.session.scene)}


def test_exact_after_a_click_pending_on_the_move_exact_at_rest(desk, tiles):
    assert tiles.values == exact(desk)
    before = dict(tiles.values)
    desk.session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert tiles.values == exact(desk) != before
    desk.session.selection.clear()
    desk.settle()
    desk.session.answers.brush.activate(CHARTS["rhythm"])
    desk.settle()
    desk.session.brush(CHARTS["rhythm"], ((0, 12), (0, 3)), False)
    moved = dict(tiles.values)
    distinct = {"customers", "orders", "average_order_value", "repeat_rate", "new_customers", "units_per_order"}
    assert {"net_sales", "units", "return_rate"} <= set(moved) and not distinct & set(moved)
    desk.session.brush(CHARTS["rhythm"], ((0, 12), (0, 3)), True)
    desk.settle()
    assert tiles.values == exact(desk) and tiles.values.items() >= moved.items()


def test_a_brush_along_one_dimension_knows_the_distinct_ones_too(desk, tiles):
    desk.session.answers.brush.activate(CHARTS["recency"])
    desk.settle()
    desk.session.brush(CHARTS["recency"], ((0, 9),), False)
    moved = dict(tiles.values)
    assert {"customers", "orders", "average_order_value"} <= set(moved)
    desk.session.brush(CHARTS["recency"], ((0, 9),), True)
    desk.settle()
    assert tiles.values == exact(desk) and tiles.values.items() >= moved.items()


def test_an_empty_ratio_is_known_and_not_pending(desk, tiles):
    desk.session.answers.brush.activate(CHARTS["amount"])
    desk.settle()
    cut = desk.session.scene.coded.bins["amount"]
    empty = next(i for i, n in enumerate(desk.session.scene.wholes([CHARTS["amount"].key("lines")])
                                         [CHARTS["amount"].key("lines")]) if n == 0) if cut.size else 0  # fmt: skip
    desk.session.brush(CHARTS["amount"], ((empty, empty + 1),), False)
    assert tiles.values["return_rate"] == format_value(None) and tiles.values["net_sales"] == "£0.00"


def test_changes_name_the_period_and_whether_they_are_good(desk, tiles):
    assert desk.session.comparison == "no earlier period to compare with"
    assert all(set(change) == {"path"} for change in tiles.changes.values())
    desk.session.scope.param.update(since=desk.session.scene.catalogue.last.date().replace(day=1))
    desk.settle()
    answers = desk.screen.tiles[-1]
    assert desk.session.comparison.startswith("compared with ") and " 2024 to " in desk.session.comparison
    for name, change in tiles.changes.items():
        now, before, good = answers.now[name], answers.before[name], MEASURES[name].good
        assert " in " in change["title"] and change["title"].endswith(desk.session.comparison[len("compared with "):])
        better = {"good": 1, "bad": -1, "": 0}[change["tone"]]
        if change["text"][:1] in "+\u2212" and good:
            assert better == np.sign(now - before) * good
        else:
            assert better == 0


def test_a_selection_without_lines_is_told_of(desk, tiles):
    desk.session.selection.set({"channel": Values(("No such channel",))})
    desk.settle()
    assert tiles.values["orders"] == "0" and desk.session.comparison.startswith("no order lines are selected")
    desk.session.selection.clear()
    desk.settle()
    assert desk.session.comparison == "no earlier period to compare with"


def test_less_returned_is_good_and_fewer_sold_bad(tiles):
    span = Range(datetime(2024, 3, 1), datetime(2024, 4, 1))
    before = Range(datetime(2023, 3, 1), datetime(2023, 4, 1))
    tiles.show_tiles(TileAnswers(
        span, before, {"return_rate": 0.1, "orders": 50, "net_sales": 7.0, "customers": None, "units": 100_001},
        {"return_rate": 0.2, "orders": 100, "net_sales": 7.0, "customers": 3, "units": 100_000},
    ))  # fmt: skip
    found = {name: (change["text"], change["tone"]) for name, change in tiles.changes.items()}
    assert found["return_rate"] == ("\u221210.0\u00a0pp", "good") and found["orders"] == ("\u221250.0%", "bad")
    assert found["net_sales"][1] == found["customers"][1] == found["units"][1] == ""
    assert tiles.changes["orders"]["title"] == "100 in 1 Mar 2023 to 31 Mar 2023"
    assert tiles._session.comparison == "compared with 1 Mar 2023 to 31 Mar 2023"
    assert tiles.values["customers"] == format_value(None)


def test_sparklines_are_paths():
    assert _path(np.array([0.0, 5.0, 10.0])) == "M0.0 22.0L50.0 12.0L100.0 2.0"
    assert _path(np.array([1.0, np.nan, 1.0])) == "M0.0 22.0M100.0 22.0"
    assert _path(None) == _path(np.array([1.0])) == _path(np.array([np.nan, np.nan])) == ""


def test_every_tile_along_time_has_a_sparkline(desk, tiles):
    days = desk.session.scene.coded.bins["ordered_at"].size
    assert tiles.changes["net_sales"]["path"].count("L") == days - 1
    desk.session.brush(CHARTS["time"], ((10, 14),), True)
    desk.settle()
    assert tiles.changes["net_sales"]["path"].count("L") == 3


def test_new_tiles_forget_the_values_of_the_old(own_desk):
    tiles = TileRow(own_desk.session, print, "overview")
    own_desk.open("rfm.k=3")
    held = dict(tiles.values)
    tiles.rescene(own_desk.session.scene)
    assert tiles.values == held
    tiles._names = ["orders"]
    tiles.rescene(own_desk.session.scene)
    assert tiles.values == {} and len(tiles.tiles) == len(held)
