"""Orders: the lines of an order added up, with all that lines of one order commonly share."""

from retail_panel.customers.merged import KEYS
from retail_panel.measures import line_count

SHARED = ("segment", "channel", "tier", "weekday", "hour")


def orders(lines):
    """Ask for lines merged into orders, of which several questions are answered.

    Parameters
    ----------
    lines : ibis.Table
        Order lines in codes: ``order_key``, ``amount``, ``is_return``; ``customer_key``, ``quantity`` and
        ``c_<dimension>`` of :data:`SHARED` where there are such.

    Returns
    -------
    ibis.Table
        One row for what lines of an order have in common, so that an order whose lines differ in it is several: these
        columns, ``amount``, ``moved`` (the absolute amounts of the lines) and ``quantity`` added up as float64, and
        ``merged``, how many lines it stands for.
    """
    keys = [name for name in (*KEYS, *(f"c_{name}" for name in SHARED)) if name in lines.columns]
    units = {"quantity": lines.quantity.cast("float64").sum()} if "quantity" in lines.columns else {}
    # A sum of float64 takes half the time of one of int64, which is a 128-bit number, and whole numbers stay whole.
    return lines.group_by(*keys).aggregate(
        amount=lines.amount.cast("float64").sum(), moved=lines.amount.abs().cast("float64").sum(),
        merged=line_count(lines), **units,
    )  # fmt: skip
