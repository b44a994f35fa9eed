"""What sells best in the last while, beside the same while of usual days."""

import pandas as pd

from retail_panel.customers.rfm import day_of
from retail_panel.schema import MONEY_SCALE


def leaders(ask, lines, moment, dimension, labels, minutes=60, most=8):
    """Return the values of a dimension that sell most now.

    Parameters
    ----------
    ask : callable
    lines : ibis.Table
        Columns: ordered_at, amount, ``c_<dimension>``.
    moment : Moment
        Now, where the while ends; it begins at midnight at the earliest.
    dimension : str
    labels : sequence of str
        Words of the dimension's codes.
    minutes : int
        Length of the while.
    most : int
        Rows at most.

    Returns
    -------
    pandas.DataFrame
        ``label``, ``now`` (net sales of the while) and ``usual`` (mean over the usual days; nan without any), money,
        the best first; no row for what did not sell now.
    """
    at = lines.ordered_at
    lines = lines.mutate(day=day_of(at), minute=at.hour() * 60 + at.minute(), code=lines[f"c_{dimension}"])
    lines = lines.filter(
        lines.day.isin(moment.numbers), lines.minute > moment.minute - minutes, lines.minute <= moment.minute,
        lines.code < len(labels),
    )  # fmt: skip
    is_today, money = lines.day == moment.numbers[0], lines.amount.cast("float64") / MONEY_SCALE
    found = ask(lines.group_by("code").aggregate(
        now=is_today.ifelse(money, 0.0).sum(), usual=is_today.ifelse(0.0, money).sum(),
        lines=is_today.cast("int64").sum(),
    )).to_pandas()  # fmt: skip
    found = found[found.lines > 0].sort_values(["now", "code"], ascending=[False, True]).head(most)
    days = len(moment.usual)
    usual = found.usual / days if days else pd.Series(float("nan"), found.index)
    return pd.DataFrame(
        {"label": [labels[code] for code in found.code], "now": found.now.to_numpy(), "usual": usual.to_numpy()}
    )
