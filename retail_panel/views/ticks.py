"""Ticks and tooltips in words of a unit, written here, so that the browser evaluates no code for them."""

import numpy as np
from bokeh.models import FixedTicker

from retail_panel.formats import BEHIND, DIGITS, SYMBOLS, format_value

_NUMERALS = {
    "share": ("", "0.0%", ""), "count": ("", "0,0", ""), "ratio": ("", "0,0.00", ""),
    "days": ("", "0,0.[0]", " days"), "weeks": ("", "0,0.[0]", " weeks"),
}  # fmt: skip


def round_places(low, high, most=5, whole=False):
    """Return at most ``most`` + 1 round numbers between two ends, a list of floats; whole ones where asked for."""
    step = (high - low) / most
    power = 10.0 ** np.floor(np.log10(step))
    step = next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= step * (1 - 1e-9))
    step = max(1.0, np.ceil(step)) if whole else step
    return [float(f"{place:.12g}") for place in np.arange(np.ceil(low / step - 1e-9), high / step + 1e-9) * step]


def write_ticks(axis, low, high, unit, currency="GBP", most=5):
    """Put round places on an axis, in words of its unit.

    Parameters
    ----------
    axis : bokeh.models.Axis
        The axis.
    low, high : float
        Ends of its range, low before high.
    unit, currency : str
        As in :func:`retail_panel.formats.format_value`.
    most : int
        Most steps between places.
    """
    places = round_places(low, high, most, whole=unit == "count")
    words = {place: format_value(place, unit, currency, "tick") for place in places}
    # A ticker that stays spares the document a walk over all its models.
    if not isinstance(axis.ticker, FixedTicker):
        axis.ticker = FixedTicker(ticks=places, minor_ticks=[])
    elif axis.ticker.ticks != places:
        axis.ticker.ticks = places
    if axis.major_label_overrides != words:
        axis.major_label_overrides = words


def tip(column, unit, currency="GBP"):
    """Return a column of a Bokeh tooltip as a figure in full, such as ``£@{sales}{0,0.00}``."""
    before, form, after = numeral(unit, currency)
    return f"{before}@{{{column}}}{{{form}}}{after}"


def numeral(unit, currency="GBP"):
    """Return how a tooltip writes a figure of a unit: what stands before it, its numeral format, and what follows."""
    before, form, after = _NUMERALS.get(unit, ("", "0,0.[00]", ""))
    if unit == "money":
        sign, digits = SYMBOLS.get(currency, f"{currency} "), DIGITS.get(currency, 2)
        form = f"0,0.{'0' * digits}" if digits else "0,0"
        before, after = ("", f" {sign}") if currency in BEHIND else (sign, "")
    return before, form, after
