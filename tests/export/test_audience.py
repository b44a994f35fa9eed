import csv
import datetime as dt
import io
from functools import partial

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.segments import INDEX
from retail_panel.demo import folder
from retail_panel.export.audience import SCHEMA, audience, write_audience
from retail_panel.intake import load
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import RowPolicy, Store

FORMULAS = ["=1+1", "@x", "+1", "-1", "\tx"]


@pytest.fixture
def population(store):
    return CustomersPipeline(method="rules").run(store, store.lines, "population")


def rows_of(parts):
    return pa.concat_tables(parts).to_pylist()


def test_the_six_by_hand(store, population, six_rfm):
    rows = {row["customer_id"]: row for row in rows_of(audience(store.ask, population, store.customers))}
    assert set(rows) == set(six_rfm)
    for name, (recency, frequency, monetary, r, f, m, segment) in six_rfm.items():
        row = rows[name]
        assert [row[c] for c in ("recency_days", "frequency", "monetary")] == [recency, frequency, monetary]
        assert [row[c] for c in ("r_score", "f_score", "m_score", "segment")] == [r, f, m, segment]
        assert row["last_day"] == dt.date(2024, 6, 30) - dt.timedelta(days=recency)
        assert row["cluster"] in population.clustering.names


def test_segments_clusters_and_selection_cut_it_down(store, population):
    def who(**chosen):
        return {row["customer_id"] for row in rows_of(audience(store.ask, population, store.customers, **chosen))}

    assert who(segments=[INDEX["Champions"], INDEX["New"]]) == {"Ada", "Cleo"}
    assert who(segments=[]) == set()
    by_cluster = [who(clusters=[i]) for i in range(len(population.clusters))]
    assert sum(map(len, by_cluster)) == 6 and set().union(*by_cluster) == who()
    coats = store.lines.filter(store.lines.category == "Coats")
    assert who(members=coats) == {"Ada", "Ben", "Dan"}
    assert who(members=coats, segments=[INDEX["Loyal"]]) == {"Ben"}


@pytest.mark.parametrize("part", [1, 4, 6, 100])
def test_parts_are_small_and_make_the_whole(store, population, part):
    parts = list(audience(store.ask, population, store.customers, part=part))
    assert all(0 < found.num_rows <= part for found in parts) and len(parts) == -(-6 // part)
    assert rows_of(parts) == rows_of(audience(store.ask, population, store.customers))


def test_an_audience_of_nobody_has_a_header(empty_store):
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    target = io.BytesIO()
    assert write_audience(target, "csv", empty_store.ask, population, empty_store.customers) == 0
    assert target.getvalue().decode("utf-8-sig").strip().replace('"', "") == ",".join(SCHEMA.names)


def test_formulas_in_ids_come_out_harmless(empty_store, make_lines):
    empty_store.append(make_lines(customer_id=FORMULAS, amount=[1] * len(FORMULAS)))
    population = CustomersPipeline().run(empty_store, empty_store.lines, "population")
    files = {kind: io.BytesIO() for kind in ("csv", "excel", "parquet")}
    for kind, target in files.items():
        assert write_audience(target, kind, empty_store.ask, population, empty_store.customers) == len(FORMULAS)
    found = csv.DictReader(io.StringIO(files["csv"].getvalue().decode("utf-8-sig"), newline=""))
    assert sorted(row["customer_id"] for row in found) == sorted("'" + text for text in FORMULAS)
    cells = [row[0] for row in openpyxl.load_workbook(files["excel"]).active.iter_rows(min_row=2)]
    assert len(cells) == len(FORMULAS)
    assert all(cell.data_type == "s" and cell.value.startswith("'") for cell in cells)
    raw = pyarrow.parquet.read_table(files["parquet"])
    assert sorted(raw["customer_id"].to_pylist()) == sorted(FORMULAS)


def test_whoever_asks_sees_their_own_rows_only(store):
    policy = RowPolicy((("channel", ("Online",)),))
    population = CustomersPipeline().run(store, store.lines, "population", policy=policy)
    ask = partial(store.ask, policy=policy)
    rows = {row["customer_id"]: row["monetary"] for row in rows_of(audience(ask, population, store.customers))}
    assert rows == {"Ada": 360, "Dan": 300, "Ben": 0}


def test_demo_audience_against_pandas():
    store = Store()
    load(folder(), store)
    population = CustomersPipeline().run(store, store.lines, "population")
    found = pa.concat_tables(audience(store.ask, population, store.customers, part=1500)).to_pandas()
    rows = store.ask(store.lines).to_pandas().merge(store.ask(store.customers).to_pandas(), on="customer_key")
    by_name = rows.groupby("customer_id")
    found = found.set_index("customer_id")
    assert len(found) == population.customers == found.index.nunique()
    money = by_name.amount.sum() / MONEY_SCALE
    assert found.monetary.to_dict() == pytest.approx(money[found.index].to_dict())
    last = rows[~rows.is_return].groupby("customer_id").ordered_at.max().dt.date
    assert found.last_day.to_dict() == last[found.index].to_dict()
    held = {group.name: group.customers for group in population.segments if group.customers}
    assert found.segment.value_counts().to_dict() == held
    store.close()
