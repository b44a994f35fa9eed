"""The pages of a table as numbered buttons, large numbers with separators, which the shell's own have not."""

from pathlib import Path

import panel as pn
import param

_here = Path(__file__).parent


class Pager(pn.custom.JSComponent):
    """Goes from page to page of a table."""

    count = param.Integer(default=1, bounds=(1, None), doc="Pages there are.")
    value = param.Integer(default=0, bounds=(0, None), doc="The page that is shown, from 0.")
    beside = param.Integer(default=1, bounds=(0, None), doc="Pages to name on either side of the one that is shown.")

    _esm = (_here / "pager.js").read_text(encoding="utf-8")
    _stylesheets = [(_here / "pager.css").read_text(encoding="utf-8")]
