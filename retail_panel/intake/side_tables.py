"""Cleaning of stock counts and feedback."""

import numpy as np
import pyarrow as pa

from retail_panel.intake import dates
from retail_panel.intake.columns import Columns
from retail_panel.intake.faults import EMPTY_ROW, Faults
from retail_panel.intake.numbers import READ, STATUS_WORDS
from retail_panel.schema import FEEDBACK, STOCK

#: Scale -> lowest and highest score.
SCALES = {"CSAT": (1, 5), "NPS": (0, 10)}


def clean_side_table(block, plan):
    """Clean one block of stock or feedback.

    Parameters
    ----------
    block : Block
    plan : Plan
        Of table ``stock`` or ``feedback``.

    Returns
    -------
    tuple of (pyarrow.Table, pyarrow.Table)
        Clean rows and rows set aside.
    """
    columns, faults = Columns(block.rows, plan), Faults(block.rows.num_rows)
    faults.add(columns.empty(), EMPTY_ROW)
    values = (_stock if plan.table == "stock" else _feedback)(columns, faults)
    table = STOCK if plan.table == "stock" else FEEDBACK
    rows = pa.table({c.name: values[c.name] if c.name in values else columns.coded(c.name).as_arrow() for c in table})
    return rows.filter(pa.array(faults.good)), faults.quarantine(block)


def _time(columns, faults, role):
    micros, status = columns.times(role)
    faults.add_status(status, columns.coded(role).present, dates.STATUS_WORDS, "time", columns.plan.roles[role])
    return micros


def _number(columns, faults, role, what):
    read = columns.numbers(role)
    faults.add_status(read.status, columns.coded(role).present, STATUS_WORDS, what, columns.plan.roles[role])
    return read


def _stock(columns, faults):
    micros = _time(columns, faults, "day")
    faults.add(~columns.coded("product").present, "product is missing", columns.plan.roles["product"])
    on_hand = _number(columns, faults, "on_hand", "stock on hand")
    cost = columns.numbers("unit_cost")
    return {
        "day": pa.array((micros // 86_400_000_000).astype(np.int32), pa.date32()),
        "on_hand": pa.array(on_hand.as_float()),
        "unit_cost": pa.array(np.abs(cost.as_money()), mask=cost.status != READ),
    }


def _feedback(columns, faults):
    micros = _time(columns, faults, "given_at")
    read = _number(columns, faults, "score", "score")
    score, scale = read.as_float(), columns.coded("scale")
    names = np.array([_scale(text) for text in scale.texts.to_pylist()], object)
    names = scale.spread(names, None)
    faults.add(names == None, "scale is neither CSAT nor NPS", columns.plan.roles.get("scale"))  # noqa: E711
    for name, (low, high) in SCALES.items():
        wrong = (names == name) & ~((score >= low) & (score <= high) & (score % 1 == 0))
        faults.add(
            wrong & (read.status == READ),
            f"score is not a whole number from {low} to {high} as {name} needs",
            columns.plan.roles["score"],
        )
    whole = np.where(faults.good, np.nan_to_num(score), 0).astype(np.int16)
    return {
        "given_at": pa.array(micros, pa.timestamp("us")),
        "score": pa.array(whole),
        "scale": pa.array(names.tolist(), pa.string()).dictionary_encode(),
    }


def _scale(text):
    letters = text.upper()
    return next((name for name in SCALES if name in letters), None)
