"""Scope: the rows it keeps, its URL, its sentence, its date presets."""

from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.clause import NONE, Range, Values, day
from retail_panel.crossfilter.scope import LEAVE_OUT, LISTED, Scope, Within, behind, presets, year_before
from retail_panel.errors import UnusableInput

LISTS = {
    "brand": ["North", "South"], "channel": ["Online", "In-store", NONE], "store": ["Shop 1", "Shop 2", NONE],
    "country": ["UK", "Éire, North", "50% land"], "category": ["Shoes", "Hats", NONE], "tier": ["Gold", NONE],
    "kind": ["Full Price", "Discount", "Return"],
}  # fmt: skip
DAYS = st.dates(date(2024, 2, 15), date(2024, 5, 5))
AMOUNTS = st.integers(-500_000, 1_000_000)


def chosen(values):
    """Return lists of some values."""
    return st.lists(st.sampled_from(values), unique=True, max_size=3)


def pair(ends):
    """Return two ends in order, either of which may be open."""
    return st.lists(ends, min_size=2, max_size=2, unique=True).map(sorted) | st.tuples(st.none(), ends)


states = st.fixed_dictionaries(
    {},
    optional={
        **{name: chosen(values) for name, values in LISTS.items()},
        "days": pair(DAYS),
        "leave_out": st.lists(st.sampled_from(list(LEAVE_OUT)), unique=True),
        "amount": pair(AMOUNTS),
        "hour": chosen(["08", "09", "23"]),
        "weekday": chosen(["Mon", "Sun"]),
    },
)


def scope_of(state):
    """Return the scope that a drawn state describes."""
    scope = Scope()
    given = {name: state[name] for name in (*LISTS, "leave_out") if name in state}
    given["since"], given["until"] = state.get("days", (None, None))
    others = {name: Values(tuple(state[name])) for name in ("hour", "weekday") if state.get(name)}
    if "amount" in state:
        others["amount"] = Range(*state["amount"])
    scope.param.update(**given, others=others)
    return scope


def kept(rows, state):
    """Return whether each row is in scope, by pandas."""
    keep = np.ones(len(rows), bool)
    moment = rows.ordered_at
    texts = {name: rows[name].fillna(NONE) for name in LISTS} | {"hour": moment.dt.strftime("%H")}
    texts["weekday"] = moment.dt.strftime("%a")
    for name, values in texts.items():
        keep &= values.isin(state[name]).to_numpy() if state.get(name) else True
    for name, column in (("days", moment), ("amount", (rows.amount * 10_000).round())):
        low, high = state.get(name, (None, None))
        keep &= True if low is None else (column >= (pd.Timestamp(low) if name == "days" else low)).to_numpy()
        keep &= True if high is None else (column < (pd.Timestamp(high) if name == "days" else high)).to_numpy()
    out = {
        "guests": rows.customer_id.isna(), "returns": rows.kind == "Return", "duplicates": rows.is_duplicate,
        "zero-price": rows.is_zero_price, "adjustments": rows.is_adjustment, "outliers": rows.is_outlier,
    }  # fmt: skip
    for name in state.get("leave_out", ()):
        keep &= ~out[name].to_numpy(bool)
    return keep


@settings(max_examples=60, deadline=None)
@given(states)
def test_the_rows_in_scope_are_those_pandas_keeps(shop, rows, state):
    lines = scope_of(state).restrict(shop.lines)
    found = shop.ask(lines.aggregate(rows=lines.count(), amount=lines.amount.sum().fill_null(0))).to_pylist()[0]
    keep = kept(rows, state)
    assert found == {"rows": keep.sum(), "amount": round(rows.amount[keep].sum() * 10_000)}


@given(states)
def test_a_scope_survives_the_address_bar(state):
    scope, again = scope_of(state), Scope()
    again.read(dict(parse_qsl(urlencode(scope.query()), keep_blank_values=True)))
    assert again.query() == scope.query()
    assert {n: getattr(again, n) for n in (*LISTED, "since", "until", "leave_out", "others")} == {
        n: getattr(scope, n) for n in (*LISTED, "since", "until", "leave_out", "others")
    }
    assert sorted(again.sentences("GBP")) == sorted(scope.sentences("GBP"))
    assert bool(scope.sentences("GBP")) == bool(scope.query())


