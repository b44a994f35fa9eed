import datetime as dt

import pytest

from retail_panel.customers.rfm import RFMDefinition, day_number, rfm_question

LAST = dt.date(2024, 3, 31)


def rfm_of(store, day=LAST, lines=None, **definition):
    question = rfm_question(store.lines if lines is None else lines, RFMDefinition(**definition), day)
    names = dict(store.ask("SELECT customer_key, customer_id FROM customer").to_pandas().itertuples(index=False))
    found = store.ask(question).to_pylist()
    return {names[r["customer_key"]]: (r["recency_days"], r["frequency"], r["monetary"] / 10_000) for r in found}


def test_default_definition_by_hand(shop):
    assert rfm_of(shop) == {
        "Ann": (30, 2, 55), "Ben": (0, 1, 100), "Cat": (50, 2, 50), "Eve": (60, 1, 0), "Fay": (10, 2, 15),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [("orders", [2, 1, 2, 1, 2]), ("lines", [3, 1, 2, 1, 2]), ("days", [2, 1, 1, 1, 1])],
)
def test_frequency_by_hand(shop, frequency, expected):
    found = rfm_of(shop, frequency=frequency)
    assert [found[name][1] for name in ("Ann", "Ben", "Cat", "Eve", "Fay")] == expected


def test_gross_leaves_returns_out(shop):
    found = rfm_of(shop, monetary="gross")
    assert {name: money for name, (_, _, money) in found.items()} == {
        "Ann": 60, "Ben": 100, "Cat": 50, "Eve": 25, "Fay": 15,
    }  # fmt: skip
    assert found["Ann"][0] == 30


@pytest.mark.parametrize("monetary", ["net", "gross"])
def test_counting_returns_makes_each_line_a_purchase(shop, monetary):
    assert rfm_of(shop, frequency="lines", returns="count", monetary=monetary) == {
        "Ann": (11, 4, 65), "Ben": (0, 1, 100), "Cat": (50, 2, 50),
        "Dan": (26, 1, 8), "Eve": (55, 2, 50), "Fay": (10, 2, 15),
    }  # fmt: skip


def test_counted_returns_are_orders_and_days_too(shop):
    assert rfm_of(shop, returns="count")["Ann"][1] == 3
    assert rfm_of(shop, returns="count", frequency="days")["Ann"][1] == 3


def test_net_sales_does_not_depend_on_the_definition(shop):
    for definition in ({}, {"monetary": "gross"}, {"returns": "count"}):
        found = shop.ask(rfm_question(shop.lines, RFMDefinition(**definition), LAST))
        assert sum(found["net_sales"].to_pylist()) == (220 - (8 if "returns" in definition else 0)) * 10_000


def test_later_lines_are_left_out(shop):
    found = rfm_of(shop, day=dt.date(2024, 2, 10))
    assert found == {"Ann": (31, 1, 30), "Cat": (0, 2, 50), "Eve": (10, 1, 0)}


def test_a_later_reference_day_shifts_recency_only(shop):
    shifted = rfm_of(shop, day=LAST + dt.timedelta(days=1))
    assert shifted == {name: (r + 1, f, m) for name, (r, f, m) in rfm_of(shop).items()}


def test_scope_is_any_filter(shop):
    assert set(rfm_of(shop, lines=shop.lines.filter(shop.lines.amount >= 300_000))) == {"Ann", "Ben", "Cat"}


def test_column_types(shop):
    schema = shop.ask(rfm_question(shop.lines, RFMDefinition(), LAST)).schema
    assert {field.name: str(field.type) for field in schema} == {
        "customer_key": "int32", "recency_days": "int32", "frequency": "int32", "monetary": "int64",
        "net_sales": "int64", "first_bought": "timestamp[us]",
    }  # fmt: skip


def test_days_before_1970():
    assert day_number(dt.date(1969, 12, 31)) == -1


def test_purchases_before_1970(fill):
    found = rfm_of(fill([("A", "1969-12-31 23:00", 5), ("B", "1970-01-02 01:00", 5)]), day=dt.date(1970, 1, 2))
    assert {name: days for name, (days, _, _) in found.items()} == {"A": 2, "B": 0}


def test_uci_against_pandas(uci, uci_rows):
    days = uci_rows.InvoiceDate.dt.normalize()
    expected = uci_rows.assign(day=days).groupby("CustomerID").agg(
        recency=("day", lambda day: (days.max() - day.max()).days),
        orders=("InvoiceNo", "nunique"), lines=("InvoiceNo", "size"), days=("day", "nunique"),
        money=("amount", "sum"),
    )  # fmt: skip
    assert len(expected) == 4338
    for frequency in ("orders", "lines", "days"):
        found = rfm_of(uci, day=days.max().date(), frequency=frequency)
        columns = expected[["recency", frequency]].assign(money=expected.money / 10_000)
        assert found == {row[0]: row[1:] for row in columns.itertuples()}


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({}, "orders; monetary value is net sales, returns subtracted; a return is never a purchase."),
        ({"monetary": "gross", "frequency": "days"}, "days with a purchase; monetary value is gross sales"),
        ({"returns": "count", "frequency": "lines"}, "order lines; monetary value adds every amount; a return counts"),
    ],
)
def test_definition_in_words(definition, words):
    assert words in RFMDefinition(**definition).words()
