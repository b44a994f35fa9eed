"""Exports that write an order's own columns on its first line only: they are carried down to its other lines."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.intake.block import as_text


def carried_down(block, plan, state):
    """Fill blank order columns from the first line of the same order.

    Parameters
    ----------
    block : Block
    plan : Plan
        Its `carry` names the roles to fill.
    state : dict
        What the last block ended with; changed in place.

    Returns
    -------
    Block
        The same rows, filled.
    """
    rows, size = block.rows, block.rows.num_rows
    if not size or not plan.carry or "order_id" not in plan.roles:
        return block
    orders = pc.utf8_trim_whitespace(as_text(rows[plan.roles["order_id"]])).fill_null("")
    before = pa.concat_arrays([pa.array([state.get("order", "")], pa.string()), orders.slice(0, size - 1)])
    starts = np.asarray(pc.not_equal(orders, before)) | np.asarray(pc.equal(orders, ""))
    origin = np.maximum.accumulate(np.where(starts, np.arange(1, size + 1), 0))
    for role in plan.carry:
        name = plan.roles[role]
        texts = as_text(rows[name])
        first = pa.concat_arrays([pa.array([state.get(name)], pa.string()), texts]).take(pa.array(origin))
        blank = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(texts), ""), True)
        texts = pc.if_else(pc.and_(blank, pa.array(~starts)), first, texts)
        rows = rows.set_column(rows.column_names.index(name), name, texts)
        state[name] = texts[-1].as_py()
    state["order"] = orders[-1].as_py()
    return replace(block, rows=rows)
