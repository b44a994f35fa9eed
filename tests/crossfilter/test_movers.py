"""A move between segments as a filter: in links and words, on every way that rows are asked for, and made scope."""

from datetime import date

import pytest

from crossfilter.desk import Desk
from retail_panel.crossfilter import movers
from retail_panel.crossfilter.clause import Move, Values, both, decode
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.comparison import PREVIOUS, earlier, earlier_facts, period
from retail_panel.crossfilter.scope import Scope
from retail_panel.customers.migration import NOT_YET, migration
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.studies import Asking

MOVED = DIMENSIONS["moved"]


@pytest.fixture(scope="module")
def days(rows):
    """A day in the midst of the shop's lines, and the last one."""
    return rows.ordered_at.quantile(0.6).date(), rows.ordered_at.max().date()


@pytest.fixture(scope="module")
def moves(shop, scene, days):
    """Every way that customers of the shop took between those days, one row each."""
    table = migration(shop.ask, scene.coded.table, RFMDefinition(), *days).table
    assert len(table) > 5
    return table


def people(store, scene, clause):
    lines = scene.coded.table.filter(*among(scene.coded, {"moved": clause}))
    return set(store.ask(lines.select("customer_key").distinct())["customer_key"].to_pylist())


def test_a_move_survives_the_address_bar_and_reads_as_english():
    clause = Move(date(2026, 7, 31), "Champions", date(2026, 10, 31), "At Risk")
    assert clause.encode(MOVED) == "2026-07-31,Champions,2026-10-31,At Risk"
    assert decode("moved", clause.encode(MOVED)) == clause
    assert clause.sentence(MOVED, "GBP") == "Champions on 31 Jul 2026, At Risk on 31 Oct 2026"
    left = Move(date(2026, 7, 31), "", date(2026, 10, 31), "Lost")
    assert decode("moved", left.encode(MOVED)) == left
    assert left.sentence(MOVED, "GBP") == "Lost on 31 Oct 2026"


@pytest.mark.parametrize("text", [
    "", "x", "2026-07-31,Champions,2026-10-31", "2026-07-31,Champions,2026-10-31,Lost,Lost",
    "2026-07-31,Champs,2026-10-31,Lost", "2026-10-31,Champions,2026-07-31,Lost", "2026-07-31,,2026-10-31,",
    f"2026-07-31,Champions,2026-10-31,{NOT_YET}", "31.7.2026,Champions,2026-10-31,Lost",
])  # fmt: skip
def test_what_is_no_move_is_said(text):
    with pytest.raises(UnusableInput, match="moved"):
        decode("moved", text)


def test_two_moves_have_only_the_same_one_in_common():
    one, other = (Move(date(2026, 7, 31), "Champions", date(2026, 10, 31), to) for to in ("Lost", "Loyal"))
    assert both(one, one) == both(None, one) == one and both(one, other) is None


def test_the_lines_are_those_of_who_moved(shop, scene, days, moves):
    for row in moves.itertuples():
        assert len(people(shop, scene, Move(days[0], row.source, days[1], row.target))) == row.customers
    for name, held in moves.groupby("source").customers.sum().items():
        assert len(people(shop, scene, Move(days[0], name, days[1], ""))) == held
    for name, held in moves.groupby("target").customers.sum().items():
        assert len(people(shop, scene, Move(days[0], "", days[1], name))) == held


def test_lines_with_their_columns_and_earlier_lines_are_theirs_too(shop, scene, days, moves):
    row = moves.sort_values("customers").iloc[-1]
    clause = Move(days[0], row.source, days[1], row.target)
    wanted = people(shop, scene, clause)
    lines = Asking(shop, scene, {"moved": clause}).named_lines
    found = shop.ask(lines.select("customer_key").distinct())["customer_key"].to_pylist()
    assert set(found) == wanted
    span = earlier(period(Scope(), {}, scene.catalogue), PREVIOUS, scene.catalogue)
    assert span is None
    cut = period(Scope(), {"ordered_at": decode("ordered_at", f"{days[0]}..")}, scene.catalogue)
    before = earlier_facts(shop, scene, {}, {"moved": clause}, earlier(cut, PREVIOUS, scene.catalogue))
    earlier_people = set(shop.ask(before.select("customer_key").distinct())["customer_key"].to_pylist())
    assert earlier_people <= wanted and (earlier_people or row.source == NOT_YET)


def test_a_visitor_takes_it_from_a_link_and_makes_it_scope(shop, days, moves):
    row = moves[moves.source != NOT_YET].sort_values("customers").iloc[-1]
    clause = Move(days[0], row.source, days[1], row.target)
    desk = Desk(shop)
    session = desk.open(f"sel.moved={clause.encode(MOVED)}")
    assert session.problem == "" and session.selection.clauses == {"moved": clause}
    assert desk.screen.tiles[-1].now["customers"] == row.customers
    assert session.sentence()[1] == clause.sentence(MOVED, "GBP")
    session.selection.set({"channel": Values(("Online",))})
    desk.settle()
    assert desk.screen.tiles[-1].now["customers"] <= row.customers
    session.clear(["channel"])
    desk.settle()
    session.make_scope()
    desk.settle()
    assert session.problem == "" and not session.selection.clauses
    assert session.scene.population.customers == desk.screen.tiles[-1].now["customers"] == row.customers
    session.undo()
    desk.settle()
    assert session.selection.clauses == {"moved": clause}
    session.close()
    desk.settle()


def test_few_pairs_of_days_are_kept_and_none_after_the_scene(shop, rows, monkeypatch):
    monkeypatch.setattr(movers, "MOST_KEPT", 2)
    desk, last = Desk(shop), rows.ordered_at.max().date()
    scene = desk.open().scene
    firsts = [rows.ordered_at.quantile(part).date() for part in (0.3, 0.5, 0.7)]
    for first in (*firsts, firsts[0]):
        assert people(shop, scene, Move(first, "", last, "Champions"))
    assert len(_made(shop, scene)) == 2
    desk.session.close()
    desk.settle()
    assert _made(shop, scene) == []


def _made(shop, scene):
    names = shop.engine.fetch("SELECT table_name FROM duckdb_tables()")["table_name"].to_pylist()
    return [name for name in names if name.startswith(f"{scene.coded.name}_moves")]
