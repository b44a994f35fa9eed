import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.directory import COLUMNS, MOST_ROWS, count, page
from retail_panel.customers.segments import INDEX
from retail_panel.demo import folder
from retail_panel.errors import UnusableInput
from retail_panel.intake import load
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

DAY = dt.date(2024, 3, 31)


@pytest.fixture
def directory(shop):
    """A function that returns a page of the five scored customers, whose keys are in the order of their names."""
    population = CustomersPipeline(method="rules").run(shop, shop.lines, "population")
    return lambda lines=None, **asked: page(shop.ask, lines, population.table, shop.customers, DAY, **asked)


def names(found):
    return found.rows.customer_id.tolist()


def test_a_page_by_hand(directory):
    found = directory()
    assert (found.matching, found.offset, found.limit) == (5, 0, 25)
    assert found.rows.columns.tolist() == ["customer_key", *COLUMNS]
    assert names(found) == ["Ben", "Ann", "Cat", "Fay", "Eve"]
    ann = found.rows.set_index("customer_id").loc["Ann"]
    assert [ann[name] for name in ("recency_days", "frequency", "monetary", "net_sales")] == [30, 2, 55, 55]
    assert [ann[name] for name in ("r", "f", "m", "segment")] == [3, 3, 4, INDEX["Needs Attention"]]
    assert ann.last_day == dt.date(2024, 3, 1)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([("frequency", "desc")], ["Ann", "Cat", "Fay", "Ben", "Eve"]),
        ([("frequency", "asc")], ["Ben", "Eve", "Ann", "Cat", "Fay"]),
        ([("frequency", "desc"), ("monetary", "asc")], ["Fay", "Cat", "Ann", "Eve", "Ben"]),
        ([("last_day", "desc")], ["Ben", "Fay", "Ann", "Cat", "Eve"]),
        ([("customer_id", "desc")], ["Fay", "Eve", "Cat", "Ben", "Ann"]),
        ([], ["Ann", "Ben", "Cat", "Eve", "Fay"]),
    ],
)
def test_sorting_keeps_equals_in_the_order_of_their_keys(directory, sort, expected):
    assert names(directory(sort=sort)) == expected
    assert [names(directory(sort=sort, offset=i, limit=1)) for i in range(5)] == [[name] for name in expected]
    assert names(directory(sort=sort, offset=3, limit=4, matching=5)) == expected[3:]
    assert names(directory(sort=sort, offset=9)) == []


def test_search_filters_and_selection_add_up(directory, shop):
    assert names(directory(search="A", sort=[])) == ["Ann", "Cat", "Fay"]
    assert names(directory(search="a", filters={"f": [3]}, spans={"monetary": (15, 55)}, sort=[])) == ["Cat", "Fay"]
    assert directory(filters={"segment": []}).matching == 0
    assert names(directory(spans={"recency_days": (None, 10)})) == ["Ben"]
    february = shop.lines.filter(shop.lines.ordered_at.month() == 2)
    # Eve brought something back in February, guests count for nobody.
    assert names(directory(february, sort=[])) == ["Cat", "Eve"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sort": [("customer_key; DROP TABLE customer", "asc")]}, "sort by 'customer_key; DROP"),
        ({"sort": [("monetary", "up")]}, "sort by monetary 'up': allowed: asc, desc"),
        ({"filters": {"tier": [1]}}, "filter on 'tier': allowed: segment"),
        ({"spans": {"segment": (1, 2)}}, "span of 'segment': allowed: recency_days"),
        ({"limit": MOST_ROWS + 1}, "allowed: from 0 on, 1 to 1,000 rows"),
        ({"offset": -1}, "page from row -1"),
    ],
)
def test_what_is_not_allowed_is_said(directory, asked, said):
    with pytest.raises(UnusableInput, match=said):
        directory(**asked)


ODD = ["50%", "5_0", "a\\b", "O'Neil", '"; DROP TABLE customer; --', "ÉLAN", "*", "[x]", "500"]


