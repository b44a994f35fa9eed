"""Chart records: which dimension a chart shows and publishes, by which measure, in which form."""

from dataclasses import dataclass

from retail_panel.crossfilter.histogram import Key
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES


@dataclass(frozen=True)
class Chart:
    """One chart.

    Parameters
    ----------
    name, title : str
        Key in code and tests; words on the screen.
    dims : tuple of str
        Dimensions it groups by and publishes a filter on: one, or two for a grid (across, up).
    measure : str
        What it measures; ``chosen`` is what the user chose for the page.
    form : str
        ``columns`` for numbers and time, ``bars`` for categories, ``grid`` for two dimensions.
    width : int
        Columns of the page's grid of twelve.
    height : int
        Pixels of the drawing.
    """

    name: str
    title: str
    dims: tuple
    measure: str
    form: str
    width: int
    height: int = 210

    def key(self, chosen):
        """Return what the chart asks for, given the page's chosen measure."""
        return Key(self.dims, chosen if self.measure == "chosen" else self.measure)

    def label(self, chosen):
        """Return the chart's words for a screen: what by what."""
        dimensions = " and ".join(DIMENSIONS[name].label.lower() for name in self.dims)
        return f"{MEASURES[self.key(chosen).measure].label} by {dimensions}"

    @property
    def brushed(self):
        """Whether it selects by dragging a box rather than by clicks."""
        return self.form != "bars"
