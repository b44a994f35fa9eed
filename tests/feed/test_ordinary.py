import numpy as np
import pyarrow as pa

from retail_panel.feed import MessageReader
from retail_panel.feed.ordinary import ordinary_amounts
from retail_panel.intake import inspect


def test_limits_are_those_of_a_file_with_the_same_amounts(empty_store, order_lines, tmp_path):
    amounts = (np.exp(np.linspace(1.0, 4.0, 200)) * 100).astype(np.int64) * 100
    lines = order_lines([1] * 200)
    at = lines.schema.get_field_index("amount")
    empty_store.append(lines.set_column(at, lines.schema.field(at), pa.array(amounts)))
    file = tmp_path / "shop.csv"
    file.write_text("order_date,amount\n" + "".join(f"2024-05-01,{amount / 10_000:.2f}\n" for amount in amounts))
    low, high = ordinary_amounts(empty_store)
    rule = inspect(file).to_dict()["outlier_rule"]
    assert f"below {low / 10_000:,.4f} or above {high / 10_000:,.2f}" in rule
    over = b'{"ordered_at": "2024-05-01", "amount": %d}' % (high // 10_000 + 1)
    arrival = MessageReader("till", limits=(low, high)).read([over], str)
    assert arrival.lines.column("is_outlier").to_pylist() == [True]


def test_an_empty_store_marks_nothing(empty_store):
    assert ordinary_amounts(empty_store) is None
