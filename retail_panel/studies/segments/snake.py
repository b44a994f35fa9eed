"""Snake plot: a line per group through its standing in R, F and M."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np

from retail_panel.crossfilter.clause import Values
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import GROUPED, GROUPING, LEGEND, OBEYS, WORDS, beside
from retail_panel.studies.segments.profiles import STANDARD, TABLE_UNITS, standings, table, told
from retail_panel.studies.study import Study

#: How near a click must be to a line's point, as a share of the axis.
NEAR = 0.06


def _draw(found, look):
    frame = found.assign(words=told(found, look))
    reach = _reach(found)
    names = list(dict.fromkeys(found.group))
    colours = [look.series[i % len(look.series)] for i in dict.fromkeys(found["index"])]
    # One line a group, in their order: hvPlot's own "by" sorts names, and so would colours move.
    lines = []
    for name, colour in zip(names, colours, strict=True):
        own = frame[frame.group == name]
        lines.append(line(own.label, own.deviation, colour, cut(name, LEGEND), 2.5))
    frame = frame.assign(colour=frame.group.map(dict(zip(names, colours, strict=True))))
    frame = frame.astype(dict.fromkeys(("label", "group", "words", "colour"), object))
    tips = look.tips(("", "group"), ("Mean", "words"), ("Deviations from all", "deviation", "ratio"))
    dots = frame.hvplot.scatter(
        x="label", y="deviation", color="colour", size=70, hover_cols=["group", "words", "colour"],
        hover_tooltips=tips, ylim=(-reach, reach), **SHAPE,
    )  # fmt: skip
    return look.dressed(dots, y="ratio", layers=lines, **beside(look), ylabel="Deviations from all customers")


def _reach(found):
    far = found.deviation.abs().max()
    return 1.15 * far if far and np.isfinite(far) else 1.0


def _says(found, look):
    wide = found.pivot(index="group", columns="measure", values="deviation").dropna()
    crossing = wide[(wide.frequency > 0) & (wide.monetary > 0) & (wide.recency_days > 0)]
    best = wide[["frequency", "monetary"]].mean(axis=1)
    said = f"{best.idxmax()} lie highest in frequency and spend together, {best.idxmin()} lowest."
    if len(wide) == 1:
        said = f"{wide.index[0]} are the only group here."
    if len(crossing):
        said += f" Above all customers in spend and frequency, yet long gone: {', '.join(crossing.index)}."
    return said


def _publish(found, x, y):
    labels = list(dict.fromkeys(found.label))
    place = int(np.floor(x))
    if not 0 <= place < len(labels):
        return None
    own = found[(found.label == labels[place]) & found.deviation.notna()]
    gaps = (own.deviation - y).abs()
    if gaps.min() > NEAR * 2 * _reach(found):
        return None
    return {found["by"].iloc[0]: Values((own.group[gaps.idxmin()],))}


SNAKE = Study(
    name="snake",
    title="Snake plot",
    answer=standings, draw=_draw, table=table, says=_says, publish=_publish, dims=tuple(WORDS),
    definition="A line per group. " + STANDARD + "High recency is long ago. " + OBEYS,
    needs=("customer_key",),
    choices=(GROUPING,),
    groups=GROUPED,
    units=TABLE_UNITS,
    height=330,
)  # fmt: skip
