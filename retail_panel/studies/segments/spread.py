"""Summary statistics of each group: where the middle half of its customers lies, and how to read it."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd
from bokeh.models import Scatter

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.readings import HOW_TO_READ, readings
from retail_panel.customers.spread import FIGURES, spread
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import Layer, line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import GROUPING, MEASURE, OBEYS, UNITS, WORDS, compared, groups, nobody
from retail_panel.studies.segments.profiles import LABELS
from retail_panel.studies.study import Study

EVERYBODY = "All together"
HEADS = {
    "mean": "mean", "std": "standard deviation", "median": "median", "lower_quartile": "lower quartile",
    "upper_quartile": "upper quartile",
}  # fmt: skip
MOST_SENTENCES = 2


def _answer(asking):
    by, measure = asking.choices["by"], asking.choices["measure"]
    names = groups(asking, by)
    found = spread(asking.ask, compared(asking, by), by)
    if found.empty:
        raise nobody()
    kept = [EVERYBODY, *names.values()]
    whole = found.assign(group=[EVERYBODY if group is None else names[int(group)] for group in found["group"]])
    boxes = whole[whole.measure == measure].set_index("group").reindex(kept).reset_index()
    boxes["place"] = np.arange(len(kept))[::-1]
    return {"by": by, "measure": measure, "boxes": boxes, "spread": whole, "read": found, "names": names}


def _draw(found, look):
    measure, boxes = found["measure"], found["boxes"]
    unit, shown = UNITS[measure], boxes.copy()
    for figure in FIGURES:
        form = "full" if unit == "money" else "tile"
        shown[f"{figure}_words"] = [look.write(value, unit, form) for value in boxes[figure]]
    low, high = min(0.0, np.nanmin(boxes[["lower_quartile", "mean"]])), np.nanmax(boxes[["upper_quartile", "mean"]])
    span = {"xlim": (low, low + 1.08 * ((high - low) or 1.0)), "ylim": (-0.6, len(boxes) - 0.4)}
    tips = look.tips(("", "group"), ("Customers", "customers", "count"), ("Mean", "mean_words"),
                     ("Standard deviation", "std_words"), ("Lower quartile", "lower_quartile_words"),
                     ("Median", "median_words"), ("Upper quartile", "upper_quartile_words"))  # fmt: skip
    names = ["group", "customers", *[f"{f}_words" for f in FIGURES]]
    ticks = [(place, cut(group, 20)) for place, group in zip(boxes.place, boxes.group, strict=True)]
    ends = boxes[["lower_quartile", "upper_quartile"]].assign(gap=np.nan).to_numpy().ravel()
    middle = line(ends, np.repeat(boxes.place.astype(float), 3), look.series[0], width=13, line_alpha=0.45)
    told = {name: shown[name].to_numpy() for name in names}
    medians = Layer(
        Scatter, {"x": shown["median"].to_numpy(), "y": shown.place.to_numpy(), **told},
        {"marker": "dash", "angle": np.pi / 2, "size": np.sqrt(220), "line_color": look.text, "line_width": 3},
        is_below=True, tips=tuple(tips),
    )  # fmt: skip
    means = shown.hvplot.scatter(
        x="mean", y="place", marker="diamond", size=70, color=look.series[1], hover_cols=names, hover_tooltips=tips,
        yticks=ticks, **span, **SHAPE,
    )  # fmt: skip
    return look.dressed(means, x=unit, legend=None, layers=[middle, medians],
                        xlabel=f"{LABELS[measure]}: middle half, median |, mean \u25c6")  # fmt: skip


def _table(found, look):
    columns = {"Group": found["boxes"].group, "Customers": found["boxes"].customers.fillna(0).astype("int64")}
    for measure in UNITS:
        own = found["spread"][found["spread"].measure == measure].set_index("group")
        own = own.reindex(list(found["boxes"].group)).reset_index()
        columns |= {f"{LABELS[measure]}, {words}": own[figure] for figure, words in HEADS.items()}
    said = {}
    for reading in _readings(found, look):
        said.setdefault(found["names"][int(reading.group)], []).append(reading.sentence)
    columns["How it reads"] = [" ".join(said.get(group, [])) for group in found["boxes"].group]
    return pd.DataFrame(columns)


def _readings(found, look):
    return readings(found["read"], found["names"], look.currency)


def _says(found, look):
    read = _readings(found, look)
    own = [reading for reading in read if reading.measure == found["measure"]]
    telling = [reading for reading in own if reading.level != "usual" or reading.spread != "usual"]
    chosen = (telling or own or read)[:MOST_SENTENCES]
    return " ".join(reading.sentence for reading in chosen)


def _publish(found, x, y):
    place = len(found["boxes"]) - 1 - int(np.floor(y + 0.5))
    if not 1 <= place < len(found["boxes"]):
        return None
    return {found["by"]: Values((found["boxes"].group[place],))}


SPREAD = Study(
    name="spread",
    title="Summary statistics by group",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=tuple(WORDS),
    definition="Quartiles are interpolated linearly between neighbours (Hyndman and Fan 1996, definition 7); standard "
    f"deviations divide by n - 1. {' '.join(HOW_TO_READ)} {OBEYS} All three measures, and what each says of each "
    "group, are in the table.",
    needs=("customer_key",),
    choices=(GROUPING, MEASURE),
    units={f"{LABELS[m]}, {words}": UNITS[m] for m in UNITS for words in HEADS.values()},
    width=12,
    height=260,
)  # fmt: skip
