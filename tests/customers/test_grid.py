import numpy as np
import pyarrow as pa
import pytest

from retail_panel.customers.grid import KEYS, Cells, cells_question, key_columns, log_columns, log_scaled, widths_of

RECENCY = [0, 0, 0, 7, 400]
FREQUENCY = [1, 1, 2, 3, 50]
MONETARY = [10_000, 10_000, 10_000, -250_000, 99_999_999_999]


@pytest.fixture
def rfm(empty_store):
    columns = {"recency_days": pa.array(RECENCY, pa.int32()), "frequency": pa.array(FREQUENCY, pa.int32())}
    return empty_store.keep_table("rfm", pa.table({**columns, "monetary": MONETARY}))


def cells_of(store, rfm, deviations=None):
    keys = key_columns(rfm, deviations and widths_of(deviations))
    return Cells.from_answer(store.ask(cells_question(rfm.mutate(**keys))))


def test_log_scale_by_hand():
    found = log_scaled([[0, 1, 0], [6, 3, 10_000], [0, 1, -10_000]])
    assert found == pytest.approx(np.log([[1, 2, 1], [7, 4, 2], [1, 2, 0.5]]))


def test_engine_and_numpy_scale_alike(empty_store, rfm):
    r, f, m = log_columns(rfm)
    found = empty_store.ask(rfm.select("monetary", r=r, f=f, m=m).order_by("monetary", "f")).to_pandas()
    order = np.lexsort((FREQUENCY, MONETARY))
    assert found[["r", "f", "m"]].to_numpy() == pytest.approx(log_scaled(np.c_[RECENCY, FREQUENCY, MONETARY][order]))


def test_exact_cells_are_the_distinct_triples(empty_store, rfm):
    cells = cells_of(empty_store, rfm)
    assert cells.means.tolist() == [[0, 1, 10_000], [0, 2, 10_000], [7, 3, -250_000], [400, 50, 99_999_999_999]]
    assert cells.customers.tolist() == [2, 1, 1, 1]
    assert cells.keys.column_names == list(KEYS)


def test_wide_cells_hold_several(empty_store, rfm):
    cells = cells_of(empty_store, rfm, deviations=[8 * 10, 8 * 10, 8 * 5])
    assert cells.customers.tolist() == [1, 3, 1]
    assert cells.means[1] == pytest.approx([0, 4 / 3, 10_000])


def test_cells_partition_whatever_the_width(empty_store, rfm):
    for deviations in (None, [1, 1, 1], [0, 0.3, 2]):
        cells = cells_of(empty_store, rfm, deviations)
        assert cells.customers.sum() == 5
        assert cells.customers @ cells.means == pytest.approx([sum(RECENCY), sum(FREQUENCY), sum(MONETARY)])
