"""What is worth knowing: sentences with their evidence, strongest first."""

from datetime import timedelta

import pandas as pd

from retail_panel.insight.findings import findings
from retail_panel.insight.standings import SUBJECTS
from retail_panel.studies.forms.ranking import ranking
from retail_panel.studies.insights.named import CUSTOMER, LINE, named_codes, named_columns, only_named
from retail_panel.studies.study import Nothing, Study

MOST = 12
YEAR = timedelta(days=365)
WORDS = {name: words for name, words, _ in SUBJECTS.values()} | {
    "net_sales.top_customers": "Top customers' share of sales",
    "repeat_rate": "Customers who come back",
    "net_sales.growth": "Change of net sales",
}


def _answer(asking):
    names = [name for name in (*LINE, *CUSTOMER) if len(named_codes(asking, name)[0]) > 1]
    lines, columns = None, named_columns(asking, names)
    if columns is None:
        lines = only_named(asking, asking.lines, names)
        ends = asking.ask(lines.aggregate(first=lines.ordered_at.min(), last=lines.ordered_at.max())).to_pylist()[0]
        ends = (ends["first"], ends["last"])
    else:
        ends = columns.ends
    if None in ends:
        raise Nothing("No order lines are selected, so there is nothing to find. Clear the selection.")
    found = findings(
        asking.ask, lines, {name: f"c_{name}" for name in names},
        {name: named_codes(asking, name)[1] for name in names}, periods=periods(*ends), currency=asking.currency,
        columns=columns,
    )  # fmt: skip
    if not found:
        raise Nothing("Too few orders and customers are selected to compare anything: at least 30 on either side.")
    return found


def periods(first, last):
    """Return the last year and the one before, or the two halves of a shorter span of eight weeks or more."""
    end, start = last.date() + timedelta(days=1), first.date()
    if end - 2 * YEAR >= start:
        return (end - 2 * YEAR, end - YEAR), (end - YEAR, end)
    half = (end - start) // 2 // timedelta(days=7) * timedelta(days=7)
    return ((end - 2 * half, end - half), (end - half, end)) if half.days >= 28 else None


def heading(finding):
    """Return a few words for a finding, such as ``Electronics: average transaction value``."""
    measure, _, rest = finding.name.partition(".")
    if finding.name in WORDS:
        return WORDS[finding.name]
    _, _, value = rest.partition(".")
    words = WORDS.get(measure, measure.replace("_", " "))
    return f"{value}: {words}" if value else words.capitalize()


def _draw(found, look):
    shown = [finding for finding in found if finding.beyond_noise][:MOST]
    rows = pd.DataFrame({"label": [heading(f) for f in shown], "sentence": [f.sentence for f in shown]}, dtype=object)
    rows["strength"] = [float(f.strength) for f in shown]
    tips = [("", "sentence"), ("Moves", "strength", "share")]
    return ranking(rows, "strength", look, "share", look.series[0], tips)


def _table(found, look):
    return pd.DataFrame({
        "Finding": [f.sentence for f in found],
        "Beyond noise": ["yes" if f.beyond_noise else "no" for f in found],
        "Strength": [f.strength for f in found],
        "Evidence": [f.evidence.words() for f in found],
    })  # fmt: skip


def _says(found, look):
    beyond = [f for f in found if f.beyond_noise]
    rest = len(found) - len(beyond)
    text = f"{len(beyond)} findings are beyond noise" if len(beyond) != 1 else "One finding is beyond noise"
    nothing = {0: "", 1: ", one comparison found no difference that is"}
    more = nothing.get(rest, f", {rest} comparisons found no difference that is")
    return f"{text}{more}; all tests corrected together."


FINDINGS = Study(
    name="findings",
    title="What is worth knowing",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Average transaction value by channel, category, tier and segment, the share of lines returned by "
    "channel and category, and net sales of the last year against the year before (of a shorter span the two halves): "
    "what is beyond noise after correction for everything looked at together (Benjamini and Hochberg, 5%), customers "
    "as clusters, and not trivially small. Beside them what the top fifth of customers bring and how many come back, "
    "with intervals. Ranked by strength: about the share of the whole that it moves, which is the relative difference "
    "times the share of observations. Values without a name are left out of comparisons.",
    units={"Strength": "share"},
    width=12,
    height=360,
)  # fmt: skip
