"""Whether the clusters would be found again among other customers of the same kind."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.stability import CLUSTER_WORDS, clustered_cells, stability
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import groups
from retail_panel.studies.study import Nothing, Study

RESAMPLES = 10


def _answer(asking):
    names = groups(asking, "cluster")
    if len(names) < 2:
        raise Nothing("There is one group only, which any draw of customers gives again. Widen the scope.")

    def make():
        found = stability(*clustered_cells(asking.ask, asking.scored), list(names.values()), RESAMPLES)
        return found, tuple(asking.asked)

    # No selection changes it, so that it is worked out once a scene.
    found, asking.asked[:] = asking.studied("clusters drawn anew", make)
    frame = pd.DataFrame({"cluster": list(names.values()), "again": found.by_cluster})
    frame["word"] = [next(word for least, word in CLUSTER_WORDS if again >= least) for again in frame.again]
    return {"frame": frame.assign(place=np.arange(len(frame))[::-1]), "stability": found}


def _draw(found, look):
    frame = found["frame"]
    ticks = [(place, cut(name, 22)) for place, name in zip(frame.place, frame.cluster, strict=True)]
    tips = look.tips(("", "cluster"), ("Found again", "again", "share"), ("", "word"))
    bars = frame.hvplot.barh(
        x="place", y="again", bar_width=0.6, color=look.series[2], yticks=ticks, hover_cols=["cluster", "word"],
        hover_tooltips=tips, **SHAPE,
    )  # fmt: skip
    # Bars that lie turn both axes: "x" is the upright one, and "y" the one with the figures.
    return look.dressed(bars, x="share", legend=None, xlim=(-0.6, len(frame) - 0.4), ylim=(0, 1),
                        ylabel="Found again, mean Jaccard index")  # fmt: skip


def _table(found, look):
    return found["frame"][["cluster", "again", "word"]].rename(
        columns={"cluster": "Cluster", "again": "Mean Jaccard index", "word": "In words"}
    )


def _says(found, look):
    return found["stability"].sentence


def _publish(found, x, y):
    place = len(found["frame"]) - 1 - int(np.floor(y + 0.5))
    return {"cluster": Values((found["frame"].cluster[place],))} if 0 <= place < len(found["frame"]) else None


STEADINESS = Study(
    name="steadiness",
    title="Stability of the clusters",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("cluster",),
    definition=f"Customers are drawn anew {RESAMPLES} times with replacement, each draw is clustered by itself, and "
    "its clusters are compared with these: by the adjusted Rand index as a whole (Steinley 2004), each cluster by the "
    "mean Jaccard index with its likest one (Hennig 2007). Of all customers of the scope, whatever the selection.",
    needs=("customer_key",),
    units={"Mean Jaccard index": "ratio"},
    height=220,
)  # fmt: skip
