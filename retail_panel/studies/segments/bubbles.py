"""Frequency by monetary value, the bubbles as large as the last purchase is long ago."""

import math

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np

from retail_panel.customers.grid import log_columns
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import large_rows
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import sample
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import AXES, GROUPING, LEGEND, OBEYS, beside, compared, groups, nobody
from retail_panel.studies.study import Study, TooSmall

#: Area of the smallest and of the largest bubble, in square pixels.
AREAS = (14, 260)
#: Least alpha: that of a bubble of one customer among thousands; on dark paper the faint ones would not be seen.
FAINT, FAINT_DARK = 0.35, 0.55
REACH_95 = 1.959964


def _answer(asking):
    by = asking.choices["by"]
    names, bins = groups(asking, by), asking.scene.coded.bins
    some = compared(asking, by)
    cells = {f"{axis}_code": bins[axis].code(some[axis]) for axis in ("frequency", "monetary")}
    found = asking.ask(some.group_by(group=some[by], **cells).aggregate(
        customers=some.count(), frequency=some.frequency.mean(), monetary=some.monetary.mean() / MONEY_SCALE,
        recency_days=some.recency_days.mean(),
    ).order_by("group", "frequency_code", "monetary_code")).to_pandas()  # fmt: skip
    if found.empty:
        raise nobody()
    _, often, much = log_columns(some)
    (linked,) = asking.ask(some.aggregate(correlation=often.corr(much, how="pop"))).to_pylist()
    found["name"] = found["group"].map(names)
    ends = {axis: (bins[axis].edges[0] / scale, bins[axis].edges[-1] / scale)
            for axis, scale in (("frequency", 1), ("monetary", MONEY_SCALE))}  # fmt: skip
    return {"by": by, "names": names, "cells": found, "ends": ends, "bins": bins, "correlation": linked["correlation"]}


def _large(found, least):
    cells, few = large_rows(found["cells"], found["cells"].customers, least, ["group"])
    if cells.empty:
        raise TooSmall(least)
    return {**found, "cells": cells}, few


def _draw(found, look):
    cells, ends = found["cells"].copy(), found["ends"]
    cells["x"], cells["y"] = (cells[axis].clip(*ends[axis]) for axis in ("frequency", "monetary"))
    longest = cells.recency_days.max() or 1.0
    cells["area"] = AREAS[0] + (AREAS[1] - AREAS[0]) * cells.recency_days / longest
    faint = FAINT_DARK if look.dark else FAINT
    cells["alpha"] = faint + (0.9 - faint) * np.sqrt(cells.customers / cells.customers.max())
    tips = look.tips(("", "name"), ("Customers", "customers", "count"), ("Mean frequency", "frequency", "ratio"),
                     ("Mean spend", "monetary", "money"), ("Mean recency", "recency_days", "days"))  # fmt: skip
    columns = ["name", "customers", "frequency", "monetary", "recency_days"]
    names = found["names"]
    colours = {i: look.series[i % len(look.series)] for i in names}
    cells = cells.astype({"name": object})
    cells["colour"] = cells["group"].map(colours).astype(object)
    # Groups in their order, so that the same ones lie on top.
    drawn = cells.sort_values("group", key=lambda held: held.map(list(names).index), kind="stable").hvplot.scatter(
        x="x", y="y", size="area", alpha="alpha", color="colour", line_alpha=0, hover_cols=[*columns, "colour"],
        hover_tooltips=tips, **SHAPE,
    )  # fmt: skip
    # The legend's sample: a bubble's own would be as faint and small as the first of them.
    samples = [sample(colours[i], cut(name, LEGEND)) for i, name in names.items()]
    spans = {f"{axis}lim": _span(*ends[name]) for axis, name in (("x", "frequency"), ("y", "monetary"))}
    return look.dressed(drawn, x="count", y="money", layers=samples, **beside(look), xlabel=AXES["frequency"],
                        ylabel=AXES["monetary"], **spans)  # fmt: skip


def _span(low, high):
    room = 0.05 * (high - low)
    return low - room, high + room


def _table(found, look):
    return found["cells"][["name", "frequency", "monetary", "recency_days", "customers"]].rename(columns={
        "name": "Group", "frequency": "Mean frequency", "monetary": "Mean spend", "recency_days": "Mean recency",
        "customers": "Customers",
    })  # fmt: skip


def _says(found, look):
    cells, r = found["cells"], found["correlation"]
    people = int(cells.customers.sum())
    said = (f"{look.write(people)} customers in {look.write(len(cells))} bubbles of like frequency and spend; a larger "
            "bubble bought longer ago, a fainter one holds fewer customers.")  # fmt: skip
    if people < 4 or r is None or not math.isfinite(r) or abs(r) >= 1:
        return said
    low, high = (math.tanh(math.atanh(r) + side * REACH_95 / math.sqrt(people - 3)) for side in (-1, 1))
    words = f"correlation {r:.2f}, 95% interval {low:.2f} to {high:.2f}"
    if low <= 0 <= high:
        return f"{said} Frequency and spend are not linked beyond noise ({words})."
    return f"{said} Who buys more often spends {'more' if r > 0 else 'less'} ({words})."


def _publish(found, x, y):
    cells, (left, right), (low, high) = found["cells"], *found["ends"].values()
    across = (cells.frequency.clip(left, right) - x) / ((right - left) or 1)
    up = (cells.monetary.clip(low, high) - y) / ((high - low) or 1)
    away = np.hypot(across, up)
    if away.min() > 0.03:
        return None
    cell = cells.loc[away.idxmin()]
    return {axis: found["bins"][axis].clause([int(cell[f"{axis}_code"])]) for axis in ("frequency", "monetary")}


BUBBLES = Study(
    name="bubbles",
    title="Frequency by monetary, recency as size",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, large=_large,
    dims=("frequency", "monetary"),
    definition="Customers of one group with like frequency and monetary value share a bubble, which stands at their "
    "means; those beyond the 99th percentile stand at the edge. The area of a bubble grows with mean recency. The "
    f"correlation is Pearson's over customers on the log scale, with its interval by Fisher's z. {OBEYS}",
    needs=("customer_key",),
    choices=(GROUPING,),
    units={"Mean frequency": "ratio", "Mean spend": "money", "Mean recency": "days"},
    height=340,
)  # fmt: skip
