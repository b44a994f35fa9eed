"""A page of charts that one brushes and of studies that follow."""

import panel_material_ui as pmui

from retail_panel.pages.card import ChartGrid
from retail_panel.pages.study_grid import StudyGrid


class StudyPage:
    """One page made from its contents.

    Parameters
    ----------
    contents : Contents
        What it shows.
    session : Session
        The visitor.
    details : Details
        The drawer.
    touch : bool
        Whether fingers do the pointing.
    """

    def __init__(self, contents, session, details, touch=False):
        self.charts = ChartGrid(contents.charts, session, details.open_chart, contents.name, touch)
        self.studies = StudyGrid(contents.studies, session, details.open_study, contents.name, touch=touch)
        self.layout = pmui.Column(
            self.charts.layout, self.studies.layout, sizing_mode="stretch_width", margin=0, sx={"gap": "12px"}
        )

    def theme(self, dark):
        """Follow the light or dark paper."""
        self.charts.theme(dark)
        self.studies.theme(dark)
