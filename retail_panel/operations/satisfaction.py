"""CSAT and NPS with their intervals: over time, by any column of the answers, and by segment."""

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace

import pandas as pd

from retail_panel.errors import UnusableInput
from retail_panel.figures import figures
from retail_panel.operations.answers import nps_interval, share_interval

COUNTED = ("responses", "csat_responses", "satisfied", "nps_responses", "promoters", "detractors")
COLUMNS = ("value", *COUNTED, "csat", "csat_low", "csat_high", "csat_mean", "nps", "nps_low", "nps_high")


@dataclass(frozen=True)
class Satisfaction:
    """What customers answered.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a value: ``value``, ``responses``, ``csat_responses``, ``satisfied``, ``nps_responses``, ``promoters``,
        ``detractors``; ``csat`` (share of answers of 4 or 5) with ``csat_low`` and ``csat_high``, ``csat_mean`` (1 to
        5), ``nps`` (-100 to 100) with ``nps_low`` and ``nps_high``: 95 % intervals. NaN where nobody answered.
    left_out : int
        Answers that have no value: of guests, or of customers who were not scored.
    """

    rows: pd.DataFrame = field(repr=False)
    left_out: int = 0


def satisfaction(ask, tables, by=None):
    """Return CSAT and NPS, of the whole or by a column.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns.
    by : str, optional
        Column of the answers, such as ``channel``, ``store`` or ``brand``.

    Returns
    -------
    Satisfaction
        Most answers first, then by value; without ``by`` one row, whose value is None. No row where feedback is not in
        scope.

    Raises
    ------
    UnusableInput
        If the answers have no such column.
    """
    if "feedback" not in tables:
        return Satisfaction(_shown([]))
    feedback = tables["feedback"]
    if by is not None and by not in feedback.columns:
        raise UnusableInput(f"answers by {by!r}: allowed: {', '.join(feedback.columns)}")
    if by is None:
        return Satisfaction(_shown([{"value": None, **_counted(ask, feedback)}]))
    return Satisfaction(_shown(_counted(ask, feedback.filter(feedback[by].notnull()), by)), _missing(ask, feedback, by))


def satisfaction_by_month(ask, tables):
    """Return CSAT and NPS of each month, as :func:`satisfaction` does.

    Returns
    -------
    Satisfaction
        By month, ``value`` being its first day (:class:`datetime.date`); months without answers between the first and
        the last are there.
    """
    if "feedback" not in tables:
        return Satisfaction(_shown([]))
    found = _counted(ask, tables["feedback"], lambda t: t.given_at.truncate("M").date())
    rows = {row["value"]: row for row in found if row["value"] is not None}
    if not rows:
        return Satisfaction(_shown([]))
    month, last = min(rows), max(rows)
    months = []
    while month <= last:
        months.append(rows.get(month, {"value": month, **dict.fromkeys(COUNTED, 0)}))
        month = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return Satisfaction(_shown(months, is_sorted=True))


def satisfaction_by_group(ask, tables, scored, column="segment"):
    """Return CSAT and NPS of each segment or cluster, as :func:`satisfaction` does.

    Parameters
    ----------
    scored : ibis.Table
        Scored customers: ``customer_key`` and ``column``.
    column : str
        ``segment`` or ``cluster``.

    Returns
    -------
    Satisfaction
        By index.
    """
    if "feedback" not in tables:
        return Satisfaction(_shown([]))
    feedback = tables["feedback"]
    grouped = feedback.inner_join(scored.select("customer_key", group_=scored[column]), "customer_key")
    rows = sorted(_counted(ask, grouped, "group_"), key=lambda row: row["value"])
    answered = ask(feedback.aggregate(answers=feedback.score.count()))["answers"][0].as_py()
    return Satisfaction(_shown(rows, is_sorted=True), answered - sum(row["responses"] for row in rows))


def _counted(ask, feedback, by=None):
    # Figures ask a store under a policy; whoever made ``ask`` has seen to both.
    asking = SimpleNamespace(ask=lambda question, policy, ticket: ask(question))
    return figures(asking, {"feedback": feedback}, (*COUNTED, "csat", "csat_mean", "nps"), by)


def _missing(ask, feedback, by):
    without = feedback.filter(feedback[by].isnull())
    return ask(without.aggregate(answers=without.score.count()))["answers"][0].as_py()


def _shown(found, is_sorted=False):
    rows = pd.DataFrame(found, columns=list(COLUMNS)).astype(dict.fromkeys(COUNTED, int))
    rows = rows.astype(dict.fromkeys(COLUMNS[1 + len(COUNTED) :], float))
    rows["csat_low"], rows["csat_high"] = share_interval(rows.satisfied, rows.csat_responses)
    rows["nps_low"], rows["nps_high"] = nps_interval(rows.promoters, rows.detractors, rows.nps_responses)
    if is_sorted:
        return rows
    return rows.sort_values(["responses", "value"], ascending=[False, True], ignore_index=True)
