"""The row of KPI tiles."""

from datetime import timedelta
from math import isfinite
from pathlib import Path

import numpy as np
import panel as pn
import param

from retail_panel.formats import MINUS, change, format_value, style
from retail_panel.measures import MEASURES
from retail_panel.tiles import live_figure, shown

SIGNS = ("+", MINUS)
#: Before an estimate, and what its error says.
ABOUT, WITHIN = "≈ ", "An estimate from a sample of customers: in 95 of 100 such samples the exact figure is this near"
NOTHING = "no order lines are selected: clear a filter, or widen it"
_here = Path(__file__).parent


class TileRow(pn.custom.JSComponent):
    """Tiles with figure, change and sparkline; a click on one asks how it is made."""

    tiles = param.List(default=[], doc="One dict a tile: name, label, definition.")
    values = param.Dict(default={}, doc="Text by tile; a missing one is on its way.")
    box = param.String(default="", doc="The brush that the values answer, see Brush.box; empty for any other.")
    told = param.Integer(default=0, doc="Grows with each telling, so that one that tells the same again is one, too.")
    changes = param.Dict(default={}, doc="By tile a dict of text, tone (good, bad or empty), title and path.")

    _esm = (_here / "tiles.js").read_text()
    _stylesheets = [(_here / "tiles.css").read_text()]

    def __init__(self, session, explain, page, **params):
        super().__init__(sizing_mode="stretch_width", **params)
        self._session, self._page = session, page
        self._explain = explain
        self._names = []
        session.answers.audience.append(self)

    def _handle_msg(self, name):
        self._explain(name)

    def wants(self):
        """Return no keys: tiles are answered by themselves."""
        return []

    def brushes(self):
        """Return no charts."""
        return []

    def awaits_tiles(self):
        """Whether the page they are on is open."""
        return self._session.page == self._page

    def rescene(self, scene):
        """Show the tiles that the source supports."""
        names = shown(scene)
        if names != self._names:
            self._names = names
            self.tiles = [
                {"name": n, "label": MEASURES[n].label, "definition": MEASURES[n].definition} for n in names
            ]
            self.values = {}

    def show(self, wholes, parts, filters):
        """Wait for the tiles' own answers; while another page is open there are none, and those of before are wrong."""
        if not self.awaits_tiles() and (self.values or self.changes):
            self._session.comparison = ""
            self._tell(box="", values={}, changes={})

    def move(self, chart, parts, elsewhere):
        """Show what a moving brush makes of the tiles; what is not known yet is pending."""
        if elsewhere:
            return
        found = {name: live_figure(name, parts) for name in self._names}
        known = {name for name in self._names if found[name] is not None or _is_known(name, parts)}
        self._tell(box="", values={name: self._text(name, found[name]) for name in known})

    def parts(self, chart, places):
        """Return what the browser needs to show the tiles by itself, see :class:`BrushPath`."""
        order = {key.measure: place for place, key in enumerate(places) if not key.dims}
        currency = self._session.currency
        return {"tiles": {
            name: {"figure": figure_part(name, order), "style": style(MEASURES[name].unit, currency, "tile")}
            for name in self._names
        }}  # fmt: skip

    def show_tiles(self, answers):
        """Show exact figures, their change and their course."""
        span, is_exact = answers.before_span, answers.off_by is None
        words = f"compared with {_span(span)}" if span else "no earlier period to compare with"
        words = NOTHING if self._session.selection.clauses and _is_nothing(answers.now) else words
        self._session.comparison = words if is_exact else ""
        about = "" if is_exact else ABOUT
        self._tell(
            box=self._session.answers.box,
            values={name: f"{about}{self._text(name, answers.now.get(name))}" for name in self._names},
            changes={name: (self._change if is_exact else self._error)(name, answers) for name in self._names},
        )

    def _tell(self, **news):
        self.param.update(**news, told=self.told + 1)

    def _text(self, name, value):
        return format_value(value, MEASURES[name].unit, self._session.currency, "tile")

    def _error(self, name, answers):
        half = answers.off_by.get(name)
        text = "" if half is None else f"± {self._text(name, half)}"
        return {**_course(name, answers), "text": text, "tone": "", "title": WITHIN if text else ""}

    def _change(self, name, answers):
        course = _course(name, answers)
        if answers.before_span is None:
            return course
        measure, currency = MEASURES[name], self._session.currency
        now, before = answers.now.get(name), answers.before.get(name)
        title = f"{format_value(before, measure.unit, currency)} in {_span(answers.before_span)}"
        tone = ""
        if now is not None and before is not None and now != before and measure.good:
            tone = "good" if (now > before) == (measure.good > 0) else "bad"
        text = change(now, before, measure.unit, currency)
        return {**course, "text": text, "tone": tone if text[:1] in SIGNS else "", "title": title}


def _is_nothing(figures):
    """Whether figures are of no line: what is counted is zero, and the rest not known."""
    return 0 in figures.values() and not any(figures.values())


def _course(name, answers):
    return {"path": _path(answers.lines.get(name))}


def figure_part(name, order):
    """Return how the browser makes a tile's figure: a place among its arrays, or parts to divide; None if it cannot.

    Parameters
    ----------
    name : str
        The measure.
    order : dict of str to int
        Places by measure.
    """
    measure = MEASURES[name]
    if not measure.parts:
        return order.get(name)
    parts = [figure_part(part, order) for part in measure.parts]
    return None if measure.combine or None in parts else {"parts": parts, "sign": measure.sign}


def _is_known(name, parts):
    measure = MEASURES[name]
    return all(_is_known(part, parts) for part in measure.parts) if measure.parts else ((), name) in parts


def _span(span):
    first, last = (format_value(end.date(), "day") for end in (span.low, span.high - timedelta(days=1)))
    return f"{first} to {last}"


def _path(values):
    if values is None or len(values) < 2 or not np.isfinite(values).any():
        return ""
    low, high = np.nanmin(values), np.nanmax(values)
    ys = 22 - 20 * (values - low) / ((high - low) or 1)
    xs = np.linspace(0, 100, len(values))
    steps, pen = [], "M"
    # Numbers of Python are written five times as fast as those of arrays.
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if isfinite(y):
            steps.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L" if isfinite(y) else "M"
    return "".join(steps)
