"""Which channel grows: one whole month against another, by channel, with intervals."""

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.insight.cluster_sums import cluster_of
from retail_panel.insight.comparison import LEAST
from retail_panel.insight.interval import difference_of_means, estimate, ratio_interval
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.forms.intervals import intervals
from retail_panel.studies.span import during, span
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.studies.trends.change import signed
from retail_panel.trends.periods import periods

AGAINST = {"Same month a year before": "year", "First whole month": "first"}
#: Whole months that hold a month and the same one a year before.
A_YEAR = 13


def _against(asking):
    try:
        whole = sum(not period.is_partial for period in periods(*span(asking), "month"))
    except Nothing:
        whole = 0
    return AGAINST if whole >= A_YEAR else {"First whole month": "first"}


def _answer(asking):
    labels, months = asking.labels("channel"), [p for p in periods(*span(asking), "month") if not p.is_partial]
    back = A_YEAR if asking.choices["against"] == "year" else 2
    if len(months) < back:
        needs = "the same month of the year before" if back == A_YEAR else "two whole months"
        raise Nothing(f"Growth needs {needs}; scope and selection hold {len(months)} whole month"
                      f"{'' if len(months) == 1 else 's'}. Widen them.")  # fmt: skip
    before, after = months[-A_YEAR] if back == A_YEAR else months[0], months[-1]
    lines = asking.own_lines
    lines = lines.filter(lines.c_channel < len(labels))
    found = {row["c_channel"]: row for row in asking.ask(_question(lines, before, after)).to_pylist()}
    if not found:
        raise Nothing(f"Nothing was sold in {before.label} or {after.label} here. Clear the selection, or widen it.")
    rows = [(label, *_grown(found.get(code))) for code, label in enumerate(labels)]
    frame = pd.DataFrame(rows, columns=["label", "before", "after", "estimate"])
    for part, name in (("value", "figure"), ("low", "low"), ("high", "high")):
        frame[name] = [getattr(one, part, None) for one in frame.estimate]
        frame[name] = frame[name].astype(float) - 1
    return frame, before.label, after.label


def _question(lines, before, after):
    """Ask for sums over customers of what they spent in each month, and of the products: one row a channel."""
    spans = [during(month.first_day, month.last_day) for month in (before, after)]
    held = [(lines.ordered_at >= span.low) & (lines.ordered_at < span.high) for span in spans]
    lines = lines.mutate(cluster=cluster_of(lines), is_before=held[0], is_after=held[1])
    lines = lines.filter(lines.is_before | lines.is_after)
    each = lines.group_by("c_channel", "cluster").aggregate(
        b=lines.is_before.ifelse(lines.amount, 0).sum().cast("float64") / MONEY_SCALE,
        a=lines.is_after.ifelse(lines.amount, 0).sum().cast("float64") / MONEY_SCALE,
    )
    return each.group_by("c_channel").aggregate(
        n=each.count(), a=each.a.sum(), b=each.b.sum(), aa=(each.a * each.a).sum(), ab=(each.a * each.b).sum(),
        bb=(each.b * each.b).sum(),
    )  # fmt: skip


def _grown(row):
    if row is None:
        return 0.0, 0.0, None
    if row["b"] <= 0:
        return row["b"], row["a"], None
    ratio = ratio_interval(*(row[name] for name in ("n", "a", "b", "aa", "ab", "bb")))
    return row["b"], row["a"], ratio if row["n"] >= LEAST else estimate(ratio.value, None, None, ratio.n)


def _draw(answer, look):
    frame, before, after = answer
    tips = ((before, "before", "money"), (after, "after", "money"))
    return intervals(frame, look, "share", "Growth", tips)


def _table(answer, look):
    frame, before, after = answer
    return pd.DataFrame({
        "Channel": frame.label, "From": before, "To": after, "Net sales before": frame.before,
        "Net sales after": frame.after, "Growth": frame.figure, "Growth at least": frame.low,
        "Growth at most": frame.high,
    })  # fmt: skip


def _says(answer, look):
    frame, before, after = answer
    grown = frame[frame.figure.notna()].sort_values("figure", ascending=False, kind="stable")
    tested = grown[grown.low.notna()]
    words = f"net sales from {before} to {after}"
    out = list(frame.label[frame.figure.isna()])
    more = f" Without sales in {before}, so without growth: {', '.join(out)}." if out else ""
    if tested.empty:
        return f"Too few customers bought in either month to say how {words} changed by channel.{more}"
    first = tested.iloc[0]
    ends = f"{signed(first.figure, look)} (95% {signed(first.low, look)} to {signed(first.high, look)})"
    if len(tested) == 1:
        return f"{first.label}: {ends} in {words}.{more}"
    p = difference_of_means(first.estimate, tested.iloc[1].estimate).p
    if p is None or p * (len(tested) - 1) > 0.05:
        return f"No channel leads beyond noise in {words}: {first.label} is first with {ends}.{more}"
    verb = "grew fastest" if first.figure > 0 else "fell least"
    return f"{first.label} {verb} in {words}: {ends}.{more}"


def _publish(answer, x, y):
    place = int(np.floor(y + 0.5))
    return {"channel": Values((answer[0].label[place],))} if 0 <= place < len(answer[0]) else None


CHANNEL_GROWTH = Study(
    name="channel_growth",
    title="Growth by channel",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("channel",),
    definition="Net sales of the last whole month over those of an earlier one, less one, with the 95% interval of a "
    "ratio of sums over customers (delta method, Cochran 1977). It is over the whole time between the two months, "
    "never a rate per month. The fastest is told apart from the next by Welch's test, corrected for the number of "
    "channels.",
    needs=("channel",),
    choices=(Choice("against", "Against", _against),),
    height=280,
    units={"Net sales before": "money", "Net sales after": "money", "Growth": "share", "Growth at least": "share",
           "Growth at most": "share"},
)  # fmt: skip
