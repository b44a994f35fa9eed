"""A figure in three dimensions, drawn by the plotly.js that Panel brings along; its Python package is not needed."""

import itertools
from pathlib import Path

import panel as pn
import param
from panel.io.resources import BUNDLE_DIR

FOLDER = "plotlyplot"
_numbers = itertools.count(1)


def _library():
    """Return the path of plotly.js below Panel's own files, whatever version Panel brings."""
    (found,) = (BUNDLE_DIR / FOLDER).glob("plotly-*.min.js")
    return f"bundled/{FOLDER}/{found.name}"


class PlotlyPane(pn.custom.JSComponent):
    """A plotly figure that keeps the user's camera as it changes.

    Parameters
    ----------
    picked : callable, optional
        Takes the number of the trace that is clicked, or whose name in the legend is.

    ``pn.pane.Plotly`` would ask for the extension when the visitor arrives, and so put its 4.8 MB on every page.
    """

    object = param.Dict(
        default={}, doc="Figure as plotly.js takes it: data, arrays or lists, and layout; empty draws nothing."
    )
    file = param.String(doc="Path of the library below Panel's static files.")
    handle = param.String(doc="What a page finds the figure by, to save it as a picture.")

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __init__(self, picked=None, **params):
        super().__init__(file=_library(), handle=f"plot{next(_numbers)}", **params)
        self._picked = picked

    def _handle_msg(self, trace):
        if self._picked is not None:
            self._picked(trace)
