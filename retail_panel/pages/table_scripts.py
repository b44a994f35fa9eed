"""The scripts of big tables, which a browser asks for once it shows one."""

from pathlib import Path

import panel as pn
import param
from panel.models.tabulator import DataTabulator


class TableScripts(pn.custom.JSComponent):
    """Nothing to see: brings the scripts, then says so.

    Panel sends them with a page only where every page has them; they are half a megabyte.
    """

    urls = param.List(default=[], item_type=str, doc="Where the scripts are, on this server.")
    ready = param.Boolean(default=False, doc="Whether the browser has them, so that a table may come.")
    fault = param.String(default="", doc="Why the browser has them not; empty where it has.")

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __init__(self, **params):
        # Where the page is still on its way, its scripts come with it.
        pn.extension("tabulator")
        here = pn.state.rel_path
        urls = [f"{here}/{url}" if here else url for url in DataTabulator.__javascript__]
        super().__init__(urls=urls, width=0, height=0, margin=0, **params)
