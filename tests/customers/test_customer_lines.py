import datetime as dt

from retail_panel.customers.customer_lines import customer_lines, span_of


def test_guests_and_later_days_are_left_out(store):
    known = store.ask(customer_lines(store.lines, dt.date(2024, 2, 1)))
    assert sorted(known["order_id"].to_pylist()) == ["o1", "o1", "o2", "o3", "o7"]
    assert sorted(set(known["day"].to_pylist())) == [19727, 19732, 19737, 19754]
    assert store.ask(customer_lines(store.lines)).num_rows == 15


def test_a_source_without_customers_has_no_lines_of_any(store):
    assert store.ask(customer_lines(store.lines.drop("customer_key"))).num_rows == 0


def test_span_includes_guests_and_returns(store):
    lines = store.lines
    assert span_of(store.ask, lines) == (dt.date(2024, 1, 5), dt.date(2024, 6, 30))
    assert span_of(store.ask, lines.filter(lines.customer_key.isnull())) == (dt.date(2024, 3, 10),) * 2
    assert span_of(store.ask, lines.filter(lines.is_return)) == (dt.date(2024, 6, 28),) * 2
    assert span_of(store.ask, lines.filter(lines.amount > 10**9)) == (None, None)
