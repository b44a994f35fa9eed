"""Cohorts: what customers do in the periods after their first purchase."""

from dataclasses import replace

import numpy as np

from retail_panel.customers.cohorts import cohorts, curve_of
from retail_panel.formats import MONTHS
from retail_panel.studies.apart import large_rows
from retail_panel.studies.forms.heatmap import heatmap
from retail_panel.studies.retention.followed import RULE, followed, nobody
from retail_panel.studies.study import Choice, Study, TooSmall

#: So many cohorts, the latest, and so many periods are drawn, so that cells stay readable; the table holds all.
MOST = 12
FIGURES = {"Customers": "customers", "Orders": "orders", "Net sales": "net_sales"}
UNITS = {"customers": "count", "orders": "count", "net_sales": "money"}


def _answer(asking):
    lines, last_day = followed(asking)
    grain, figure = asking.choices["grain"], asking.choices["figure"]
    months = None if "ordered_at" in asking.filters else asking.months
    found = cohorts(asking.ask, lines, grain, last_day, months)
    if found.table.empty:
        raise nobody()
    table = found.table.copy()
    firsts = table[table.since == 0].set_index("cohort")[figure].astype(float)
    base = table.cohort.map(firsts.where(firsts > 0))
    table["share"] = np.divide(table[figure].astype(float), base)
    table["name"] = [_name(day, grain) for day in table.cohort]
    table["so_far"] = np.where(table.is_partial, "not over yet", "")
    return {"cohorts": found, "table": table, "figure": figure, "is_share": asking.choices["shown"] == "share"}


def _large(found, least):
    table = found["table"]
    # Whoever only brought something back bought nothing, and yet is a person; so is everybody of a small cohort.
    few = (table["size"] < least) | ((table.customers == 0) & (table.net_sales != 0))
    sizes = table.customers.mask(few, 1)
    at = [12 * day.year + day.month for day in table.cohort]
    step = {"month": 1, "quarter": 3}[found["cohorts"].grain]
    kept, left_out = large_rows(table.assign(period=at + step * table.since), sizes, least, ["cohort", "period"])
    if kept.empty:
        raise TooSmall(least)
    based = kept.cohort.isin(kept.cohort[kept.since == 0])
    kept["share"] = kept.share.where(based)
    cohorts = replace(found["cohorts"], table=kept, curve=curve_of(kept))
    return {**found, "cohorts": cohorts, "table": kept}, left_out


def _name(day, grain):
    return f"{MONTHS[day.month - 1]} {day.year}" if grain == "month" else f"Q{(day.month + 2) // 3} {day.year}"


def _drawn(found):
    """Return the cells that are drawn: of shares not the first period, which is 100% always."""
    table, first = found["table"], int(found["is_share"])
    kept = sorted(table.cohort.unique())[-MOST - first :]
    table = table[table.cohort.isin(kept) & table.since.between(first, MOST - 1 + first)]
    born = [f"{name} · {size:,}" for name, size in zip(table["name"], table["size"], strict=True)]
    return table.assign(born=born, after=table.since.astype(str))


def _draw(found, look):
    frame, figure = _drawn(found), found["figure"]
    grain = found["cohorts"].grain
    if frame.empty:
        frame = found["table"].assign(born=found["table"]["name"], after="0").head(1)
    # Whole percents without their sign fit into the cells of a phone too.
    frame = frame.assign(percent=100 * frame["share"])
    value, unit = ("percent", "count") if found["is_share"] else (figure, UNITS[figure])
    tips = [("Customers of the cohort", "size", "count"), ("Customers who bought", "customers", "count"),
            ("Orders", "orders", "count"), ("Net sales", "net_sales", "money"),
            ("Of the first period", "share", "share"), ("", "so_far")]  # fmt: skip
    plot = heatmap(frame, "after", "born", value, look, unit, tips)
    words = f"{grain.capitalize()}s after the first purchase"
    return plot.opts(xlabel=f"{words}, in %" if found["is_share"] else words)


def _table(found, look):
    columns = {"name": "First purchase", "size": "Customers of the cohort", "since": "Periods since",
               "customers": "Customers", "orders": "Orders", "net_sales": "Net sales", "share": "Of the first period",
               "is_partial": "Not over yet"}  # fmt: skip
    return found["table"][list(columns)].rename(columns=columns)


def _says(found, look):
    curve, grain = found["cohorts"].curve.set_index("since"), found["cohorts"].grain
    known = curve[(curve.index > 0) & (curve["size"] > 0)]
    if known.empty:
        return f"No cohort is a whole {grain} old yet, so nobody could come back."
    later = [since for since in (1, 3, 6, 12) if since in known.index]
    parts = [f"{look.write(known.retention[since], 'share', 'tile')} in {grain} {since}" for since in later]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    said = f"Of those who bought for the first time, {listed} after it bought again"
    said += f" ({look.write(known['size'][later[0]])} customers in cohorts old enough for {grain} {later[0]})."
    first = found["table"].cohort.min()
    hidden = len(found["table"].cohort.unique()) - len(_drawn(found).cohort.unique())
    if hidden > 0:
        said += f" Not drawn, but in the table: {'1 cohort' if hidden == 1 else f'{hidden} cohorts'}."
    since = found["cohorts"].first_day
    if since and first <= since:
        said += f" The data begins {look.write(since)}, so early cohorts hold old customers too."
    return said


COHORT_RETENTION = Study(
    name="cohort_retention",
    title="Retention by cohort",
    answer=_answer, draw=_draw, table=_table, says=_says, large=_large,
    definition="A row is the customers whose first purchase fell into a month or quarter, with their number; a column "
    "is so many periods later. Percent is of the cohort's own first period; customers count once a period. The mean "
    "over cohorts is weighted by their size and leaves out periods that are not over. " + RULE.strip(),
    needs=("customer_key",),
    choices=(
        Choice("grain", "By", {"Month": "month", "Quarter": "quarter"}),
        Choice("figure", "Of", FIGURES),
        Choice("shown", "Shown", {"Percent": "share", "Absolute": "figure"}),
    ),
    units={"Net sales": "money", "Of the first period": "share"},
    width=12,
    height=380,
)  # fmt: skip
