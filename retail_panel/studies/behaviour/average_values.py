"""What a transaction is worth by tier and by category, with intervals."""

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.insight.comparison import LEAST, compare_groups, compared, judge
from retail_panel.studies.apart import Groups
from retail_panel.studies.behaviour.transactions import transactions
from retail_panel.studies.forms.intervals import intervals
from retail_panel.studies.study import Nothing, Study

COLUMNS = {
    "label": None, "average": "Average transaction value", "low": "From", "high": "To",
    "transactions": "Transactions", "customers": "Customers",
}  # fmt: skip


def _answer(dimension):
    def answer(asking):
        labels = asking.labels(dimension)
        sums = transactions(asking, dimension)
        if sums is not None:
            (found,) = judge([compared(sums.groups(dimension))])
        else:
            lines = asking.lines.filter(asking.lines[f"c_{dimension}"] < len(labels))
            (found,) = compare_groups(asking.ask, lines, {dimension: f"c_{dimension}"})
        if not found.standings:
            raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
        rows = {s.value: (s.estimate.value, s.estimate.low, s.estimate.high, s.estimate.n, s.customers)
                for s in found.standings}  # fmt: skip
        frame = pd.DataFrame(
            [(label, *rows.get(code, (None, None, None, 0, 0))) for code, label in enumerate(labels)],
            columns=list(COLUMNS),
        ).astype({"average": float, "low": float, "high": float, "transactions": int})
        return frame, found, labels

    return answer


def _draw(answer, look):
    frame = answer[0].rename(columns={"average": "figure"})
    return intervals(frame, look, "money", "Average", (("Transactions", "transactions", "count"),))


def _says(answer, look):
    _, comparison, labels = answer
    large = sorted((s for s in comparison.standings if s.is_large), key=lambda s: -s.estimate.value)
    if len(comparison.standings) == 1:
        only = comparison.standings[0]
        return f"{labels[only.value]} {_interval(only.estimate, look)}; there is no other group to compare it with."
    if len(large) < 2:
        return f"Fewer than two groups hold {LEAST} transactions of {LEAST} customers, so that none can be compared."
    beyond = [standing for standing in large if standing.beyond_noise]
    if not beyond:
        words = [f"{labels[s.value]} {_interval(s.estimate, look)}" for s in (large[0], large[-1])]
        return f"No difference beyond noise: from {words[1]} to {words[0]}."
    above = [standing for standing in beyond if standing.difference.value > 0][:1]
    below = [standing for standing in beyond if standing.difference.value < 0][-1:]
    # Of two groups one being higher says that the other is lower.
    told = [*above, *below] if len(large) > 2 or not above else above
    return "; ".join(_words(standing, labels, look) for standing in told) + "."


def _words(standing, labels, look):
    way = "above" if standing.difference.value > 0 else "below"
    gap = standing.difference.relative
    far = f"{look.write(abs(gap), 'share', 'tile')} " if gap is not None else ""
    return f"{labels[standing.value]} {_interval(standing.estimate, look)} is {far}{way} the rest"


def _interval(figure, look):
    if figure.low is None:
        return look.write(figure.value, "money")
    low, high = (look.write(end, "money") for end in (figure.low, figure.high))
    return f"{look.write(figure.value, 'money')} (95% {low} to {high})"


def _study(dimension, title, **more):
    def table(answer, look):
        return answer[0].rename(columns={**COLUMNS, "label": title})

    def publish(answer, x, y):
        place = int(np.floor(y + 0.5))
        return {dimension: Values((answer[0].label[place],))} if 0 <= place < len(answer[0]) else None

    return Study(
        name=f"{dimension}_values",
        title=f"Average transaction value by {title.lower()}",
        answer=_answer(dimension), draw=_draw, table=table, says=_says, publish=publish, dims=(dimension,),
        definition=f"Mean absolute amount of a transaction's lines within the {title.lower()}, returns included, with "
        "its 95% interval. Transactions of one customer are not independent, so the interval is that of a mean in "
        "clusters (Liang and Zeger 1986). Differences are told only where a test across all groups and one of the "
        "group against the rest are beyond noise after correction (Benjamini and Hochberg 1995) and at least 1%.",
        needs=(dimension,),
        groups=Groups((dimension,)),
        units={"Average transaction value": "money", "From": "money", "To": "money"},
        **more,
    )  # fmt: skip


TIER_VALUES = _study("tier", "Tier", width=4)
CATEGORY_VALUES = _study("category", "Category", width=6)
