"""Cohorts: what customers do in the periods after their first purchase."""

import datetime as dt
from dataclasses import replace

import numpy as np

from retail_panel.crossfilter.clause import Range, day
from retail_panel.customers.cohorts import GRAINS, cohorts, curve_of
from retail_panel.formats import MONTHS
from retail_panel.studies.apart import large_rows
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.retention.followed import BOUGHT, nobody, selected_by_first
from retail_panel.studies.span import span
from retail_panel.studies.study import Choice, Study, TooSmall

#: So many cohorts, the latest, and so many periods are drawn, so that cells stay readable; the table holds all.
MOST = 12
#: Before the name of a cohort that is selected.
MARK = "\u25b8 "
FIGURES = {"Customers": "customers", "Orders": "orders", "Net sales": "net_sales"}
UNITS = {"customers": "count", "orders": "count", "net_sales": "money"}


def _answer(asking):
    lines, firsts = selected_by_first(asking)
    grain, figure = asking.choices["grain"], asking.choices["figure"]
    # With nothing selected the lines themselves say who bought first when, in one question less.
    some, months = (firsts, None) if asking.filters else (None, asking.months)
    found = cohorts(asking.ask, lines, grain, span(asking, selected=False)[1], some, months)
    if found.table.empty:
        raise nobody()
    table = found.table.copy()
    if figure == "customers":
        base = table["size"].astype(float)
    else:
        began = table[table.since == 0].set_index("cohort")[figure].astype(float)
        base = table.cohort.map(began.where(began > 0))
    table["share"] = np.divide(table[figure].astype(float), base)
    table["name"] = [_name(day, grain) for day in table.cohort]
    table["so_far"] = np.where(table.is_partial, "not over yet", "")
    bins, clause = asking.scene.coded.bins[BOUGHT], asking.filters.get(BOUGHT)
    edges = [bins.edges[code].date() for code in bins.codes(clause)] if clause else []
    return {"cohorts": found, "table": table, "figure": figure, "is_share": asking.choices["shown"] == "share",
            "bins": bins, "picked": edges, "is_whole": not set(asking.filters) - {BOUGHT}}


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
    """Return the cells that are drawn: of shares not the first period, which is 100% where all lines count."""
    table, first = found["table"], int(found["is_share"] and found["is_whole"])
    kept = sorted(table.cohort.unique())[-MOST - first :]
    table = table[table.cohort.isin(kept) & table.since.between(first, MOST - 1 + first)]
    marks = [MARK if _holds(cohort, found) else "" for cohort in table.cohort]
    born = [f"{mark}{name} · {size:,}" for mark, name, size in zip(marks, table["name"], table["size"], strict=True)]
    return table.assign(born=born, after=table.since.astype(str))


def _holds(cohort, found):
    """Whether any of the months selected lies in a cohort."""
    later = _after(cohort, found)
    return any(cohort <= month < later for month in found["picked"])


def _after(cohort, found):
    months = 12 * cohort.year + cohort.month - 1 + GRAINS[found["cohorts"].grain]
    return dt.date(months // 12, months % 12 + 1, 1)


def _publish(found, x, y):
    frame = _drawn(found)
    cell = picked(frame, "after", "born", x, y)
    if cell is None:
        return None
    cohort = frame.cohort[frame.born == cell[1]].iloc[0]
    clause = Range(*(day(end) for end in (cohort, _after(cohort, found))))
    # In whole pieces, so that a second click meets what the first one took.
    return {BOUGHT: found["bins"].aligned(clause)}


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
            ("Of the cohort" if figure == "customers" else "Of its first period", "share", "share"), ("", "so_far")]
    plot = heatmap(frame, "after", "born", value, look, unit, tips)
    words = f"{grain.capitalize()}s after the first purchase"
    return plot.opts(xlabel=f"{words}, in %" if found["is_share"] else words)


def _table(found, look):
    columns = {"name": "First purchase", "size": "Customers of the cohort", "since": "Periods since",
               "customers": "Customers", "orders": "Orders", "net_sales": "Net sales", "share": "Share",
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
    if not found["is_whole"]:
        said = f"Of the customers selected, {listed} after their first purchase in scope bought what is selected"
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
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, large=_large,
    dims=(BOUGHT,),
    definition="A row is the customers whose first purchase in scope fell into a month or quarter, with the number of "
    "them who have any line in the selection; a column is so many periods later. Customers, once a period, are in "
    "percent of that number, orders and sales of the cohort's own first period. A selection narrows what counts, not "
    "when a customer was new; one of time picks cohorts and cuts nothing off after it. The mean over cohorts is "
    "weighted by their size and leaves out periods that are not over. Returns and guests are no purchases. A click on "
    "a row selects its customers.",
    needs=("customer_key",),
    choices=(
        Choice("grain", "By", {"Month": "month", "Quarter": "quarter"}),
        Choice("figure", "Of", FIGURES),
        Choice("shown", "Shown", {"Percent": "share", "Absolute": "figure"}),
    ),
    units={"Net sales": "money", "Share": "share"},
    width=12,
    height=380,
)  # fmt: skip
