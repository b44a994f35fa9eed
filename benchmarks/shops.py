"""Stock and feedback of the demo's kind, beside any number of order lines of it."""

import numpy as np
import pyarrow as pa

from retail_panel.demo.feedback import demo_feedback
from retail_panel.demo.stock import demo_stock
from retail_panel.schema import FEEDBACK, MONEY_SCALE, STOCK, arrow_schema


def stock(copies):
    """Return counts for shops that sell so many times what the demo's do, with the columns of ``schema.STOCK``."""
    counts = demo_stock()
    counts["on_hand"] = counts.on_hand.astype(float) * copies
    counts["unit_cost"] = np.rint(counts.unit_cost * MONEY_SCALE).astype("int64")
    return _table(counts, STOCK)


def feedback(copies):
    """Yield the answers of each copy's customers, with the columns of ``schema.FEEDBACK``."""
    answers = demo_feedback()
    for number in range(copies):
        own = {name: answers[name] + f"-{number:05d}" for name in ("customer_id", "order_id")}
        yield _table(answers.assign(**own), FEEDBACK)


def _table(frame, columns):
    schema = arrow_schema(columns)
    return pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
