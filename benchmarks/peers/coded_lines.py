"""The order lines that peers chart: coded as the workbench codes them, so that all draw as many bars."""

from stores import opened

from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.store import Shelf
from retail_panel.views import OVERVIEW


def coded_lines(rows):
    """Return (coded lines as an Arrow table, number of pieces by dimension) of so many order lines."""
    store = opened(rows)
    _, scene = Scenes(store, Shelf(), "GBP").take({}, definition_of(CustomersPipeline()))
    sizes = {name: cut.size for name, cut in scene.coded.bins.items()}
    table = store.ask(scene.coded.table).select(["amount", *(f"c_{d}" for chart in OVERVIEW for d in chart.dims)])
    store.close()
    return table, sizes
