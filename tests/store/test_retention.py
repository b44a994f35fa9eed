"""Rolling up old days changes nothing that can still be asked for."""

import itertools
import json
import time
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crossfilter.mirror import as_batch, take_scene
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.baskets.affinity import affinity
from retail_panel.baskets.size import sizes
from retail_panel.crossfilter import rolled
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.scope import LEAVE_OUT, Scope
from retail_panel.customers import CustomersPipeline
from retail_panel.customers.cohorts import cohorts
from retail_panel.customers.evolution import evolution
from retail_panel.customers.rfm import RFMDefinition, rfm_question
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.figures import figures
from retail_panel.insight.groups import group_moments
from retail_panel.measures import MEASURES, scoped_tables
from retail_panel.schema import ROLLED_UP
from retail_panel.store import RowPolicy, Store
from retail_panel.store.files import check_store_file
from retail_panel.store.privacy import erased, told
from retail_panel.store.retainer import Retainer
from retail_panel.store.retention import LEAST_DAYS, RollUp, due, roll_up

GIVEN_UP = ("product", "amount")
#: Those that others are made of, and that read order lines.
LEAVES = [name for name, m in MEASURES.items() if not m.parts and m.table in ("order_line", "counted_line")]
STAYS = [d for name, d in DIMENSIONS.items() if d.level == "line" and name not in (*GIVEN_UP, "ordered_at")]
SCOPES = [
    {}, *({"without": way} for way in LEAVE_OUT), {"channel": "Online", "kind": "Return"}, {"hour": "09,10,11"},
    {"ordered_at": "2024-03-05..2024-05-01"}, {"ordered_at": "2024-03-05T09:30:00..2024-03-20T17:00:00"},
]  # fmt: skip
DEFINITIONS = [
    RFMDefinition(frequency=frequency, monetary=monetary, returns=returns)
    for frequency, monetary, returns in itertools.product(
        *(RFMDefinition.param[name].objects for name in ("frequency", "monetary", "returns"))
    )
]
LAST = date(2024, 5, 25)
#: Days up to this one are rolled up, with :data:`LEAST_DAYS` kept from here on.
TODAY = LAST


