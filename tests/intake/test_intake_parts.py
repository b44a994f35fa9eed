"""Pieces of intake on their own: records, duplicates, outliers, distinct counts, reading ahead."""

import numpy as np
import pyarrow as pa
import pytest

from retail_panel.intake.ahead import ahead
from retail_panel.intake.distinct import Distinct, hash_texts
from retail_panel.intake.duplicates import Copies, second_copies
from retail_panel.intake.outliers import AmountSpread, rule_in_words
from retail_panel.intake.recognise import normal
from retail_panel.intake.records import last_record_end, scan, split_fields


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"a,b\nc", 4), (b"a,b", 0), (b'a,"b\nc', 0), (b'x\na,"b\nc', 2), (b'a,"b\nc"\nd', 8), (b'a 12" b\nc', 8),
        (b'"a""\n"\nb', 7), (b'"a"\n"b', 4),
    ],
)  # fmt: skip
def test_where_the_last_whole_record_ends(text, end):
    assert last_record_end(text, b",") == end
    walked = [stop for _, stop, closed in scan(text, b",") if closed]
    assert (walked[-1] if walked else 0) == end


def test_fields():
    assert split_fields('a,"b, ""c""",,"d"e', ",") == ["a", 'b, "c"', "", "de"]
    assert split_fields("a;'b;c'", ";") == ["a", "'b", "c'"]


@pytest.mark.parametrize("steady", [True, False])
def test_copies_over_blocks_are_those_of_one_table(steady):
    values = np.random.default_rng(1).integers(0, 300, 1_000).astype(str).tolist()
    table = pa.table({"a": values, "b": ["x"] * 1_000})
    blocks = [table.slice(start, 130) for start in range(0, 1_000, 130)]
    copies = Copies(steady)
    for block in blocks:
        copies.add(block)
    copies.settle()
    for _ in range(2):
        copies.rewind()
        marked = np.concatenate([copies.mark(block) for block in blocks])
    seen, expected = set(), []
    for value in values:
        expected.append(value in seen)
        seen.add(value)
    assert marked.tolist() == expected
    assert second_copies(table).tolist() == expected


def test_outliers_by_median_and_spread_of_the_logarithm():
    amounts = np.exp(np.random.default_rng(2).normal(np.log(200_000), 1.0, 100_000)).astype(np.int64)
    spread = AmountSpread()
    for part in np.array_split(amounts, 7):
        spread.add(-part)
    low, high = spread.limits(3.0)
    assert np.log(high / 200_000) == pytest.approx(3.0, abs=0.05)
    assert np.log(low / 200_000) == pytest.approx(-3.0, abs=0.05)
    assert "above" in rule_in_words((low, high), 3.0)


def test_no_outliers_where_amounts_do_not_spread():
    spread = AmountSpread()
    assert spread.limits(5.0) is None
    spread.add(np.full(100, 10_000))
    assert spread.limits(5.0) is None
    assert "none is marked" in rule_in_words(None, 5.0)


def test_distinct_counts_over_blocks():
    distinct = Distinct()
    for start in range(0, 500_000, 50_000):
        distinct.add(hash_texts(pa.array([str(n // 3) for n in range(start, start + 50_000)])))
    assert len(distinct) == 166_667


def test_reading_ahead_keeps_order_passes_errors_on_and_stops():
    def numbers():
        yield from range(5)
        raise ValueError("five")

    seen = []
    with pytest.raises(ValueError, match="five"):
        for number in ahead(numbers()):
            seen.append(number)
    assert seen == [0, 1, 2, 3, 4]
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    blocks = ahead(endless())
    next(blocks)
    blocks.close()
    assert closed == [True]


def test_names():
    names = ["InvoiceNo", "Invoice No.", "ORDER_ID", "customerID", "Order #", "Lineitem compare at price"]
    assert [normal(name) for name in names] == [
        "invoice_no", "invoice_no", "order_id", "customer_id", "order", "lineitem_compare_at_price",
    ]  # fmt: skip
