import json

import pyarrow.csv

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.export import (
    COLUMNS,
    customers_question,
    customers_table,
    figures,
    write_customers,
)


def test_file_holds_one_row_per_scored_customer(shop, tmp_path):
    population = CustomersPipeline(method="rules").run(shop, shop.lines, "population")
    table = customers_table(population, shop.ask(customers_question(population, shop.customers)))
    path = tmp_path / "customers.csv"
    write_customers(path, table)
    found = pyarrow.csv.read_csv(path)
    assert tuple(found.column_names) == COLUMNS
    rows = {row.pop("customer_id"): row for row in found.to_pylist()}
    assert set(rows) == {"Ann", "Ben", "Cat", "Eve", "Fay"}
    cluster = rows["Ann"].pop("cluster")
    assert cluster in population.clustering.names
    assert rows["Ann"] == {
        "recency_days": 30, "frequency": 2, "monetary": 55, "r_score": 3, "f_score": 3, "m_score": 4,
        "segment": "Needs Attention",
    }  # fmt: skip


def test_file_of_nobody_has_a_header(empty_store, tmp_path):
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    answer = empty_store.ask(customers_question(population, empty_store.customers))
    write_customers(tmp_path / "customers.csv", customers_table(population, answer))
    header = (tmp_path / "customers.csv").read_text().strip().replace('"', "")
    assert header == ",".join(COLUMNS)


def test_figures_by_hand(shop):
    found = figures(CustomersPipeline(method="rules").run(shop, shop.lines, "population"))
    assert json.loads(json.dumps(found)) == found
    assert (found["reference_day"], found["customers"], found["returns_only"]) == ("2024-03-31", 5, 1)
    assert found["rfm"]["monetary"] == {"mean": 44.0, "std": 38.9551, "min": 0.0, "max": 100.0, "total": 220.0}
    assert {group["name"] for group in found["segments"]} == {
        "Needs Attention", "New", "At Risk", "Lost", "Potential Loyalist",
    }  # fmt: skip


def test_figures_of_nobody(empty_store):
    found = figures(CustomersPipeline().run(empty_store, empty_store.lines, "population"))
    assert (found["k"], found["reference_day"], found["segments"], found["inertia"]) == (0, None, [], {})
    assert set(found["rfm"]["monetary"].values()) == {None}