def shop(seed, orders, most_lines, moments):
    """Return order lines of about 100 days: orders of several lines and, some, of several moments or customers."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(orders):
        times = pd.Timestamp("2024-02-10") + pd.to_timedelta(rng.integers(0, 105 * 96, moments) * 15, "min")
        who = [None if rng.random() < 0.2 else f"c{rng.integers(12)}" for _ in range(2)]
        named = None if rng.random() < 0.15 else f"o{rng.integers(orders)}"
        usual = None
        for _ in range(rng.integers(1, most_lines + 1)):
            if usual is None or rng.random() < 0.3:
                kind = rng.choice(["Full Price", "Discount", "Return"], p=[0.7, 0.15, 0.15])
                usual = {
                    "order_id": named, "customer_id": who[rng.integers(2)], "ordered_at": times[rng.integers(moments)],
                    "brand": ["North", "South", None][number % 3], "channel": ["Online", "Shop"][number % 2],
                    "store": [None, "Leeds"][number % 2], "country": "UK", "currency": "GBP", "kind": kind,
                    "category": rng.choice(["Shoes", "Hats", None]), "tier": rng.choice(["Gold", None]),
                    **{f"is_{mark}": rng.random() < 0.1
                       for mark in ("duplicate", "zero_price", "adjustment", "outlier")},
                }  # fmt: skip
            size = -1 if usual["kind"] == "Return" else 1
            rows.append({
                **usual, "product": rng.choice(["p1", "p2", "p3", None]), "description": "Goods",
                "quantity": None if rng.random() < 0.1 else float(size * rng.integers(1, 5)),
                # Some corrections are negative without being returns.
                "amount": float((size if rng.random() < 0.95 else -size) * rng.integers(0, 9_000) / 100),
                "list_amount": None if rng.random() < 0.1 else float(size * rng.integers(1, 9_000) / 100),
                "unit_cost": None if rng.random() < 0.1 else float(rng.integers(1, 900) / 100),
            })  # fmt: skip
    rows[-1]["ordered_at"] = pd.Timestamp("2024-05-25 10:00")
    return pd.DataFrame(rows).astype({"quantity": object, "list_amount": object, "unit_cost": object})


CHARTED = ("lines", "net_sales", "discount_value", "gross_margin", "orders", "customers", "new_customers")
SPLITS = [*STAYS, lambda t: t.ordered_at.date(), "currency", "order_id"]


def figures_of(store, query, splits):
    """Return every measure under a scope, whole and split, and R, F and M by every definition."""
    scope = Scope()
    scope.read(query)
    tables, lines = scoped_tables(store, scope), scope.restrict(store.lines)
    found = {"whole": figures(store, tables, LEAVES)}
    for place, by in enumerate(splits):
        found[place] = {str(row.pop("value")): row for row in figures(store, tables, LEAVES, by)}
    for definition in DEFINITIONS:
        rows = store.ask(rfm_question(lines, definition, LAST).order_by("customer_key")).to_pylist()
        found[definition.words()] = {row["customer_key"]: row for row in rows}
    return found


def studies_of(store):
    """Return what is made of lines elsewhere: segments, cohorts, standings, baskets, groups and charts."""
    lines = store.lines
    population = CustomersPipeline(k=2).run(store, lines, "who")
    found = {"segments": store.ask(population.table.order_by("customer_key")).to_pylist()}
    found["cohorts"] = cohorts(store.ask, lines).table
    for definition in DEFINITIONS:
        found[f"standings {definition.words()}"] = evolution(store.ask, lines, definition, months=3).table
    found["sizes"] = sizes(store.ask, lines, by="channel").summary
    found["categories"] = affinity(store.ask, lines, "category", 0.0, 1).pairs
    for unit in ("transaction", "return", "customer"):
        groups = group_moments(store.ask, lines, "category", unit)
        found[f"groups by {unit}"] = groups.table, groups.covariance
    scene = take_scene(store)
    dims = [(name,) for name in scene.coded.bins if name not in GIVEN_UP]
    keys = [Key(dim, name) for dim in dims for name in CHARTED]
    for filters in ({}, {"channel": scene.coded.bins["channel"].clause([0])}):
        found[f"charts {list(filters)}"] = histograms(store, scene.coded, keys, filters)
    known = scene.catalogue
    found["catalogue"] = (
        known.rows, scene.rows, known.first, known.last, known.marks,
        {name: (known.counts[name], known.worth[name]) for name in known.counts if name != "product"},
    )  # fmt: skip
    found["first days"] = store.ask("SELECT * FROM customer ORDER BY customer_key").to_pylist()
    return found


def same(one, other, where=""):
    """Compare answers, whatever they are made of."""
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            same(one[key], other[key], f"{where}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for place, parts in enumerate(zip(one, other, strict=True)):
            same(*parts, f"{where}/{place}")
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    elif isinstance(one, np.ndarray | float):
        assert one == pytest.approx(other, rel=1e-9, nan_ok=True), where
    else:
        assert one == other, where


def all_of(store, scopes):
    """Return whatever can be asked for of a store."""
    return figures_of(store, {}, SPLITS), [figures_of(store, query, ["kind"]) for query in scopes], studies_of(store)


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10_000), orders=st.integers(30, 60), most=st.integers(2, 9), moments=st.integers(1, 3),
    scopes=st.lists(st.sampled_from(SCOPES), min_size=3, max_size=3),
)  # fmt: skip
def test_every_figure_that_can_still_be_asked_for_stays(seed, orders, most, moments, scopes):
    raw, merged = Store(), Store()
    try:
        # Late lines of days that were rolled up, some of orders that were, and all of it once more.
        for lines in (shop(seed, orders, most, moments), shop(seed + 1, orders // 2, most, moments)):
            raw.append(as_batch(lines))
            merged.append(as_batch(lines))
            done = roll_up(merged, LEAST_DAYS, TODAY)
            assert done.becomes <= done.rows <= done.lines
        counts = merged.ask("SELECT count(*) AS n, count(merged) AS m FROM order_line WHERE ordered_at < '2024-03-27'")
        assert counts.to_pylist()[0]["n"] == counts.to_pylist()[0]["m"] > 0
        same(all_of(raw, scopes), all_of(merged, scopes))
    finally:
        raw.close()
        merged.close()


@pytest.fixture
def till(empty_store, make_lines):
    """An order of three lines, two of them alike but for product and amounts, and one line of 90 days later."""
    empty_store.append(make_lines(
        order_id=["a", "a", "a", "b"], customer_id="Ann", brand="North", channel="Shop",
        ordered_at=[*["2024-02-10 10:00"] * 3, "2024-05-10 12:00"], category=["Hats", "Hats", "Shoes", "Hats"],
        product=["h1", "h2", "s1", "h1"], description=["Top hat", "Bowler", "Boots", "Top hat"],
        quantity=[1, 2, 1, 1], amount=["10.10", "20.20", "50", "10.10"], list_amount=[11, 22, 50, 11],
        unit_cost=[3, 4, 20, 3],
    ))  # fmt: skip
    return empty_store


def rows_of(store):
    """Return what is known of each row of old days."""
    names = "category, product, description, quantity, amount, list_amount, unit_cost, merged, merged_cost, ordered_at"
    return store.ask(f"SELECT {names} FROM order_line WHERE merged IS NOT NULL ORDER BY category").to_pylist()


def test_a_row_stands_for_the_lines_that_were_alike(till):
    told_of = due(till, 60, LAST)
    assert told_of.words == "3 order lines of 1 days, 2024-02-10 to 2024-02-10: 3 rows become 2."
    assert till.version == 1 and rows_of(till) == []
    assert roll_up(till, 60, LAST) == told_of
    assert (till.version, till.rewritten) == (2, 2)
    hats, shoes = rows_of(till)
    assert hats == {
        "category": "Hats", "product": ROLLED_UP, "description": None, "quantity": 3.0, "amount": 303000,
        "list_amount": 330000, "unit_cost": None, "merged": 2, "merged_cost": 110000.0,
        "ordered_at": datetime(2024, 2, 10, 10),
    }  # fmt: skip
    assert (shoes["merged"], shoes["amount"], shoes["product"]) == (1, 500000, ROLLED_UP)
    (late,) = till.ask("SELECT product, merged FROM order_line WHERE ordered_at > '2024-05-01'").to_pylist()
    assert late == {"product": "h1", "merged": None}
    again = roll_up(till, 60, LAST)
    assert again.words == "Nothing to roll up: no day before 2024-03-12 holds a line as it came."
    assert (till.version, till.rewritten) == (2, 2)


def test_days_are_counted_back_from_the_last_line_or_from_today_if_that_is_earlier(till, make_lines):
    # The last line is of 10 May: the 60 days up to it begin on 12 March.
    assert due(till, 60, date(2026, 1, 1)).before == date(2024, 3, 12)
    assert due(till, 60, date(2024, 5, 1)).before == date(2024, 3, 3)
    till.append(make_lines(ordered_at="2094-05-10", order_id="wrong"))
    assert due(till, 60, date(2024, 5, 1)).before == date(2024, 3, 3)
    with pytest.raises(UnusableInput, match="lines kept for 59 days: allowed: 60 or more"):
        due(till, 59)


def test_an_error_rolls_nothing_up(till, monkeypatch):
    before = till.ask("SELECT * FROM order_line ORDER BY line").to_pylist()
    monkeypatch.setattr("retail_panel.store.retention.GRAIN", "no_such_column")
    monkeypatch.setattr("retail_panel.store.retention.due", lambda *a: due_of(till))
    monkeypatch.setattr("retail_panel.store.retention._counted", lambda run, before: due_of(till))
    with pytest.raises(Exception, match="no_such_column"):
        roll_up(till, 60, LAST)
    monkeypatch.undo()
    assert till.ask("SELECT * FROM order_line ORDER BY line").to_pylist() == before
    assert (till.version, till.rewritten) == (1, 0)
    assert roll_up(till, 60, LAST).becomes == 2


def due_of(store):
    """Return a roll-up that seems to be due."""
    return RollUp(date(2024, 3, 12), 1)


def test_a_customer_is_told_and_erased_after_a_roll_up(till):
    roll_up(till, 60, LAST)
    found = told(till, "Ann")
    assert sorted(row["merged"] or 1 for row in found["order_line"]) == [1, 1, 2]
    assert {row["order_id"] for row in found["order_line"]} == {"a", "b"}
    assert erased(till, "Ann")["order_line"] == 3
    assert till.ask("SELECT count(*) AS n FROM order_line")["n"][0].as_py() == 0


def test_a_line_that_was_rolled_up_is_known_when_it_is_delivered_again(till, make_lines):
    ids = pa.array(["l1", "l2"])
    with till.loading("tills") as load:
        load.append(make_lines(order_id=["c", "c"], ordered_at="2024-02-11"))
        assert load.new_lines("tills", ids, 1_000_000).tolist() == [True, True]
    assert roll_up(till, 60, LAST).lines == 2 + 3
    with till.loading("tills") as load:
        assert load.new_lines("tills", pa.array(["l2", "l3"]), 1_000_000).tolist() == [False, True]


def test_a_row_policy_shows_the_same_before_and_after(six_clean, empty_store):
    empty_store.append(as_batch(shop(3, 50, 6, 2)))
    own = empty_store.seen_by(RowPolicy((("channel", ("Shop",)), ("brand", ("North",)))))
    everything = figures(own, scoped_tables(own, Scope()), LEAVES), figures_of(own, {}, ["category"])
    roll_up(empty_store, 60, LAST)
    same(everything, (figures(own, scoped_tables(own, Scope()), LEAVES), figures_of(own, {}, ["category"])))
    assert own.ask("SELECT DISTINCT brand FROM order_line").to_pylist() == [{"brand": "North"}]


def test_a_copy_of_a_store_that_was_rolled_up_is_whole(till, tmp_path):
    roll_up(till, 60, LAST)
    till.copy_to(tmp_path / "copy.duckdb")
    assert check_store_file(tmp_path / "copy.duckdb") == (2, 4)
    copy = Store(f"duckdb:///{tmp_path}/copy.duckdb")
    assert rows_of(copy) == rows_of(till)
    assert due(copy, 60, LAST).days == 0
    copy.close()


def test_what_is_given_up_is_said_and_never_counted_as_if_it_were_known(till):
    roll_up(till, 60, LAST)
    tables = scoped_tables(till, Scope())
    by = {row["value"]: row["net_sales"] for row in figures(till, tables, ["net_sales"], DIMENSIONS["product"])}
    assert by == {ROLLED_UP: 80.3, "h1": 10.1}
    scene = take_scene(till, {"amount": "5..60"})
    assert scene.rows == 1
    assert rolled.told(scene) == (
        "Lines before 11 Feb 2024 are rolled up, without single amount, and not in this."
    )
    assert rolled.told(take_scene(till), {"product": Values(("h1",))}).endswith("without product, and not in this.")
    assert rolled.told(take_scene(till)) == ""
    assert rolled.told(take_scene(till, {"ordered_at": "2024-02-11..", "amount": "5..60"})) == ""
    assert rolled.since(take_scene(till)) == date(2024, 2, 11)
    scene = take_scene(till)
    found = histograms(till, scene.coded, [Key(("amount",), "lines"), Key((), "lines")], {})
    assert (found[Key(("amount",), "lines")].sum(), found[Key((), "lines")]) == (1, 4)


def test_a_serving_process_rolls_up_when_it_begins_and_every_night(till):
    retainer = Retainer(till, 60, lambda: datetime(2024, 5, 25, 1, 30)).start()
    end = time.monotonic() + 20
    while not till.audit("rolled up days"):
        assert time.monotonic() < end
        time.sleep(0.02)
    retainer.stop()
    assert len(rows_of(till)) == 2
    assert retainer._until_quiet_s() == 1.5 * 3600
    ((_, who, what, _, facts),) = till.audit("rolled up days")
    assert who == "retention" and json.loads(facts)["becomes"] == 2
