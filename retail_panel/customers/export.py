"""Scored customers for elsewhere: figures as JSON, and a CSV file that a spreadsheet can open without harm."""

import numpy as np
import pyarrow as pa
import pyarrow.csv

from retail_panel.schema import MONEY_SCALE
from retail_panel.spreadsheet import guarded

COLUMNS = "customer_id", "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "segment", "cluster"
PROFILE = "recency_days_mean", "frequency_mean", "monetary_mean", "monetary_total", "net_sales"


def customers_question(population, customers):
    """Ask for the scored customers by name.

    Parameters
    ----------
    population : Population
        Outcome of the pipeline.
    customers : ibis.Table
        The store's customers.

    Returns
    -------
    ibis.Table
        One row per scored customer, in the order of their keys: the population's table with ``customer_id``.
    """
    scored = population.table
    names = customers.select("customer_key", "customer_id")
    return scored.left_join(names, "customer_key").select(*scored.columns, "customer_id").order_by("customer_key")


def customers_table(population, answer):
    """Turn the answer to :func:`customers_question` into the table of the file.

    Returns
    -------
    pyarrow.Table
        One row per scored customer: ``customer_id`` (guarded), ``recency_days``, ``frequency``, ``monetary`` (currency
        units), ``r_score``, ``f_score``, ``m_score``, and the names of ``segment`` and ``cluster``.
    """
    named = {
        "customer_id": pa.array([guarded(name) for name in answer["customer_id"].to_pylist()], pa.string()),
        "recency_days": answer["recency_days"],
        "frequency": answer["frequency"],
        "monetary": answer["monetary"].to_numpy() / MONEY_SCALE,
        "r_score": answer["r"],
        "f_score": answer["f"],
        "m_score": answer["m"],
        "segment": _names(population.segments, answer["segment"]),
        "cluster": _names(population.clusters, answer["cluster"]),
    }
    return pa.table(named)


def _names(groups, index):
    return pa.array([group.name for group in groups], pa.string()).take(pa.array(index.to_numpy().astype(np.int64)))


def write_customers(path, table):
    """Write the table as CSV in UTF-8 with a header.

    Parameters
    ----------
    path : str or pathlib.Path
        File to make or replace.
    table : pyarrow.Table
        From :func:`customers_table`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    pa.csv.write_csv(table, path)


def figures(population, returns="subtract"):
    """Return the outcome as a dict that JSON can hold.

    Parameters
    ----------
    population : Population
        Outcome of the pipeline.
    returns : str
        The definition's ``returns``: where they count as purchases, a group's ``net_sales`` counts them so as well.

    Returns
    -------
    dict
        Days as ISO text, money in currency units, figures rounded to 4 digits; ``k``, ``silhouette`` and ``inertia``
        are the clusters', whichever method made the ``segments``, of which those without customers are left out.
    """
    clustering = population.clustering
    return {
        "method": population.method,
        "k": clustering.k if clustering else 0,
        "reference_day": population.reference_day.isoformat() if population.reference_day else None,
        "definition": population.definition,
        "customers": population.customers,
        "returns_only": population.returns_only,
        "guest_lines": population.guest_lines,
        "rfm": {m: {name: _rounded(x) for name, x in found.items()} for m, found in population.rfm.items()},
        "scores": {m: {str(score): n for score, n in held.items()} for m, held in population.held.items()},
        "silhouette": {str(k): _rounded(x) for k, x in (clustering.silhouette_ if clustering else {}).items()},
        "inertia": {str(k): _rounded(x) for k, x in (clustering.inertia_ if clustering else {}).items()},
        "segments": [
            {"name": group.name, "customers": group.customers, "share": group.share}
            | {name: _rounded(getattr(group, name)) for name in PROFILE}
            | ({"net_sales": _rounded(group.monetary_total)} if returns == "count" else {})
            for group in population.groups
        ],
        "notes": list(population.notes),
    }


def _rounded(figure):
    return None if figure is None else round(float(figure), 4)
