"""Embedded pages: what the address asks for, and what the shell looks like then."""

from dataclasses import dataclass, replace

from retail_panel.pages.contents import PAGES

#: What Bokeh adds to the address where a page of another server takes our content in by a script.
AUTOLOAD = "bokeh-autoload-element"
_GONE = {"display": "none"}
#: The page is as high as its content, so that a frame can follow it; otherwise it fills the window and scrolls inside.
FRAMELESS = {
    "width": "100%", "height": "auto", "overflow": "visible",
    "& > .header": _GONE, "& .main > div > .MuiToolbar-root": _GONE,
    "& .main, & .main-content": {"overflow": "visible"},
}  # fmt: skip


@dataclass(frozen=True)
class Embed:
    """How a host page shows the workbench.

    Parameters
    ----------
    is_on : bool
        Whether it does: then there is neither header nor sidebar nor tabs.
    chart : str
        The only chart or study to show; empty means the whole page.
    home : str
        Where the server is, with a slash at the end, if the host page has taken the workbench in by a script: then the
        window's address is the host's. Otherwise empty.
    """

    is_on: bool = False
    chart: str = ""
    home: str = ""

    @classmethod
    def asked(cls, query):
        """Read it from URL parameters, a dict of texts."""
        home = query.get("bokeh-absolute-url", "").rpartition("/")[0] + "/" if AUTOLOAD in query else ""
        is_on = bool(home) or query.get("embed") == "1"
        return cls(is_on, query.get("chart", "") if is_on else "", home)

    def contents(self):
        """Return the contents of a page with the chart alone; None where there is no chart of that name."""
        for page in PAGES:
            charts, studies = (
                tuple(replace(each, width=12) for each in part if each.name == self.chart)
                for part in (page.charts, page.studies)
            )
            if charts or studies:
                return replace(page, charts=charts, studies=studies)
        return None


def chart_names():
    """Return the names of all charts and studies that can be embedded alone."""
    return [each.name for page in PAGES for each in (*page.charts, *page.studies)]