def test_reading_replaces_the_whole_state():
    scope = Scope(channel=["Online"], since=date(2024, 1, 1), leave_out=["guests"])
    scope.read({"tier": "Gold", "utm_source": "mail"})
    assert scope.query() == {"tier": "Gold"}


@pytest.mark.parametrize("query", [
    {"without": "guests,tourists"}, {"amount": "x..y"}, {"ordered_at": "yesterday.."}, {"hour": "x", "amount": "3"},
    {"within.scope": "amount=x", "within.selection": ""}, {"within.scope": "", "within.selection": "sel.nonsense=1"},
    {"within.scope": "rfm.k=many"}, {"within.scope": "rfm.k=99"}, {"within.selection": "sel.amount=1"},
])  # fmt: skip
def test_what_cannot_be_read_changes_nothing(query):
    scope = Scope(channel=["Online"])
    with pytest.raises(UnusableInput):
        scope.read({"tier": "Gold", **query})
    assert scope.query() == {"channel": "Online"}


def test_an_hour_of_the_day_stays_exact():
    scope = Scope()
    scope.read({"ordered_at": "2024-01-01T08:30:00..2024-01-02"})
    assert scope.since is None and scope.others == {
        "ordered_at": Range(datetime(2024, 1, 1, 8, 30), datetime(2024, 1, 2))
    }
    scope.since = date(2024, 3, 1)
    assert scope.clauses()["ordered_at"] == Range(datetime(2024, 3, 1), None)


def test_what_an_earlier_scope_within_means():
    wanted = {"within.scope": "channel=Online&rfm.k=4&rfm.returns=count", "within.selection": "sel.segment=Lost"}
    scope = Scope()
    scope.read(wanted)
    assert scope.query() == wanted and "customers of an earlier selection" in scope.sentences("GBP")
    parent, selection, definition = behind(scope.within)
    assert parent.query() == {"channel": "Online"} and selection.clauses == {"segment": Values(("Lost",))}
    assert definition == {"frequency": "orders", "monetary": "net", "returns": "count", "method": "clusters", "k": 4}


def test_members_are_the_only_customers_left(shop, rows):
    people = shop.customers.filter(shop.customers.customer_id.isin(["c1", "c2"])).select("customer_key")
    scope = Scope(kind=["Return"], within=Within("", "sel.segment=Lost"))
    found = shop.ask(scope.restrict(shop.lines, people).count().as_table()).to_pylist()[0]
    expected = rows.customer_id.isin(["c1", "c2"]) & (rows.kind == "Return")
    assert list(found.values()) == [expected.sum()]


PRESETS = (
    (date(2024, 3, 31), "Last 30 days", date(2024, 3, 2), 30),
    (date(2024, 3, 31), "Last 90 days", date(2024, 1, 2), 90),
    (date(2024, 3, 31), "This month", date(2024, 3, 1), 31),
    (date(2024, 3, 1), "This month", date(2024, 3, 1), 1),
    (date(2024, 12, 31), "Year to date", date(2024, 1, 1), 366),
    (date(2024, 12, 31), "Last 12 months", date(2024, 1, 1), 366),
    (date(2024, 2, 28), "Last 12 months", date(2023, 3, 1), 365),
    (date(2024, 2, 29), "Last 12 months", date(2023, 3, 1), 366),
    (date(2025, 2, 28), "Last 12 months", date(2024, 3, 1), 365),
)


@pytest.mark.parametrize(("last", "name", "since", "length"), PRESETS)
def test_presets_end_with_the_last_day(last, name, since, length):
    found = presets(date(2020, 1, 1), last)
    assert found["All"] == (None, None)
    assert found[name][0] == since and (found[name][1] - since).days == length
    assert day(found[name][1]) == day(last) + pd.Timedelta(days=1)


def test_the_end_a_year_before():
    assert year_before(date(2024, 2, 29)) == date(2023, 3, 1)
    assert year_before(datetime(2025, 3, 1)) == datetime(2024, 3, 1)
