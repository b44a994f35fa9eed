"""Order lines of days that were rolled up, a row of which stands for several (:mod:`retail_panel.store.retention`)."""

import ibis

#: Columns of such rows; tables of lines that have none of them may lack the columns.
MERGED, COST = "merged", "merged_cost"


def line_number(lines):
    """Return how many order lines each row stands for: 1 but where days were rolled up."""
    return lines[MERGED].fill_null(1) if MERGED in lines.columns else lines.order_key.notnull().cast("int8")


def line_count(lines, where=None):
    """Count order lines, as int64, those that were rolled up one by one.

    Parameters
    ----------
    lines : ibis.Table
    where : ibis.BooleanColumn, optional
        Which rows count.
    """
    if MERGED not in lines.columns:
        return lines.count(where=where)
    counted = line_number(lines) if where is None else ibis.ifelse(where, line_number(lines), 0)
    return counted.cast("int64").sum().fill_null(0).cast("decimal(38, 0)").cast("int64")


def as_it_came(lines):
    """Return whether a row is one order line, of which everything is known."""
    return lines[MERGED].isnull() if MERGED in lines.columns else ibis.literal(True)


def single_amount(lines):
    """Return the amount of a single order line; null where it is not known any more."""
    return ibis.ifelse(as_it_came(lines), lines.amount, None) if MERGED in lines.columns else lines.amount


def cost(lines):
    """Return the cost of goods; negative on a return."""
    single = lines.unit_cost * lines.quantity
    return ibis.coalesce(lines[COST], single) if COST in lines.columns else single
