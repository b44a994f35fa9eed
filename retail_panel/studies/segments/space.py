"""R x F x M in three dimensions."""

import numpy as np

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.grid import KEYS, key_columns, log_columns, widths_of
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import large_rows
from retail_panel.studies.segments.grouping import GROUPING, OBEYS, UNITS, compared, groups, nobody
from retail_panel.studies.study import Choice, Study, TooSmall

#: Up to so many customers each stands for itself.
MOST_CUSTOMERS = 2_000
SCALES = Choice("scale", "Axes", {"Logarithmic": "log", "Linear": "linear"})
TITLES = {"recency_days": "Recency, days", "frequency": "Frequency", "monetary": "Monetary"}
#: Where axes carry ticks, in the measure's unit.
PLACES = np.array([0, *(step * 10.0**power for power in range(9) for step in (1, 3))])
MOST_TICKS = 6
#: Where one looks from; on a phone from farther away, or the words of axes are cut.
EYE, EYE_NARROW = {"x": 1.5, "y": 1.5, "z": 0.7}, {"x": 1.95, "y": 1.95, "z": 0.9}
#: How solid the points of groups are that are not selected.
PALE = 0.12


def _answer(asking):
    by = asking.choices["by"]
    names, some = groups(asking, by), compared(asking, by)
    spreads = {f"{m}_log": column.std(how="pop") for m, column in zip(UNITS, log_columns(some), strict=True)}
    (figures,) = asking.ask(some.aggregate(customers=some.count(), **spreads)).to_pylist()
    if not figures["customers"]:
        raise nobody()
    widths = widths_of(figures[f"{m}_log"] for m in UNITS) if figures["customers"] > MOST_CUSTOMERS else None
    keyed = some.mutate(**key_columns(some, widths))
    means = {measure: keyed[measure].cast("float64").mean() for measure in UNITS}
    cells = asking.ask(keyed.group_by(*KEYS, group=keyed[by]).aggregate(customers=keyed.count(), **means)
                       .order_by("group", *KEYS)).to_pandas()  # fmt: skip
    cells["monetary"] /= MONEY_SCALE
    cells["name"] = cells["group"].map(names)
    chosen = asking.filters.get(by)
    picked = names.keys() if chosen is None else {i for i, name in names.items() if name in chosen.values}
    return {"by": by, "names": names, "cells": cells, "scale": asking.choices["scale"], "picked": picked}


def _large(found, least):
    cells, few = large_rows(found["cells"], found["cells"].customers, least, ["group"])
    if cells.empty:
        raise TooSmall(least)
    return {**found, "cells": cells}, few


def _draw(found, look):
    cells, is_log = found["cells"], found["scale"] == "log"
    before, form, after = look.hover("money")
    digits = len(form.partition(".")[2])
    told = "<br>".join((
        "%{customdata[0]:,.1f} days since the last purchase", "%{customdata[1]:,.1f} purchases",
        f"{before}%{{customdata[2]:,.{digits}f}}{after}", "%{customdata[3]:,} customers<extra>%{fullData.name}</extra>",
    ))  # fmt: skip
    most = max(cells.customers.max(), 9)
    traces = []
    for i, name in found["names"].items():
        own = cells[cells["group"] == i]
        # Lists of some thousand figures each would take the server a tenth of a second to send.
        x, y, z = (_scaled(own[measure].to_numpy(), is_log).astype("float32") for measure in UNITS)
        sizes = (3 + 9 * np.sqrt(own.customers.to_numpy() / most)).astype("float32")
        traces.append({
            "type": "scatter3d", "mode": "markers", "name": name, "x": x, "y": y, "z": z, "hovertemplate": told,
            "customdata": own[[*UNITS, "customers"]].to_numpy("float64"),
            "marker": {"size": sizes, "line": {"width": 0},
                       "color": look.series[i % len(look.series)], "opacity": 0.75 if i in found["picked"] else PALE},
        })  # fmt: skip
    axes = {f"{axis}axis": _axis(cells[measure], measure, is_log, look)
            for axis, measure in zip("xyz", UNITS, strict=True)}  # fmt: skip
    words = {"color": look.text, "size": 11}
    return {"data": traces, "layout": {
        "scene": {**axes, "camera": {"eye": EYE_NARROW if look.narrow else EYE}, "aspectmode": "cube",
                  "domain": {"x": [0, 1], "y": [0.06, 1]}},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "paper_bgcolor": "rgba(0,0,0,0)", "font": words, "autosize": True,
        "legend": {"itemsizing": "constant", "orientation": "h", "y": 0, "font": words},
        # What the user turned stays turned as answers change.
        "uirevision": found["scale"],
    }}  # fmt: skip


def _scaled(values, is_log):
    return np.sign(values) * np.log10(1 + np.abs(values)) if is_log else values


def _axis(values, measure, is_log, look):
    top, bottom = values.max(), min(0.0, values.min())
    if is_log:
        places = PLACES[top >= PLACES]
        places = np.concatenate([-places[1:][-bottom >= places[1:]][::-1], places])
        places = places[:: -(-len(places) // MOST_TICKS)]
    else:
        places = np.linspace(0, float(f"{top:.1g}"), 5) if top > 0 else np.array([0.0])
    # Nobody has none, and its word would lie on that of the next axis.
    places = places[places != 0] if measure == "frequency" else places
    unit = "count" if measure != "monetary" else "money"
    return {
        "title": {"text": TITLES[measure]}, "tickvals": _scaled(places, is_log).tolist(),
        "ticktext": [look.write(place, unit, "tick") for place in places], "gridcolor": look.rule,
        "color": look.text, "showbackground": False, "zeroline": False,
        "range": [float(_scaled(bottom, is_log)), float(1.05 * _scaled(top, is_log)) or 1.0],
    }  # fmt: skip


def _table(found, look):
    return found["cells"][["name", *UNITS, "customers"]].rename(columns={
        "name": "Group", "recency_days": "Mean recency", "frequency": "Mean frequency", "monetary": "Mean spend",
        "customers": "Customers",
    })  # fmt: skip


def _says(found, look):
    cells = found["cells"]
    people, points = int(cells.customers.sum()), len(cells)
    how = "Drag to turn, scroll to zoom, click a point or a name to select its group."
    if people == points:
        return f"Each of {look.write(points)} points is one customer. {how}"
    return (f"{look.write(people)} customers in {look.write(points)} points: customers nearly equal in all three share "
            f"one, the larger the more they are. {how}")  # fmt: skip


def _publish(found, trace, _):
    names = list(found["names"].values())
    # What a browser says is not known to be one of them.
    return {found["by"]: Values((names[trace],))} if isinstance(trace, int) and 0 <= trace < len(names) else None


SPACE = Study(
    name="space",
    title="R, F and M in three dimensions",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, large=_large,
    dims=("segment", "cluster"),
    definition=f"Up to {MOST_CUSTOMERS:,} customers, each different R, F and M is a point; of more, those in one cell "
    "of a grid of an eighth of a standard deviation on the log scale share a point at their means, so that a million "
    f"customers fit and nobody is left out. {OBEYS}",
    needs=("customer_key",),
    choices=(GROUPING, SCALES),
    units={"Mean recency": "days", "Mean frequency": "ratio", "Mean spend": "money"},
    height=420,
    backend="plotly",
)  # fmt: skip
