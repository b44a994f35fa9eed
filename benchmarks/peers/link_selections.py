"""HoloViews' link_selections on the charts of the workbench's overview: what ``panel serve`` runs for each visitor.

The rows are the same, coded as the workbench codes them, so that both draw as many bars. BENCHMARK_ROWS says how many.
"""

import os
import sys
from functools import lru_cache
from pathlib import Path

import holoviews as hv
import numpy as np
import panel as pn

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.coded_lines import coded_lines  # noqa: E402

from retail_panel.views import OVERVIEW  # noqa: E402

hv.extension("bokeh")
hv.renderer("bokeh").webgl = False


@lru_cache(maxsize=1)
def lines():
    """Return (coded lines as a frame, number of pieces by dimension), read once a process."""
    table, sizes = coded_lines(int(os.environ.get("BENCHMARK_ROWS", "5000")))
    return table.to_pandas().astype(float), sizes


def chart(rows, view, sizes):
    """Return one chart of amounts over codes: a histogram, or a grid of two dimensions."""
    if view.form == "grid":
        sums = rows.aggregate([f"c_{d}" for d in view.dims], np.sum)
        return hv.Points(sums, kdims=[f"c_{d}" for d in view.dims], vdims=["amount"]).opts(
            marker="square", size=8, width=480, height=200
        )
    (name,) = view.dims
    drawn = hv.operation.histogram(
        rows, dimension=f"c_{name}", weight_dimension="amount", bins=np.arange(sizes[name] + 1), dynamic=False
    )
    return drawn.opts(title=view.title, width=1500 if view.width == 12 else 480, height=200)


def page():
    """Return the linked charts of one visitor."""
    frame, sizes = lines()
    rows = hv.Dataset(frame, kdims=[c for c in frame if c != "amount"], vdims=["amount"])
    first, *others = (chart(rows, view, sizes) for view in OVERVIEW)
    link = hv.link_selections.instance()
    return pn.Column(
        link(first.opts(tools=["xbox_select"], active_tools=["xbox_select"])),
        pn.GridBox(*[pn.panel(link(other)) for other in others], ncols=3),
    )


page().servable()
