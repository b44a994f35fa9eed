import time

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from retail_panel.demo import scaled_order_lines
from retail_panel.errors import UnusableInput
from retail_panel.schema import ORDER_LINE, arrow_schema


@pytest.fixture(scope="module")
def batches():
    return list(scaled_order_lines(250_000))


def test_batches_are_clean(batches):
    assert sum(batch.num_rows for batch in batches) == 250_000
    for batch in batches:
        assert batch.column_names == [column.name for column in ORDER_LINE]
        batch.cast(arrow_schema(ORDER_LINE)).validate(full=True)
        required = [column.name for column in ORDER_LINE if column.required]
        assert all(batch[name].null_count == 0 for name in required)


def test_customers_and_orders_are_never_shared(batches):
    seen = [set(batch["customer_id"].unique().to_pylist()) - {None} for batch in batches]
    assert len(seen[0]) == 10_000
    assert not seen[0] & seen[1]
    assert not set(batches[0]["order_id"].unique().to_pylist()) & set(batches[1]["order_id"].unique().to_pylist())


def test_amounts_and_times_differ_between_copies(batches):
    first, second = batches[:2]
    assert pc.sum(first["amount"]).as_py() != pc.sum(second["amount"]).as_py()
    same = pc.mean(pc.equal(first["ordered_at"], second["ordered_at"]).cast(pa.int8())).as_py()
    assert same < 0.05


def test_rows_agree_with_themselves(batches):
    batch = batches[1]
    assert batch["is_return"].equals(pc.equal(batch["kind"].cast(pa.string()), "Return"))
    assert batch["is_return"].equals(pc.less(batch["amount"], 0))
    assert batch["is_zero_price"].equals(pc.equal(batch["amount"], 0))
    assert pc.sum(batch["is_duplicate"]).as_py() == 24
    assert set(pc.unique(pc.cast(batch["ordered_at"], pa.date32())).to_pylist()) == set(
        pc.unique(pc.cast(batches[0]["ordered_at"], pa.date32())).to_pylist()
    )


def test_duplicates_stay_duplicates(batches):
    lines = batches[1].drop_columns(["is_duplicate"]).to_pandas()
    assert (lines.duplicated().to_numpy() == batches[1]["is_duplicate"].to_numpy()).all()


def test_same_seed_same_rows(batches):
    assert next(scaled_order_lines(1_000)).equals(batches[0].slice(0, 1_000))


def test_a_million_rows_take_less_than_a_second(batches):
    start = time.perf_counter()
    assert sum(batch.num_rows for batch in scaled_order_lines(1_000_000)) == 1_000_000
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(("rows", "seed"), [(0, 0), (-5, 0), (10, -1)])
def test_unusable_sizes_are_refused_at_once(rows, seed):
    with pytest.raises(UnusableInput, match="allowed: 1 row or more"):
        scaled_order_lines(rows, seed)
