"""The first screen as HTML that needs no script: it is there while the page itself is still being made."""

from html import escape
from pathlib import Path

import numpy as np

from retail_panel.formats import format_value
from retail_panel.measures import MEASURES
from retail_panel.pages.contents import PAGES
from retail_panel.report.tiles import tiles_markup
from retail_panel.studies import Look
from retail_panel.views.live import LEAST_PX, MOST_TICKS, is_upward, largest_mark, most_ticks, value_ends
from retail_panel.views.ticks import round_places

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
#: Share of its piece that a bar fills.
FILLED = {"columns": 0.94, "bars": 0.78}
MOST_ROWS = 30


def picture(glance, title, dark=False, touch=False):
    """Return the first screen as HTML.

    Parameters
    ----------
    glance : Glance
        Its figures; whatever is text of the data in them is escaped.
    title : str
        What stands at the top.
    dark, touch : bool
        Whether the paper is dark; whether fingers do the pointing, so that there is no sidebar.
    """
    look = Look(currency=glance.currency)
    tabs = "".join(f"<span>{escape(page.title)}</span>" for page in PAGES)
    cards = "".join(_card(*each, glance.currency) for each in glance.charts)
    kind = " ".join(name for name, on in (("dark", dark), ("touch", touch)) if on)
    return (
        f'<div id="glance" class="{kind}" aria-busy="true"><div class="bar">{escape(title)}</div>'
        '<div class="side"></div>'
        f'<div class="main"><p class="facts">{escape(" · ".join(glance.facts))}</p><div class="tabs">{tabs}</div>'
        f'{tiles_markup(glance.tiles, glance.names, look)}<div class="cards">{cards}</div></div></div>'
    )


def _card(chart, bins, measure, values, currency):
    drawn = {"columns": _columns, "bars": _bars, "grid": _grid}[chart.form](chart, bins, measure, values, currency)
    return (
        f'<div class="card w{chart.width}"><p><b>{escape(chart.title)}</b> · {escape(MEASURES[measure].label)}</p>'
        f'<div class="plot {chart.form}" style="height:{chart.height - 40}px">{drawn}</div></div>'
    )


def _columns(chart, bins, measure, values, currency):
    (cut,) = bins
    start, end = value_ends(values)
    wide, gap = 100 * FILLED["columns"] / cut.size, 100 * (1 - FILLED["columns"]) / cut.size / 2
    bars = "".join(
        _rect(100 * place / cut.size + gap, 100 * (end - max(value, 0)) / (end - start), wide,
              100 * abs(value) / (end - start))
        for place, value in enumerate(_finite(values))
    )  # fmt: skip
    return f"<svg>{bars}</svg>" + _across(cut, chart) + _up(start, end, measure, currency)


def _bars(chart, bins, measure, values, currency):
    (cut,) = bins
    start, end = value_ends(values)
    high = 100 / cut.size
    bars = "".join(
        _rect(100 * (min(value, 0) - start) / (end - start), high * (place + (1 - FILLED["bars"]) / 2),
              100 * abs(value) / (end - start), high * FILLED["bars"])
        for place, value in enumerate(_finite(values))
    )  # fmt: skip
    names = "".join(_word("left", 100 * at / cut.size, label) for at, label in cut.ticks(MOST_ROWS))
    steps = 4 if chart.width > 3 else 2
    figures = "".join(
        _word("below", 100 * (place - start) / (end - start), words)
        for place, words in _places(start, end, measure, currency, steps)
    )
    return f"<svg>{bars}</svg>{names}{figures}"


def _grid(chart, bins, measure, values, currency):
    across, up = bins
    shares = np.nan_to_num(values).clip(0) / max(float(np.nanmax(values, initial=0)), 1e-12)
    sides = largest_mark(across.size) * np.sqrt(shares)
    marks = "".join(
        f'<rect x="{100 * (i + 0.5) / across.size:.1f}%" y="{_height(up, j + 0.5):.1f}%" width="{px:.1f}" '
        f'height="{px:.1f}" transform="translate({-px / 2:.1f} {-px / 2:.1f})"></rect>'
        for (i, j), px in np.ndenumerate(np.maximum(sides, np.where(shares > 0, LEAST_PX, 0)))
        if px > 0
    )
    names = "".join(_word("left", _height(up, at), label) for at, label in up.ticks(MOST_TICKS["grid"]))
    return f"<svg>{marks}</svg>{names}{_across(across, chart)}"


def _height(cut, place):
    return 100 * (1 - place / cut.size if is_upward(cut) else place / cut.size)


def _across(cut, chart):
    return "".join(_word("below", 100 * at / cut.size, label) for at, label in cut.ticks(most_ticks(chart)))


def _up(start, end, measure, currency):
    return "".join(
        _word("left", 100 * (end - place) / (end - start), words)
        for place, words in _places(start, end, measure, currency, 4)
    )


def _places(start, end, measure, currency, most):
    unit = MEASURES[measure].unit
    places = round_places(start, end, most, whole=unit == "count")
    return [(place, format_value(place, unit, currency, "tick")) for place in places]


def _finite(values):
    return np.nan_to_num(values.ravel()).tolist()


def _rect(x, y, width, height):
    return f'<rect x="{x:.2f}%" y="{y:.2f}%" width="{width:.2f}%" height="{height:.2f}%"></rect>'


def _word(where, percent, text):
    side = "top" if where == "left" else "left"
    return f'<span class="{where}" style="{side}:{percent:.1f}%">{escape(str(text))}</span>'
