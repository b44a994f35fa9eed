"""Figures over scored customers: summaries, customers per score, and the profile of each group."""

import pyarrow as pa

from retail_panel.customers.grid import log_columns
from retail_panel.customers.population import Group
from retail_panel.customers.rfm import day_number, day_of, whole_sum
from retail_panel.customers.scores import MEASURES, SCORES
from retail_panel.measures import line_count
from retail_panel.schema import MONEY_SCALE

SCORE_OF = dict(zip(MEASURES, ("r", "f", "m"), strict=True))
#: The scratch table of a population without customers.
EMPTY = pa.schema(
    [("customer_key", pa.int32()), ("recency_days", pa.int32()), ("frequency", pa.int32()), ("monetary", pa.int64())]
    + [("net_sales", pa.int64()), ("first_bought", pa.timestamp("us")), ("sales_rank", pa.int8())]
    + [(name, pa.int8()) for name in ("r", "f", "m", "segment", "cluster")]
).empty_table()


def seen_question(lines, reference_day=None, are_customers_counted=True):
    """Ask what there is in scope.

    Parameters
    ----------
    lines : ibis.Table
        Order lines in scope.
    reference_day : datetime.date, optional
        Day up to which lines are seen; default: the last one.
    are_customers_counted : bool
        Whether to count customers, which takes longer than all else; only without a reference day can it be left out.

    Returns
    -------
    ibis.Table
        One row: ``last_day`` (days since 1970-01-01, null without lines), ``customers`` with any line (up to the
        reference day), ``guest_lines``, ``later_lines`` (after the reference day).
    """
    if reference_day is None:
        counted = {"customers": lines.customer_key.nunique()} if are_customers_counted else {}
        seen = lines.aggregate(
            last=lines.ordered_at.max(), guest_lines=line_count(lines, lines.customer_key.isnull()), **counted
        )
        return seen.select(*counted, "guest_lines", last_day=day_of(seen["last"]), later_lines=0)
    dated = lines.mutate(day=day_of(lines.ordered_at))
    later = dated.day > day_number(reference_day)
    return dated.aggregate(
        last_day=dated.day.max(),
        customers=dated.customer_key.nunique(where=~later),
        guest_lines=line_count(dated, dated.customer_key.isnull() & ~later),
        later_lines=line_count(dated, later),
    )


def summary_question(rfm):
    """Ask for the mean, standard deviation (ddof 1), least, greatest and sum of R, F and M.

    Returns
    -------
    ibis.Table
        One row: ``customers``, and per measure ``{measure}_mean``, ``_std``, ``_min``, ``_max``, ``_total`` (monetary
        in ten-thousandths), and ``_log_std``, the standard deviation on the log scale.
    """
    figures = {"customers": rfm.count()}
    for measure, logarithm in zip(MEASURES, log_columns(rfm), strict=True):
        column = rfm[measure]
        figures |= {
            f"{measure}_mean": column.cast("float64").mean(),
            f"{measure}_std": column.cast("float64").std(how="sample"),
            f"{measure}_min": column.min(),
            f"{measure}_max": column.max(),
            f"{measure}_total": whole_sum(column),
            f"{measure}_log_std": logarithm.std(how="pop"),
        }
    return rfm.aggregate(**figures)


def summary(figures):
    """Return the answer to :func:`summary_question` by measure and figure, money in currency units."""
    by_measure = {}
    for measure in MEASURES:
        scale = MONEY_SCALE if measure == "monetary" else 1
        found = {figure: figures[f"{measure}_{figure}"] for figure in ("mean", "std", "min", "max", "total")}
        by_measure[measure] = {name: None if x is None else x / scale for name, x in found.items()}
    return by_measure


def counts_question(scored):
    """Ask how many customers share scores, segment and cluster, and for their sums.

    Returns
    -------
    ibis.Table
        One row per combination that occurs: ``r``, ``f``, ``m``, ``segment``, ``cluster``, ``customers``, and the sums
        of ``recency_days``, ``frequency``, ``monetary`` and ``net_sales``.
    """
    sums = {column: whole_sum(scored[column]) for column in (*MEASURES, "net_sales")}
    return scored.group_by("r", "f", "m", "segment", "cluster").aggregate(customers=scored.count(), **sums)


def held_scores(counts):
    """Return how many customers hold each score 1 to 5, by measure, from the answer to :func:`counts_question`."""
    held = {}
    for measure, score in SCORE_OF.items():
        found = counts.group_by(score).aggregate([("customers", "sum")]).to_pydict()
        customers = dict(zip(found[score], found["customers_sum"], strict=True))
        held[measure] = {s: customers.get(s, 0) for s in SCORES}
    return held


def groups_of(counts, column, kinds):
    """Return the profile of each group.

    Parameters
    ----------
    counts : pyarrow.Table
        The answer to :func:`counts_question`.
    column : str
        ``segment`` or ``cluster``.
    kinds : sequence
        What has a ``name`` and a ``description``, in the order of the column's index.

    Returns
    -------
    tuple of Group
        One per kind.
    """
    sums = ["customers", *MEASURES, "net_sales"]
    found = counts.group_by(column).aggregate([(name, "sum") for name in sums]).to_pylist()
    rows = {row[column]: [row[f"{name}_sum"] for name in sums] for row in found}
    everyone = sum(row[0] for row in rows.values())
    groups = []
    for i, kind in enumerate(kinds):
        if i not in rows:
            groups.append(Group(kind.name, kind.description, 0, 0.0))
            continue
        customers, recency, frequency, monetary, net = rows[i]
        groups.append(
            Group(
                name=kind.name,
                description=kind.description,
                customers=customers,
                share=customers / everyone,
                recency_days_mean=recency / customers,
                frequency_mean=frequency / customers,
                monetary_mean=monetary / customers / MONEY_SCALE,
                monetary_total=monetary / MONEY_SCALE,
                net_sales=net / MONEY_SCALE,
            )
        )
    return tuple(groups)
