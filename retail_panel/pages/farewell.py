"""What a page does when its server stops: it says so, waits for the next one and comes back as it was."""

from pathlib import Path

import panel as pn
import param


class Farewell(pn.custom.JSComponent):
    """Nothing to see until the server stops, or cannot be reached.

    Parameters
    ----------
    process : str
        The process that made the page, as ``/readyz`` names it; another one means that the server has restarted.
    """

    process = param.String(doc="Random name of the process.")
    stopping = param.Boolean(default=False, doc="Whether the server has begun to stop.")

    _esm = Path(__file__).with_name("farewell.js").read_text(encoding="utf-8")

    def __init__(self, process, **params):
        super().__init__(width=0, height=0, margin=0, process=process, **params)

    def say(self):
        """Tell the browser that the server stops; for the event loop."""
        self.stopping = True
