"""The overview: tiles, and every line and customer dimension at one glance."""

import panel_material_ui as pmui

from retail_panel.pages.card import ChartGrid
from retail_panel.pages.tiles import TileRow


class OverviewPage:
    """Tiles above charts; parameters as in :class:`retail_panel.pages.study_page.StudyPage`."""

    def __init__(self, contents, session, details, touch=False):
        tiles = TileRow(session, details.open_tile, contents.name)
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.layout = pmui.Column(
            tiles, self.charts.layout, sizing_mode="stretch_width", margin=0, sx={"gap": "12px"}
        )

    def theme(self, dark):
        """Follow the light or dark paper."""
        self.charts.theme(dark)
