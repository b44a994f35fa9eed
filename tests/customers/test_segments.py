from collections import Counter
from itertools import product

import pyarrow as pa
import pytest

from retail_panel.customers.segments import INDEX, RULES, SEGMENTS, segment_expression, segment_table

CELLS = list(product(range(1, 6), repeat=3))


def holding(cell):
    within = [(name, zip(cell, ranges, strict=True)) for name, *ranges in RULES]
    return [name for name, pairs in within if all(low <= score <= high for score, (low, high) in pairs)]


@pytest.mark.parametrize("cell", CELLS)
def test_each_cell_lies_in_exactly_one_row(cell):
    assert len(holding(cell)) == 1


def test_every_segment_is_reachable():
    assert {holding(cell)[0] for cell in CELLS} == {segment.name for segment in SEGMENTS}
    assert len(SEGMENTS) == 11


def test_table_and_engine_agree_with_the_rules(empty_store):
    columns = {name: pa.array(scores, pa.int8()) for name, scores in zip("rfm", zip(*CELLS, strict=True), strict=True)}
    cells = empty_store.keep_table("cells", pa.table(columns))
    found = empty_store.ask(cells.select("r", "f", "m", segment=segment_expression(cells.r, cells.f, cells.m)))
    assert str(found.schema.field("segment").type) == "int8"
    table = segment_table()
    for row in found.to_pylist():
        cell = row["r"], row["f"], row["m"]
        assert row["segment"] == INDEX[holding(cell)[0]] == table[tuple(score - 1 for score in cell)]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ((5, 5, 5), "Champions"), ((3, 4, 1), "Loyal"), ((4, 2, 5), "Potential Loyalist"), ((5, 1, 3), "New"),
        ((4, 1, 1), "Promising"), ((3, 3, 3), "Needs Attention"), ((3, 1, 2), "About to Sleep"),
        ((2, 3, 1), "At Risk"), ((1, 5, 5), "Can't Lose"), ((2, 1, 1), "Hibernating"), ((1, 1, 1), "Lost"),
    ],
)  # fmt: skip
def test_typical_cells(cell, name):
    assert holding(cell) == [name]


def test_better_recency_never_makes_a_customer_lost_or_hibernating():
    gone = Counter(cell[0] for cell in CELLS if holding(cell)[0] in ("Lost", "Hibernating"))
    assert set(gone) == {1, 2}
