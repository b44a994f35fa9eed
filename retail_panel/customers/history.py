"""One customer over time: R, F, M and segment as of each month's end."""

import datetime as dt

import numpy as np
import pandas as pd

from retail_panel.customers.customer_lines import customer_lines
from retail_panel.customers.evolution import evolution
from retail_panel.customers.profile import SCORE_OF
from retail_panel.customers.rfm import EPOCH
from retail_panel.customers.segments import SEGMENTS, segment_table
from retail_panel.customers.standings import standings
from retail_panel.schema import MONEY_SCALE

COLUMNS = ("month", "day", "recency_days", "frequency", "monetary", "r", "f", "m", "segment")


def history(ask, lines, definition, customer_key, among=None):
    """Tell where a customer stood at the end of each month, among the customers there were at the time.

    Parameters
    ----------
    ask : callable
        From a question, an Ibis table, to its answer, a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope, of all customers: ``ordered_at``, ``amount``, ``order_key``, ``customer_key``,
        ``is_return``.
    definition : RFMDefinition
        What R, F and M mean; its ``reference_day`` is not read.
    customer_key : int
        The customer.
    among : Evolution, optional
        From :func:`retail_panel.customers.evolution.evolution` with the same lines and definition: it names the months
        and has the scales, which are then not worked out anew.

    Returns
    -------
    pandas.DataFrame
        One row per month from the customer's first purchase on, oldest first: ``month`` (first of the month), ``day``
        (as of which they were scored), ``recency_days``, ``frequency``, ``monetary`` (currency units), scores ``r``,
        ``f`` and ``m`` (1 to 5), ``segment`` (name). No rows for who never bought in these months.
    """
    among = among or evolution(ask, lines, definition)
    rows = []
    if among.days:
        known = customer_lines(lines)
        own = known.filter(known.customer_key == int(customer_key))
        stood = standings(own, definition, among.days)
        exact = stood.monetary.cast("decimal(38, 0)").cast("int64")
        rows = ask(stood.mutate(monetary=exact).order_by("at")).to_pylist()
    return pd.DataFrame([_month(among, row) for row in rows], columns=list(COLUMNS))


def _month(among, row):
    day, scales = among.days[row["at"]], among.scales[row["at"]]
    values = {
        "recency_days": (day - EPOCH - dt.timedelta(days=row["last_day"])).days,
        "frequency": row["frequency"],
        "monetary": row["monetary"],
    }
    scores = {SCORE_OF[scale.measure]: int(scale.score(np.int64(values[scale.measure]))) for scale in scales}
    segment = SEGMENTS[segment_table()[tuple(score - 1 for score in scores.values())]].name
    money = values["monetary"] / MONEY_SCALE
    return {"month": among.months[row["at"]], "day": day, **values, "monetary": money, **scores, "segment": segment}
