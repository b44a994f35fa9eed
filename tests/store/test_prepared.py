"""A prepared question has the SQL that it would have had, and is put together once."""

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from retail_panel.errors import RetailPanelError
from retail_panel.store import EVERYTHING, RowPolicy
from retail_panel.store.phrasing import Phrasing
from retail_panel.store.prepared import Parameter, Prepared
from retail_panel.store.tables import TABLES, unbound

COLUMNS = {name: fields.names for name, fields in TABLES.items()}
PEOPLE = pa.schema([("customer_key", pa.int32()), ("recency_days", pa.int32())])
LINES = unbound("order_line", TABLES["order_line"])
ONLINE = RowPolicy((("channel", ("Online",)),))


def since(lines, people, day, moment, channel="Online"):
    lines = lines.filter(lines.ordered_at >= moment, lines.channel == channel).semi_join(people, "customer_key")
    return lines.group_by("store").aggregate(late=(day - lines.version).max(), amount=lines.amount.sum())


def people(name, fields=PEOPLE):
    return unbound(name, fields, scratch=True)


def prepared(name="s1_people", day=7, moment=datetime(2024, 3, 5, 6, 7, 8, 9), channel="Online"):
    return Prepared(since, LINES, people(name), Parameter(day), Parameter(moment), channel)


@pytest.fixture
def phrasing():
    return Phrasing("duckdb")


@pytest.fixture
def put(monkeypatch):
    """Tells how many questions were put together."""
    seen, real = [], Prepared.put

    def counted(question, parameters):
        seen.append(question)
        return real(question, parameters)

    monkeypatch.setattr(Prepared, "put", counted)
    return seen


def by_hand(question, policy=EVERYTHING):
    return policy.restrict(ibis.to_sql(question.question, dialect="duckdb"), "duckdb", COLUMNS)


def test_other_tables_and_parameters_are_filled_in(phrasing, put):
    others = [
        prepared(),
        prepared("s22_people", 0, datetime(2000, 1, 1)),
        prepared("ledger_1", -300, datetime(2024, 12, 31, 23, 59, 59)),
        prepared("s1_people", 2**40, datetime(1969, 7, 20, 20, 17)),
    ]
    expected = [by_hand(each) for each in others]
    put.clear()
    assert [phrasing.sql(each, EVERYTHING, COLUMNS) for each in others] == expected
    assert len(put) == 1


def test_what_decides_how_it_is_put_is_put_anew(phrasing, put):
    in_store = prepared(channel="In store")
    wide = Prepared(since, LINES, people("s1_people", PEOPLE.append(pa.field("r", pa.int8()))),
                    Parameter(1), Parameter(datetime(2024, 1, 1)))  # fmt: skip
    for each in (prepared(), in_store, wide):
        assert phrasing.sql(each, EVERYTHING, COLUMNS) == by_hand(each)
    assert "'In store'" in phrasing.sql(in_store, EVERYTHING, COLUMNS)


def both(one, other):
    return one.join(other, "customer_key").aggregate(rows=ibis._.count())


def test_two_tables_that_are_one_are_not_taken_for_two(phrasing):
    twice = Prepared(both, people("a"), people("a"))
    apart = Prepared(both, people("a"), people("b"))
    assert phrasing.sql(twice, EVERYTHING, COLUMNS) == by_hand(twice)
    assert phrasing.sql(apart, EVERYTHING, COLUMNS) == by_hand(apart)


def in_python(lines, day):
    return lines.filter(lines.version > day // 2)


def test_a_parameter_that_was_computed_with_before_the_engine_had_it_is_right_all_the_same(phrasing):
    for day in (10, 20):
        asked = Prepared(in_python, LINES, Parameter(day))
        assert f'"version" > {day // 2}' in phrasing.sql(asked, EVERYTHING, COLUMNS)


def test_policies_hold(phrasing):
    whole, some = phrasing.sql(prepared(), EVERYTHING, COLUMNS), phrasing.sql(prepared(), ONLINE, COLUMNS)
    assert some == by_hand(prepared(), ONLINE) != whole
    assert phrasing.sql(prepared("mine"), ONLINE, COLUMNS, {"mine"}).count('"mine"') == 1
    with pytest.raises(RetailPanelError, match="does not read"):
        phrasing.sql(prepared("theirs"), ONLINE, COLUMNS, {"mine"})


def test_a_store_answers_it_and_keeps_it(store):
    first = store.ask(store.lines.aggregate(first=store.lines.ordered_at.min()))["first"][0].as_py()
    for name, moment in (("early", first), ("late", first + timedelta(days=30))):
        table = store.keep(name, Prepared(_from, store.lines, Parameter(moment)))
        by_hand = store.ask(_from(store.lines, moment).order_by("line"))
        assert store.ask(table.order_by("line")).equals(by_hand)
        assert store.ask(Prepared(_rows, table))["rows"][0].as_py() == by_hand.num_rows


def _from(lines, moment):
    return lines.filter(lines.ordered_at >= moment).select("line", "amount")


def _rows(table):
    return table.aggregate(rows=table.count())
