"""What the shell gets wrong in the browser, mended there; the script beside this file says what and why."""

from pathlib import Path

import panel as pn
import param


class ShellMends(pn.custom.JSComponent):
    """Nothing to see: runs the script once on each page."""

    ready = param.Boolean(default=False, doc="Whether the browser has run it, so that charts may come.")

    #: What has to be mended before the models of a page are made.
    __javascript__ = ["state_hook.js"]
    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __init__(self, **params):
        super().__init__(width=0, height=0, margin=0, **params)
