"""Satisfaction against stock-outs: what customers say of orders placed when a store had run out of products."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from retail_panel.errors import UnusableInput
from retail_panel.operations.amid import amid, few_question, placed_answers, run_out_question
from retail_panel.operations.answers import difference_of_nps, difference_of_shares, nps_interval, share_interval
from retail_panel.operations.words import words_of

#: An order was placed amid stock-outs where at least this share of the store's products had run out.
LEAST_SHARE = 0.1
#: Days from the order to the count that speaks of it: the same day where stock is counted daily.
WITHIN_DAYS = 7
#: Upper ends of the bands that the share of products run out is shown in, included.
BANDS = (0.0, 0.05, 0.1, 0.2, 1.0)
#: Fewer answers on either side are no ground for a sentence.
LEAST_ANSWERS = 30
LIMIT = 0.05
COLUMNS = ("scale", "answers_with", "answers_without", "with_", "with_low", "with_high", "without", "without_low",
           "without_high", "difference", "low", "high", "p_value", "p_adjusted", "beyond_noise", "words")  # fmt: skip


@dataclass(frozen=True)
class Shortage:
    """Satisfaction with and without stock-outs.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a scale that was answered on both sides, ``CSAT`` (shares) and ``NPS`` (points): ``scale``,
        ``answers_with`` and ``answers_without`` stock-outs, ``with_`` and ``without`` with their 95 % intervals
        (``with_low`` to ``without_high``), their ``difference`` with ``low`` and ``high``, ``p_value`` (CSAT: Fisher's
        exact test; NPS: Welch's), ``p_adjusted`` (Benjamini-Hochberg over the scales), ``beyond_noise``, and ``words``.
    bands : pandas.DataFrame
        One row a scale and band that has answers: ``scale``, ``above`` (excluded, but for 0) and ``upto`` (share of
        products run out), ``answers``, ``figure`` (CSAT or NPS), ``low``, ``high``.
    answers : int
        Answers matched with a count of stock.
    left_out : int
        Answers without a store, or with no count of its stock in the days after the order.
    by_own_day : int
        Answers matched by the day they were given, since their order is unknown or not in scope.
    rule : str
        What counts as amid stock-outs.
    """

    rows: pd.DataFrame = field(repr=False)
    bands: pd.DataFrame = field(repr=False)
    answers: int
    left_out: int
    by_own_day: int
    rule: str


def shortage(ask, tables, least_share=LEAST_SHARE, within_days=WITHIN_DAYS):
    """Compare the satisfaction with orders placed amid stock-outs and with the others.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns.
    least_share : float
        Share of the store's products that must have run out, above 0, at most 1.
    within_days : int
        An order is judged by the first count of its store from its day on, less than so many days later.

    Returns
    -------
    Shortage
        Empty where stock or feedback is not in scope.

    Raises
    ------
    UnusableInput
        If a limit is out of its bounds.

    Notes
    -----
    What is seen together need not be cause and effect, and answers on one store and week have much in common, so that
    p values near the limit say less than they seem to.
    """
    if not 0 < least_share <= 1 or within_days < 1:
        seen = f"least_share={least_share!r}, within_days={within_days!r}"
        raise UnusableInput(f"shortage with {seen}: allowed: above 0 to 1, 1 or more")
    rule = (
        f"Amid stock-outs: at least {least_share:.0%} of the products counted in the order's store had run out at the "
        f"first count within {within_days} days from the order's day on."
    )
    if not {"stock", "feedback"} <= set(tables):
        nothing = pd.DataFrame(columns=["scale", "band", "is_short", "score", "answers"])
        return Shortage(_compared(nothing), _banded({}), 0, 0, 0, rule)
    few = ask(few_question(placed_answers(tables))).to_pandas()
    run_out = ask(run_out_question(tables["stock"])).to_pandas()
    counted = amid(few, run_out, least_share, within_days, BANDS)
    answers = int(counted.answers.sum())
    return Shortage(
        rows=_compared(counted),
        bands=_banded(dict(list(counted.groupby(["scale", "band"])))),
        answers=answers,
        left_out=int(few.answers.sum()) - answers,
        by_own_day=int(few.own.sum()),
        rule=rule,
    )


def _tallied(scale, counted):
    """Return hits, answers and misses: satisfied or promoters, all, and detractors."""
    score, answers = counted.score.to_numpy(), counted.answers.to_numpy()
    if scale == "CSAT":
        return int(answers[score >= 4].sum()), int(answers.sum()), 0
    return int(answers[score >= 9].sum()), int(answers.sum()), int(answers[score <= 6].sum())


def _figure(scale, hits, answers, misses):
    if scale == "CSAT":
        low, high = share_interval(hits, answers)
        return hits / answers, float(low), float(high)
    low, high = nps_interval(hits, misses, answers)
    return 100 * (hits - misses) / answers, float(low), float(high)


def _banded(bands):
    rows = []
    for (scale, band), group in sorted(bands.items()):
        tally = _tallied(scale, group)
        rows.append((scale, BANDS[max(band - 1, 0)], BANDS[band], tally[1], *_figure(scale, *tally)))
    return pd.DataFrame(rows, columns=["scale", "above", "upto", "answers", "figure", "low", "high"])


def _compared(counted):
    rows = []
    for scale, group in counted.groupby("scale"):
        sides = [_tallied(scale, group[group.is_short == side]) for side in (True, False)]
        hits, answers, misses = zip(*sides, strict=True)
        if min(answers) < 2:
            continue
        test = difference_of_shares(hits, answers) if scale == "CSAT" else difference_of_nps(hits, misses, answers)
        (with_, *with_ends), (without, *without_ends) = (_figure(scale, *side) for side in sides)
        rows.append((scale, *answers, with_, *with_ends, without, *without_ends, with_ - without, *test))
    found = pd.DataFrame(rows, columns=list(COLUMNS[:13]))
    found["p_adjusted"] = false_discovery_control(found.p_value) if len(found) else found.p_value
    enough = np.minimum(found.answers_with, found.answers_without) >= LEAST_ANSWERS if len(found) else False
    found["beyond_noise"] = (found.p_adjusted <= LIMIT) & enough
    found["words"] = [words_of(row, LEAST_ANSWERS) for row in found.itertuples()]
    return found[list(COLUMNS)]
