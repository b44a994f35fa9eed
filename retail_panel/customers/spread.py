"""Spread: mean, deviation and quartiles of R, F and M, of everybody and group by group."""

import ibis
import pandas as pd

from retail_panel.customers.scores import MEASURES
from retail_panel.schema import MONEY_SCALE

QUARTILES = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}
FIGURES = ("mean", "std", "min", *QUARTILES, "max")
COLUMNS = ("group", "measure", "customers", *FIGURES)


def spread(ask, scored, by="segment"):
    """Ask for the summary statistics of R, F and M.

    Parameters
    ----------
    ask : callable
        Takes an ibis question, returns a pyarrow.Table.
    scored : ibis.Table
        Scored customers, one row a customer: ``recency_days``, ``frequency``, ``monetary`` (ten-thousandths of the
        currency unit) and the column ``by``.
    by : str
        ``segment``, ``cluster``, or any other column of ``scored``.

    Returns
    -------
    pandas.DataFrame
        One row per group and measure, everybody first and then by group, with ``group`` (the value found; None for
        everybody), ``measure``, ``customers``, ``mean``, ``std`` (divides by n - 1; NaN for one customer), ``min``,
        ``lower_quartile``, ``median``, ``upper_quartile`` (exact, interpolated linearly between neighbours as pandas
        does) and ``max``; days, purchases, and currency units. No rows without customers.

    Source
    ------
    Hyndman, Fan (1996), Sample Quantiles in Statistical Packages, definition 7.
    """
    rows = ask(spread_question(scored, by)).to_pylist()
    rows = [row for row in rows if row["customers"]]
    rows.sort(key=lambda row: (not row["is_everybody"], row["group"]))
    found = [_figures(row, measure) for row in rows for measure in MEASURES]
    # As objects first, or pandas would turn whole numbers beside None into floats.
    kinds = {"customers": "int64", **dict.fromkeys(FIGURES, "float64")}
    return pd.DataFrame({name: pd.Series([row[name] for row in found], dtype=object) for name in COLUMNS}).astype(kinds)


def spread_question(scored, by):
    """Ask for the figures of every group and of everybody at once.

    Returns
    -------
    ibis.Table
        One row per group and one for everybody: ``group``, ``is_everybody``, ``customers``, and per measure its
        ``_mean``, ``_std``, ``_min``, ``_max`` and ``_quartiles`` (a list of three), monetary in ten-thousandths.
    """
    figures = {"customers": scored.count()}
    for measure in MEASURES:
        column = scored[measure].cast("float64")
        figures |= {
            f"{measure}_mean": column.mean(),
            f"{measure}_std": column.std(how="sample"),
            f"{measure}_min": column.min(),
            f"{measure}_max": column.max(),
            f"{measure}_quartiles": column.quantile(list(QUARTILES.values())),
        }
    group = scored[by]
    groups = scored.aggregate(by={"group": group}, **figures)
    everybody = scored.aggregate(**figures)
    return ibis.union(
        groups.select(groups.group, *figures, is_everybody=False),
        everybody.select(*figures, group=ibis.null(group.type()), is_everybody=True).select(
            "group", *figures, "is_everybody"
        ),
    )


def _figures(row, measure):
    scale = MONEY_SCALE if measure == "monetary" else 1
    found = {name: row[f"{measure}_{name}"] for name in ("mean", "std", "min", "max")}
    found |= dict(zip(QUARTILES, row[f"{measure}_quartiles"], strict=True))
    shown = {name: None if value is None else value / scale for name, value in found.items()}
    group = None if row["is_everybody"] else row["group"]
    return {"group": group, "measure": measure, "customers": row["customers"], **shown}
