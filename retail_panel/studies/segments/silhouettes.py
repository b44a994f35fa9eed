"""How well each cluster is held apart from the others."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import line
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import groups
from retail_panel.studies.study import Nothing, Study
from retail_panel.views.palette import BRUSH

#: From this mean silhouette on, the structure of a cluster is called so (Kaufman and Rousseeuw 1990, table 2.4).
STRUCTURES = ((0.71, "strong"), (0.51, "reasonable"), (0.26, "weak"), (-1.0, "no substantial"))


def structure(silhouette):
    """Return the word for a mean silhouette: strong, reasonable, weak or no substantial structure."""
    return next(word for least, word in STRUCTURES if silhouette >= least)


def _answer(asking):
    names, population = groups(asking, "cluster"), asking.scene.population
    silhouettes = population.clustering.silhouette_by_cluster_
    if not silhouettes:
        raise Nothing("There is one group only, which has no neighbour to be held apart from. Widen the scope.")
    scored = asking.scored
    held = asking.ask(scored.group_by("cluster").aggregate(customers=scored.count())).to_pandas().set_index("cluster")
    frame = pd.DataFrame({"cluster": list(names.values()), "silhouette": [silhouettes[i] for i in names]})
    frame["customers"] = held["customers"].reindex(list(names)).to_numpy("int64")
    frame["structure"] = frame.silhouette.map(structure)
    frame["place"] = np.arange(len(frame))[::-1]
    return {"frame": frame, "mean": population.clustering.silhouette_[population.clustering.k]}


def _draw(found, look):
    frame = found["frame"]
    low, high = min(0.0, 1.1 * frame.silhouette.min()), max(0.75, 1.1 * frame.silhouette.max())
    ticks = [(place, cut(name, 22)) for place, name in zip(frame.place, frame.cluster, strict=True)]
    tips = look.tips(("", "cluster"), ("Mean silhouette", "silhouette", "ratio"), ("Structure", "structure"),
                     ("Customers", "customers", "count"))  # fmt: skip
    bars = frame.hvplot.barh(
        x="place", y="silhouette", bar_width=0.6, color=look.series[0], yticks=ticks, hover_tooltips=tips,
        hover_cols=["cluster", "structure", "customers"], **SHAPE,
    )  # fmt: skip
    ends = (-0.6, len(frame) - 0.4)
    rule = line((found["mean"], found["mean"]), ends, BRUSH, width=1.5, is_below=False)
    # Bars that lie turn both axes: "x" is the upright one, and "y" the one with the figures.
    return look.dressed(bars, x="ratio", legend=None, layers=[rule], xlim=ends, ylim=(low, high),
                        ylabel="Mean silhouette, all: the line")  # fmt: skip


def _table(found, look):
    return found["frame"][["cluster", "silhouette", "structure", "customers"]].rename(columns={
        "cluster": "Cluster", "silhouette": "Mean silhouette", "structure": "Structure", "customers": "Customers",
    })  # fmt: skip


def _says(found, look):
    frame = found["frame"]
    best, least = frame.loc[frame.silhouette.idxmax()], frame.loc[frame.silhouette.idxmin()]
    said = f"The clusters have {structure(found['mean'])} structure (mean silhouette {found['mean']:.2f})."
    if best.cluster == least.cluster:
        return said
    return (f"{said} {best.cluster} are held apart best ({best.silhouette:.2f}), {least.cluster} least "
            f"({least.silhouette:.2f}).")  # fmt: skip


def _publish(found, x, y):
    place = len(found["frame"]) - 1 - int(np.floor(y + 0.5))
    return {"cluster": Values((found["frame"].cluster[place],))} if 0 <= place < len(found["frame"]) else None


SILHOUETTES = Study(
    name="silhouettes",
    title="Silhouette by cluster",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("cluster",),
    definition="Mean over the customers of a cluster of (b - a) / max(a, b): a is the mean distance to the others of "
    "their cluster, b that to the nearest other cluster (Rousseeuw 1987). Near 1 is held apart, near 0 is between two, "
    "below 0 is nearer to another one; the words are those of Kaufman and Rousseeuw (1990). It is a property of the "
    "clustering: of all customers of the scope, whatever the selection.",
    needs=("customer_key",),
    units={"Mean silhouette": "ratio"},
    height=220,
)  # fmt: skip
