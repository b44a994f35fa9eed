"""The overview: tiles, and every line and customer dimension at one glance."""

import panel_material_ui as pmui

from retail_panel.pages.card import ChartGrid
from retail_panel.views import OVERVIEW


def overview(session, details, tiles, touch):
    """Return (layout, grid) of the overview page."""
    grid = ChartGrid(OVERVIEW, session, details, "overview", touch)
    return pmui.Column(tiles, grid.layout, sizing_mode="stretch_width", margin=0, sx={"gap": "12px"}), grid
