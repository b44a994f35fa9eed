"""Keys by the set of pieces that they are in."""

import ibis
import numpy as np
import pytest

from retail_panel.crossfilter.piece_sets import BITS, pairs_of, pieces_question


@pytest.mark.parametrize("size", [3, BITS, BITS + 1, 255])
def test_pairs_of_pieces_of_each_key(size):
    rng = np.random.default_rng(size)
    lines = {(int(key), int(piece), int(kind)) for key, piece, kind in zip(
        rng.integers(0, 30, 200), rng.choice([0, size - 1, *rng.integers(0, size, 9)], 200), rng.integers(0, 2, 200),
        strict=True)}  # fmt: skip
    rows = [{"counted": None if key == 7 else key, "piece": piece, "kind": kind} for key, piece, kind in lines]
    seen = ibis.memtable(rows, schema={"counted": "int64", "piece": "uint8", "kind": "uint8"})
    answer = ibis.duckdb.connect().to_pyarrow(pieces_question(seen, size, ["kind"]))
    expected = np.zeros((size + 1, size, 2))
    for key, kind in {(x[0], x[2]) for x in lines if x[0] != 7}:
        before = 0
        for piece in sorted(x[1] for x in lines if (x[0], x[2]) == (key, kind)):
            expected[before, piece, kind] += 1
            before = piece + 1
    assert (pairs_of(answer, size, (2,), answer["kind"].to_numpy()) == expected).all()
    alone = np.where(answer["kind"].to_numpy() == 1, 0, -1)
    assert (pairs_of(answer, size, (), alone) == expected[..., 1]).all()
