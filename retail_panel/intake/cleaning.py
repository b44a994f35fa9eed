"""Cleaning: a block of raw rows in, a clean batch and the rows set aside out; fast for small blocks as well."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from retail_panel.intake import dates
from retail_panel.intake.amounts import worth
from retail_panel.intake.columns import Columns
from retail_panel.intake.duplicates import second_copies
from retail_panel.intake.faults import EMPTY_ROW, Faults
from retail_panel.intake.kinds import RETURN, decide_kinds
from retail_panel.intake.numbers import READ
from retail_panel.intake.side_tables import clean_side_table
from retail_panel.schema import KINDS, ORDER_LINE

TEXT_COLUMNS = (
    "brand",
    "order_id",
    "customer_id",
    "channel",
    "store",
    "country",
    "category",
    "product",
    "description",
    "tier",
    "currency",
)
OPTIONAL_NUMBERS = ("quantity", "list_amount", "list_price", "discount", "unit_cost")


@dataclass(frozen=True)
class Cleaned:
    """A block after cleaning.

    `rows` is a clean batch of the plan's table, `quarantine` the rows set aside, `counts` how many rows were found to
    be something that the batch does not show, and `unreadable` {source column: (rows, example)} of optional values
    that were left out.
    """

    rows: pa.Table
    quarantine: pa.Table
    counts: dict = field(default_factory=dict)
    unreadable: dict = field(default_factory=dict)


def clean(block, plan, is_duplicate=None):
    """Clean one block.

    Parameters
    ----------
    block : Block
        Raw rows, all text.
    plan : Plan
        What was decided about the source.
    is_duplicate : ndarray of bool, optional
        Which rows repeat an earlier row of the whole source; by default those that repeat one of the block.

    Returns
    -------
    tuple of (pyarrow.Table, pyarrow.Table)
        Clean rows as the schema of the plan's table (texts dictionary encoded) and rows set aside as
        ``schema.QUARANTINE``; together they are all rows of the block.
    """
    cleaned = clean_block(block, plan, is_duplicate)
    return cleaned.rows, cleaned.quarantine


def clean_block(block, plan, is_duplicate=None):
    """Clean one block and say what was found; see :func:`clean`.

    Returns
    -------
    Cleaned
    """
    if plan.table != "order_line":
        return Cleaned(*clean_side_table(block, plan))
    columns, faults = Columns(block.rows, plan), Faults(block.rows.num_rows)
    faults.add(columns.empty(), EMPTY_ROW)
    micros, status = columns.times("ordered_at")
    faults.add_status(status, columns.coded("ordered_at").present, dates.STATUS_WORDS, "time", plan.roles["ordered_at"])
    found = worth(columns, faults)
    kinds, adjustment = decide_kinds(columns, found.amount, found.list_amount)
    returned = kinds == RETURN
    turned = returned & (found.amount > 0) if plan.turn_returns else np.zeros(columns.size, bool)
    amount = np.where(turned, -found.amount, found.amount)
    quantity = np.where(returned & (amount <= 0), -np.abs(found.quantity), found.quantity)
    listed = np.where(amount < 0, -np.abs(found.list_amount), found.list_amount)
    cost = columns.numbers("unit_cost")
    if is_duplicate is None:
        is_duplicate = second_copies(block.rows)
    low, high = plan.limits or (0, np.iinfo(np.int64).max)
    size = np.abs(amount)
    values = {name: text.as_arrow() for name, text in _texts(columns).items()}
    values |= {
        "ordered_at": pa.array(micros, pa.timestamp("us")),
        "kind": pa.DictionaryArray.from_arrays(kinds.astype(np.int32), pa.array(KINDS)),
        "quantity": pa.array(quantity, mask=np.isnan(quantity)),
        "amount": pa.array(amount),
        "list_amount": pa.array(listed, mask=~found.has_list),
        "unit_cost": pa.array(np.abs(cost.as_money()), mask=cost.status != READ),
        "is_return": pa.array(returned),
        "is_duplicate": pa.array(is_duplicate),
        "is_zero_price": pa.array(found.zero_price),
        "is_adjustment": pa.array(adjustment),
        "is_outlier": pa.array((size > 0) & ((size < low) | (size > high))),
    }
    rows = pa.table({column.name: values[column.name] for column in ORDER_LINE})
    good = faults.good
    counts = {
        "turned_rows": int((turned & good).sum()),
        "turned_amount": int(-amount[turned & good].sum()),
        "negative_price_rows": int((found.negative_price & good).sum()),
        "positive_return_rows": int((returned & (amount > 0) & good).sum()),
    }
    rows = rows if good.all() else rows.filter(pa.array(good))
    return Cleaned(rows, faults.quarantine(block), counts, _unreadable(columns, good))


def _texts(columns):
    """Return the text columns by name, with what a layout fills in and currencies that amounts carry as a sign."""
    plan = columns.plan
    texts = {name: columns.coded(name) for name in TEXT_COLUMNS}
    if not columns.has("product") and columns.has("description"):
        texts["product"] = texts["description"]
    for role, other in plan.fill.items():
        if columns.has(role) and columns.has(other):
            texts[role] = _filled(texts[role], texts[other])
    if not columns.has("currency"):
        for role in ("amount", "price"):
            signs = columns.currency_signs(role) if role in plan.roles else None
            if signs is not None:
                texts["currency"] = signs
                break
    return texts


def _filled(coded, other):
    codes = np.where(coded.present, coded.codes, np.where(other.present, other.codes + len(coded.texts), -1))
    merged = pa.concat_arrays([coded.texts, other.texts]).dictionary_encode()
    return type(coded)(np.append(np.asarray(merged.indices), -1).astype(np.int32)[codes], merged.dictionary)


def _unreadable(columns, good):
    """Return {source column: (rows, example)} of optional numbers that are there and cannot be read."""
    unreadable = {}
    for role in OPTIONAL_NUMBERS:
        if role not in columns.plan.roles:
            continue
        coded = columns.coded(role)
        bad = good & coded.present & (columns.numbers(role).status != READ)
        if bad.any():
            example = coded.texts[int(coded.codes[np.argmax(bad)])].as_py()[:80]
            unreadable[columns.plan.roles[role]] = (int(bad.sum()), example)
    return unreadable
