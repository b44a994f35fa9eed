import datetime as dt

import pandas as pd
import pytest

from customers.as_of import as_of, month_ends
from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers import RFMDefinition
from retail_panel.customers.evolution import evolution
from retail_panel.customers.history import history
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store


def key_of(store, name):
    return store.ask(f"SELECT customer_key FROM customer WHERE customer_id = '{name}'")["customer_key"][0].as_py()


def histories(store, definition=None):
    definition = definition or RFMDefinition()
    among = evolution(store.ask, store.lines, definition)
    keys = store.ask("SELECT customer_id, customer_key FROM customer").to_pylist()
    return among, {
        row["customer_id"]: history(store.ask, store.lines, definition, row["customer_key"], among) for row in keys
    }


def test_six_customers_by_hand(store, six_rfm):
    _, found = histories(store)
    eve = found["Eve"]
    assert eve.month.tolist() == [dt.date(2024, month, 1) for month in range(1, 7)]
    assert eve.recency_days.tolist() == [26, 55, 86, 116, 147, 177]
    assert (eve.frequency.unique().tolist(), eve.monetary.unique().tolist()) == ([1], [20])
    ben = found["Ben"]
    assert ben.monetary.tolist() == [100, 100, 100, 130, 130]
    assert ben.frequency.tolist() == [1, 1, 1, 2, 3]
    last = {name: tuple(rows.drop(columns=["month", "day"]).iloc[-1]) for name, rows in found.items()}
    assert last == six_rfm


def test_histories_add_up_to_the_evolution(store):
    among, found = histories(store)
    counted = pd.concat(found.values()).groupby(["month", "segment"]).size().to_dict()
    held = among.table[among.table.customers > 0].set_index(["month", "segment"]).customers.to_dict()
    assert counted == held


def test_demo_against_pandas():
    store = Store()
    store.append(sample_batch())
    rows = frame_of(sample_batch())
    definition = {"frequency": "lines", "monetary": "gross"}
    names = rows.customer.dropna().value_counts().index[[0, 40, 400, -1]]
    expected = {name: [] for name in names}
    for day in month_ends(rows):
        then = as_of(rows, day, **definition)
        for name in names.intersection(then.index):
            figures = then.loc[name].to_dict() | {"monetary": then.monetary[name] / MONEY_SCALE}
            expected[name].append((day.replace(day=1), day, *figures.values()))
    among = evolution(store.ask, store.lines, RFMDefinition(**definition))
    for name in names:
        found = history(store.ask, store.lines, RFMDefinition(**definition), key_of(store, name), among)
        assert list(found.itertuples(index=False, name=None)) == expected[name]
    store.close()


def test_without_an_evolution_it_is_worked_out(store):
    among, found = histories(store)
    alone = history(store.ask, store.lines, RFMDefinition(), key_of(store, "Ada"))
    pd.testing.assert_frame_equal(alone, found["Ada"])
    assert len(alone) == len(among.months)


def test_later_lines_change_nothing(store, make_lines):
    _, before = histories(store)
    later = {"customer_id": ["Eve", "Gus"], "order_id": ["x", "y"], "ordered_at": "2024-07-04", "amount": [500, 900]}
    store.append(make_lines(**later))
    _, after = histories(store)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(after[name][: len(rows)], rows)
    assert after["Eve"].segment.iloc[-1] != before["Eve"].segment.iloc[-1]
    assert len(after["Gus"]) == 1


@pytest.mark.parametrize("definition", [{}, {"returns": "count"}], ids=str)
def test_who_has_returns_only(fill, definition):
    store = fill([("Ann", "2024-01-01", 5), ("Dan", "2024-01-02", -5), ("Ann", "2024-02-09", 5)])
    found = history(store.ask, store.lines, RFMDefinition(**definition), key_of(store, "Dan"))
    assert len(found) == (2 if definition else 0)


def test_nobody_of_that_key(store, empty_store):
    found = history(store.ask, store.lines, RFMDefinition(), 999)
    assert len(found) == 0
    lines = empty_store.lines.filter(False)
    assert list(history(empty_store.ask, lines, RFMDefinition(), 1).columns) == list(found.columns)