@pytest.mark.parametrize(
    ("search", "expected"),
    [("%", ["50%"]), ("_", ["5_0"]), ("\\", ["a\\b"]), ("o'n", ["O'Neil"]), ("élan", ["ÉLAN"]), ("*", ["*"]),
     ("[X]", ["[x]"]), ("50", ["50%", "500"]), ("; drop", ['"; DROP TABLE customer; --']), ("'; --", [])],
)  # fmt: skip
def test_no_sign_in_a_search_has_a_meaning(empty_store, make_lines, search, expected):
    empty_store.append(make_lines(customer_id=ODD, amount=[1] * len(ODD)))
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    found = page(empty_store.ask, None, population.table, empty_store.customers, search=search, sort=[])
    assert sorted(names(found)) == sorted(expected)
    assert set(found.rows.last_day) <= {None}


def test_a_directory_of_nobody(empty_store):
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    found = page(empty_store.ask, empty_store.lines, population.table, empty_store.customers, DAY, search="a")
    assert (found.matching, len(found.rows)) == (0, 0)
    assert found.rows.columns.tolist() == ["customer_key", *COLUMNS]


@pytest.fixture(scope="module")
def demo():
    """The demo's store, its population, and the directory made from the raw rows with pandas."""
    store = Store()
    load(folder(), store)
    population = CustomersPipeline(method="rules").run(store, store.lines, "population")
    rows = store.ask(store.lines).to_pandas().merge(store.ask(store.customers).to_pandas(), on="customer_key")
    last = store.ask(store.lines)["ordered_at"].to_pandas().max().normalize()
    bought = rows[~rows.is_return].groupby("customer_id")
    made = rows.groupby("customer_id").amount.sum().to_frame("monetary") / MONEY_SCALE
    made["recency_days"] = (last - bought.ordered_at.max().dt.normalize()).dt.days
    made["frequency"], made["key"] = bought.order_key.nunique(), bought.customer_key.first()
    yield store, population, made.dropna().reset_index(), last.date()
    store.close()


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["monetary", "recency_days", "frequency"]),
    st.booleans(),
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.sampled_from(["", "7", "c01", "99", "zz"]),
)
def test_any_page_against_pandas(demo, column, is_up, offset, limit, search):
    store, population, made, day = demo
    found = page(store.ask, None, population.table, store.customers, day, offset=offset, limit=limit,
                 sort=[(column, "asc" if is_up else "desc")], search=search)  # fmt: skip
    kept = made[made.customer_id.str.lower().str.contains(search, regex=False)]
    expected = kept.sort_values([column, "key"], ascending=[is_up, True])[offset : offset + limit]
    assert found.matching == len(kept)
    assert names(found) == expected.customer_id.tolist()
    assert found.rows[column].tolist() == pytest.approx(expected[column].tolist())
    assert [(day - last).days for last in found.rows.last_day] == expected.recency_days.tolist()


def test_pages_follow_each_other_without_gap_or_overlap(demo):
    store, population, made, _ = demo
    seen = []
    for offset in range(0, len(made), MOST_ROWS):
        found = page(store.ask, None, population.table, store.customers, offset=offset, limit=MOST_ROWS,
                     sort=[("segment", "asc")], matching=len(made))  # fmt: skip
        seen += list(zip(found.rows.segment, found.rows.customer_key, strict=True))
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == population.customers


def test_only_the_page_leaves_the_engine():
    store, n, rng = Store(), 200_000, np.random.default_rng(3)
    keys = pa.array(np.arange(n), pa.int32())
    ids = [f"C{i:06d}" for i in rng.permutation(n)]
    named = pa.table({"customer_key": keys, "customer_id": ids, "first_day": pa.nulls(n, pa.date32())})
    store.engine.run("INSERT INTO customer SELECT * FROM batch", batch=named)
    numbers = {name: pa.array(rng.integers(1, 6, n), pa.int32()) for name in COLUMNS[1:-1]}
    scored = store.keep_table("scored", pa.table({"customer_key": keys, **numbers}))
    asked = []
    found = page(lambda question: asked.append(store.ask(question)) or asked[-1], None, scored, store.customers,
                 sort=[("customer_id", "asc")], offset=n - 3, limit=50)  # fmt: skip
    assert names(found) == ["C199997", "C199998", "C199999"]
    assert [answer.num_rows for answer in asked] == [1, 3]
    assert count(store.ask, None, scored, store.customers, search="c1999") == 100
    store.close()
