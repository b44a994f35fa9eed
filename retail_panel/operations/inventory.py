"""Stock by category, store or product: how fast it turns, how long it lasts, where it runs out."""

from types import SimpleNamespace

import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.figures import figures

ALLOWED = ("brand", "store", "category", "product")
#: The measures of :mod:`retail_panel.measures.inventory` that are shown.
SHOWN = (
    "inventory_turnover",
    "days_of_supply",
    "weeks_of_cover",
    "sell_through",
    "stock_out_rate",
    "gmroi",
    "average_stock_value",
    "closing_stock",
    "counted_units",
    "counted_cost",
    "counted_margin",
    "stock_outs",
    "stock_counts",
)


def inventory(ask, tables, by=None):
    """Return the figures of stock.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns.
    by : str, optional
        ``brand``, ``store``, ``category`` or ``product``; None gives the whole.

    Returns
    -------
    pandas.DataFrame
        One row a value that was counted, largest average stock at cost first, then by value: ``value`` (None for the
        whole) and the measures :data:`SHOWN`, defined where they are recorded; money in currency units, NaN where there
        is nothing to divide by or no cost is known. No row where stock is not in scope or was never counted.

    Raises
    ------
    UnusableInput
        If ``by`` is no column that both stock and order lines have.
    """
    if by is not None and by not in ALLOWED:
        raise UnusableInput(f"stock by {by!r}: allowed: {', '.join(ALLOWED)}")
    columns = ["value", *SHOWN]
    if "stock" not in tables:
        return pd.DataFrame(columns=columns)
    # Figures ask a store under a policy; whoever made ``ask`` has seen to both.
    asking = SimpleNamespace(ask=lambda question, policy, ticket: ask(question))
    found = figures(asking, tables, SHOWN, by)
    rows = pd.DataFrame(found if by else [{"value": None, **found}], columns=columns)
    rows = rows.astype(dict.fromkeys(SHOWN, float))
    rows = rows[rows.stock_counts > 0]
    rows["at_cost"] = rows.average_stock_value.fillna(0)
    return rows.sort_values(["at_cost", "value"], ascending=[False, True], ignore_index=True)[columns]
