"""The audience of a segment, a cluster or a selection: its customers by id, a stream of small tables."""

import datetime as dt
from itertools import zip_longest

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.customers.rfm import day_number
from retail_panel.export.table_file import write_table
from retail_panel.schema import MONEY_SCALE

#: Customers in a part of the stream.
PART = 50_000
UNITS = {"recency_days": "days", "frequency": "count", "monetary": "money", "net_sales": "money"}
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("recency_days", pa.int32()),
        ("frequency", pa.int32()),
        ("monetary", pa.float64()),
        ("net_sales", pa.float64()),
        ("r_score", pa.int8()),
        ("f_score", pa.int8()),
        ("m_score", pa.int8()),
        ("segment", pa.string()),
        ("cluster", pa.string()),
        ("last_day", pa.date32()),
    ]
)


def audience(ask, population, customers, members=None, segments=None, clusters=None, part=PART):
    """Return the customers by id, in the order of their keys.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    population : Population
        Outcome of the pipeline.
    customers : ibis.Table
        The store's customers.
    members : ibis.Table, optional
        A table with a ``customer_key``, such as the order lines of a selection: only its customers are kept.
    segments, clusters : collection of int, optional
        Indexes in ``population.segments`` and ``population.clusters`` to keep; None keeps all.
    part : int
        Most customers in one table.

    Yields
    ------
    pyarrow.Table
        One row a scored customer, with the columns of :data:`SCHEMA`: money in currency units, names of segment and
        cluster, ``last_day`` the day of the last purchase. At least one table, which is empty where nobody is left.
    """
    kept = population.table
    for column, chosen in (("segment", segments), ("cluster", clusters)):
        if chosen is not None:
            kept = kept.filter(kept[column].isin([int(index) for index in chosen]))
    if members is not None:
        kept = kept.semi_join(members.filter(members.customer_key.notnull()), "customer_key")
    numbered = kept.select("customer_key", place=ibis.row_number().over(order_by=kept.customer_key))
    starts = numbered.filter(numbered.place % part == 0).order_by("place")
    keys = ask(starts)["customer_key"].to_pylist()
    if not keys:
        yield SCHEMA.empty_table()
    names = customers.select("customer_key", "customer_id")
    for low, high in zip_longest(keys, keys[1:]):
        among = kept.filter(kept.customer_key >= low, *([] if high is None else [kept.customer_key < high]))
        question = among.left_join(names, "customer_key").select(*kept.columns, names.customer_id)
        yield _named(population, ask(question.order_by("customer_key")))


def write_audience(target, kind, ask, population, customers, members=None, segments=None, clusters=None):
    """Write the customers as a file, part by part.

    Parameters
    ----------
    target, kind
        As in :func:`retail_panel.export.write_table`.
    ask, population, customers, members, segments, clusters
        As in :func:`audience`.

    Returns
    -------
    int
        Customers written.
    """
    parts = audience(ask, population, customers, members, segments, clusters)
    return write_table(target, kind, parts, UNITS, "Customers")


def _named(population, answer):
    columns = {name: answer[name] for name in ("customer_id", "recency_days", "frequency")}
    columns |= {name: pc.divide(answer[name].cast(pa.float64()), MONEY_SCALE) for name in ("monetary", "net_sales")}
    columns |= {f"{score}_score": answer[score] for score in ("r", "f", "m")}
    columns |= {name: _names(getattr(population, f"{name}s"), answer[name]) for name in ("segment", "cluster")}
    reference = day_number(population.reference_day or dt.date(1970, 1, 1))
    columns["last_day"] = pa.array((reference - answer["recency_days"].to_numpy()).astype(np.int32)).cast(pa.date32())
    return pa.table(columns).cast(SCHEMA)


def _names(groups, index):
    return pa.array([group.name for group in groups], pa.string()).take(pa.array(index.to_numpy().astype(np.int64)))
