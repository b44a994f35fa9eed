"""The KPI records, and what a source supports of them."""

import datetime

import pytest

from retail_panel.crossfilter.scope import Scope
from retail_panel.figures import figures
from retail_panel.measures import MEASURES, available, facts, present_columns, scoped_tables
from retail_panel.measures.record import UNITS
from retail_panel.schema import FEEDBACK, ORDER_LINE, STOCK
from retail_panel.store import RowPolicy, Store

COLUMNS = {
    "order_line": {column.name for column in ORDER_LINE} | {"customer_key", "order_key"},
    "stock": {column.name for column in STOCK},
    "feedback": {column.name for column in FEEDBACK} | {"csat", "nps"},
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_a_record_is_complete(measure):
    assert measure.label and measure.definition.endswith(".") and measure.source
    assert measure.unit in UNITS and measure.good in (-1, 0, 1)
    made_by = [measure.row, measure.key, measure.whole, measure.parts or None]
    assert sum(maker is not None for maker in made_by) == 1
    assert set(measure.parts) <= set(MEASURES)
    assert measure.table in (*COLUMNS, "counted_line")
    assert set(measure.needs) <= COLUMNS["order_line" if measure.table == "counted_line" else measure.table]
    assert measure.unit == "money" or measure.scale == 1


@pytest.mark.parametrize("name", ["average_order_value", "repeat_customers", "gmroi"])
def test_what_is_not_one_aggregate_says_so(name, store):
    with pytest.raises(TypeError, match=name):
        MEASURES[name].expression(store.lines)


def test_facts_keep_each_line_once_and_know_first_days(store):
    found = store.ask(facts(store.lines, store.customers)).to_pandas().set_index("line").sort_index()
    assert len(found) == 17
    assert found.is_discount.sum() == 2
    assert (~found.has_customer).sum() == 2 and found.is_first_day.isna().sum() == 2
    # Eve, Ada (two lines), Dan, Ben, Finn (two lines), Cleo.
    assert found.index[found.is_first_day.fillna(False).astype(bool)].tolist() == [1, 2, 3, 4, 5, 10, 11, 15]


def test_everything_is_supported_where_every_column_is_there(store):
    supported, missing = available(store)
    assert supported == tuple(MEASURES) and missing == {}


def test_what_a_source_lacks_is_left_out_with_the_reason(empty_store, make_lines):
    empty_store.append(make_lines(amount=[10, 20], quantity=[1, 2]))
    supported, missing = available(empty_store)
    assert {"gross_sales", "net_sales", "units_per_order", "last_day"} <= set(supported)
    assert set(supported).isdisjoint(missing) and set(supported) | set(missing) == set(MEASURES)
    assert missing["repeat_rate"] == ("customer_id",)
    assert missing["discount_share"] == ("kind Discount",)
    assert missing["gross_margin_rate"] == ("unit_cost",)
    assert missing["gmroi"] == ("unit_cost", "stock.on_hand", "stock.unit_cost")
    assert missing["weeks_of_cover"] == ("stock.on_hand",)
    assert missing["csat"] == ("feedback.scale CSAT",)


def test_one_scale_of_feedback_does_not_stand_for_the_other(empty_store, make_feedback):
    with empty_store.loading("answers") as load:
        load.append_feedback(make_feedback(scale="NPS", score=[9, 3]))
    supported, missing = available(empty_store)
    assert {"nps", "responses"} <= set(supported) and {"csat", "csat_mean"} <= set(missing)


def test_support_is_judged_by_the_rows_one_may_see(empty_store, make_lines):
    empty_store.append(make_lines(channel=["Online", "In-store"], quantity=[1, None]))
    assert "units" in available(empty_store)[0]
    assert "units" in available(empty_store, RowPolicy((("channel", ("In-store",)),)))[1]


def test_support_can_be_read_off_known_columns(store):
    present = present_columns(store)
    assert available(present) == available(store)
    assert "gross_margin" in available(present - {"order_line.unit_cost"})[1]


NAMES = ("gross_sales", "orders", "stock_counts", "gmroi", "responses", "last_day")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, (1430, 14, 6, 134 / 244, 7, datetime.date(2024, 6, 30))),
        ({"since": datetime.date(2024, 6, 1)}, (440, 4, 6, 134 / 244, 1, datetime.date(2024, 6, 30))),
        ({"until": datetime.date(2024, 6, 15)}, (990, 10, 2, 0, 6, datetime.date(2024, 5, 20))),
        ({"store": ["Leeds"]}, (570, 8, 3, 12 / 64, 4, datetime.date(2024, 6, 27))),
        ({"category": ["Hats"]}, (150, 7, 3, 24 / 64, None, datetime.date(2024, 6, 30))),
        ({"channel": ["Online"]}, (860, 6, None, None, 3, datetime.date(2024, 6, 30))),
        ({"leave_out": ["returns", "guests"]}, (1230, 13, 6, 244 / 244, 7, datetime.date(2024, 6, 30))),
    ],
)
def test_all_tables_obey_the_scope_or_stay_silent(store, scope, expected):
    found = figures(store, scoped_tables(store, Scope(**scope)), NAMES)
    assert [found[name] for name in NAMES] == [
        pytest.approx(value) if isinstance(value, float) else value for value in expected
    ]


def test_the_customers_of_an_earlier_selection_cut_lines_and_answers_alike(store):
    ada = store.customers.filter(store.customers.customer_id == "Ada").select("customer_key")
    found = figures(store, scoped_tables(store, Scope(), members=ada), NAMES)
    assert (found["gross_sales"], found["orders"], found["responses"], found["stock_counts"]) == (440, 4, 2, None)


def test_an_empty_store_supports_what_needs_no_column():
    store = Store()
    supported, _ = available(store)
    store.close()
    assert "net_sales" in supported and "units" not in supported
