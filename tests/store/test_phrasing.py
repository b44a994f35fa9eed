"""A question put before is not put anew, and its SQL is the one that it would have had."""

from datetime import datetime

import ibis
import pyarrow as pa
import pytest

from retail_panel.errors import RetailPanelError
from retail_panel.store import EVERYTHING, RowPolicy
from retail_panel.store.phrasing import Phrasing
from retail_panel.store.tables import TABLES, unbound

COLUMNS = {name: fields.names for name, fields in TABLES.items()}
SCRATCH = pa.schema([("code", pa.int64()), ("customer_key", pa.int32())])
LINES = unbound("order_line", TABLES["order_line"])


def question(name, since, until, code=3):
    coded = unbound(name, SCRATCH, scratch=True)
    lines = LINES.filter(LINES.version > since, LINES.version <= until)
    joined = lines.join(coded.filter(coded.code > code), "customer_key")
    return joined.group_by("code").aggregate(money=joined.amount.sum(), lines=joined.count())


def put(asked, policy=EVERYTHING):
    return policy.restrict(ibis.to_sql(asked, dialect="duckdb"), "duckdb", COLUMNS)


@pytest.fixture
def compiled(monkeypatch):
    """Tells how many questions were put together anew."""
    seen, real = [], ibis.to_sql

    def to_sql(*args, **options):
        seen.append(args)
        return real(*args, **options)

    monkeypatch.setattr("retail_panel.store.phrasing.ibis.to_sql", to_sql)
    return seen


def test_other_names_and_versions_are_written_in(compiled):
    phrasing = Phrasing("duckdb")
    for name, since, until in (("s1_lines", 0, 7), ("s2_lines", 7, 300), ("s33_ab", 2, 70_000), ("s1_lines", 300, 7)):
        asked = question(name, since, until)
        expected = put(asked)
        compiled.clear()
        assert phrasing.sql(asked, EVERYTHING, COLUMNS) == expected
        assert len(compiled) == (name == "s1_lines" and since == 0)


SCORED = pa.schema([("recency_days", pa.int32()), ("frequency", pa.int32()), ("monetary", pa.int64())])


def scored(name, low, high, days=30, share=0.5):
    people = unbound(name, SCORED, scratch=True)
    above = sum((people.monetary > edge).cast("int8") for edge in (low, high))
    return people.filter(people.recency_days <= days, people.monetary >= share).select("frequency", m=above)


def test_edges_of_scores_are_written_in(compiled):
    phrasing = Phrasing("duckdb")
    edges = ((-5, 7, 30, 7.5), (-70_000, 5_000_000_000, 3, 7.5), (0, -300, 5, 7.5), (5, 5, 6, 7.5), (5, 6, 6, 7.5))
    for number, asked in enumerate(scored(f"s{n}_people", *each) for n, each in enumerate(edges)):
        expected = put(asked)
        compiled.clear()
        assert phrasing.sql(asked, EVERYTHING, COLUMNS) == expected
        assert bool(compiled) == (number in (0, 3, 4)), "equal edges are another question"


def sold(since, until, of=LINES):
    return of.filter(of.ordered_at >= since, of.ordered_at < until).group_by("channel").aggregate(money=of.amount.sum())


def test_moments_are_written_in(compiled):
    phrasing = Phrasing("duckdb")
    first, second, third = datetime(2024, 1, 1), datetime(2024, 2, 29, 23, 59, 59, 500_000), datetime(1999, 12, 31, 8)
    spans = ((first, second), (second, first), (third, second), (first, first), (third, third))
    for number, asked in enumerate(sold(*span) for span in spans):
        expected = put(asked)
        compiled.clear()
        assert phrasing.sql(asked, EVERYTHING, COLUMNS) == expected
        assert bool(compiled) == (number in (0, 3)), "equal moments are another question"


def test_moments_written_in_another_way_are_put_anew(compiled, monkeypatch):
    monkeypatch.setattr("retail_panel.store.phrasing.written", lambda moment: f"TIMESTAMP '{moment}'")
    phrasing = Phrasing("duckdb")
    for month in (1, 2, 1, 2):
        asked = sold(datetime(2024, month, 1), datetime(2024, 3, 1))
        expected = put(asked)
        compiled.clear()
        for _ in range(2):
            assert phrasing.sql(asked, EVERYTHING, COLUMNS) == expected
    assert not compiled, "the second time it is known as it is"


@pytest.mark.parametrize("other", [
    question("s1_lines", 0, 7, code=4), question("s1_lines", 7, 7), question("s1_lines", 0, 7, code=3.0),
    question("s1_lines", 0, 7).limit(3),
])  # fmt: skip
def test_whatever_else_differs_is_put_anew(other):
    phrasing = Phrasing("duckdb")
    phrasing.sql(question("s1_lines", 0, 7), EVERYTHING, COLUMNS)
    assert phrasing.sql(other, EVERYTHING, COLUMNS) == put(other)


def test_two_tables_are_told_from_one_twice():
    phrasing = Phrasing("duckdb")
    one, two = (unbound(name, SCRATCH, scratch=True) for name in ("s1_a", "s1_b"))
    for left, right in ((one, two), (two, one), (one, one), (two, two)):
        asked = left.union(right)
        assert phrasing.sql(asked, EVERYTHING, COLUMNS) == put(asked)


def test_no_policy_has_the_sql_of_another():
    phrasing = Phrasing("duckdb")
    asked = question("s1_lines", 0, 7)
    policies = [EVERYTHING, RowPolicy((("channel", ("Online",)),)), RowPolicy((("channel", ("App",)),)), EVERYTHING]
    for policy in policies:
        assert phrasing.sql(asked, policy, COLUMNS) == put(asked, policy)


def test_what_was_kept_under_another_policy_is_not_read_under_its_name():
    phrasing, policy = Phrasing("duckdb"), RowPolicy((("channel", ("Online",)),))
    phrasing.sql(question("s1_lines", 0, 7), policy, COLUMNS, {"s1_lines"})
    kept = {"s2_lines"}
    assert '"s2_lines"' in phrasing.sql(question("s2_lines", 0, 7), policy, COLUMNS, kept)
    for name in ("s1_lines", "s3_lines"):
        with pytest.raises(RetailPanelError, match=name):
            phrasing.sql(question(name, 0, 7), policy, COLUMNS, kept)
