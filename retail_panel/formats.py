"""Figures as text: in full, on tiles, on axes and as changes.

A format is a small dict that :func:`write` follows. The minus is U+2212, numbers and their units are held together by a
no-break space.
"""

import math
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

MINUS, NONE, HELD = "\u2212", "\u2013", "\u00a0"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SYMBOLS = {
    "GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$",
    "HKD": "HK$", "SGD": "S$", "BRL": "R$", "MXN": "MX$", "KRW": "₩", "ILS": "₪", "TRY": "₺", "UAH": "₴", "VND": "₫",
    "PHP": "₱", "NGN": "₦", "THB": "฿", "ZAR": "R", "PLN": "zł", "CZK": "Kč",
}
BEHIND = ("PLN", "CZK")
#: Digits after the point, where a currency has not two (ISO 4217).
DIGITS = {**dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF"), 0),
          **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)}
FORMS = ("full", "tile", "tick", "change")
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def format_value(value, unit="count", currency="GBP", form="full"):
    """Write a figure.

    Parameters
    ----------
    value : float, int, datetime.date or None
        The figure; money in currency units, shares from 0 to 1.
    unit : str
        As in :class:`retail_panel.measures.Measure`; anything else is written as a plain number.
    currency : str
        ISO 4217 code.
    form : str
        ``full`` (£9,747,747.93), ``tile`` (£9.7m), ``tick`` (as few digits as an axis needs) or ``change`` (signed).

    Returns
    -------
    str
        A dash for None, and for what is no number.

    Examples
    --------
    >>> format_value(9747747.934, "money"), format_value(9747747.934, "money", form="tile")
    ('£9,747,747.93', '£9.7m')
    """
    if isinstance(value, date):
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return write(value, style(unit, currency, form))


def change(now, before, unit="count", currency="GBP"):
    """Write how a figure changed: relative, but shares in percentage points and scores in points.

    Returns
    -------
    str
        Such as ``+4.1%``, ``−0.6 pp`` or ``+12 points``; a dash where there is nothing to compare with.
    """
    if now is None or before is None:
        return NONE
    if unit in ("share", "score"):
        return format_value(now - before, unit, currency, "change")
    return write((now - before) / abs(before), style("relative", currency, "change")) if before else NONE


@lru_cache(maxsize=512)
def style(unit, currency="GBP", form="full"):
    """Return the format of a unit, the dict that :func:`write` follows.

    Returns
    -------
    dict
        ``before``, ``after`` and ``one`` (text around the number; ``one`` instead of ``after`` at 1), ``times``,
        ``trim`` (whether zeros at the end go), ``signed``, and ``steps``: (divisor, letter, digits, limit), of which
        the first that stays below its limit is taken.
    """
    before, after, one, times = _around(unit, currency, form)
    first, steps_from = _digits(unit, currency, form), None
    if form in ("tile", "tick"):
        steps_from = 1e3 if unit == "money" or form == "tick" else 1e6
    steps = [[1, "", first, steps_from]]
    if steps_from:
        letters = ((1e3, "k"), (1e6, "m"), (1e9, "bn"), (1e12, "tn"))
        steps += [[by, letter, 4 if form == "tick" else 1, 1000] for by, letter in letters if by >= steps_from]
        steps[-1][-1] = None
    trim = form == "tick" or unit in ("count", "days", "weeks", "percent") or (unit, form) == ("score", "change")
    return {
        "before": before, "after": after, "one": one, "times": times, "trim": trim, "signed": form == "change",
        "steps": steps,
    }  # fmt: skip


def _around(unit, currency, form):
    if unit == "money":
        symbol = SYMBOLS.get(currency, currency + HELD)
        return ("", HELD + symbol, HELD + symbol, 1) if currency in BEHIND else (symbol, "", "", 1)
    if unit in ("share", "relative"):
        after = f"{HELD}pp" if (unit, form) == ("share", "change") else "%"
        return "", after, after, 100
    if unit == "percent":
        return "", "%", "%", 1
    if unit in ("days", "weeks") or (unit == "score" and form == "change"):
        word = "points" if unit == "score" else unit
        return "", HELD + word, HELD + word[:-1], 1
    return "", "", "", 1


def _digits(unit, currency, form):
    if form == "tick":
        return 4
    if unit == "money":
        return DIGITS.get(currency, 2)
    if form == "full":
        return {"count": 3, "ratio": 2, "share": 2, "days": 0}.get(unit, 1)
    return {"count": 0, "days": 0}.get(unit, 1)


def write(value, style):
    """Write a number by a style, see :func:`style`."""
    if value is None or not math.isfinite(value):
        return NONE
    size = abs(float(value)) * style["times"]
    for step in style["steps"]:
        divisor, letter, digits, limit = step
        text = _fixed(size / divisor, digits)
        if limit is None or float(text) < limit:
            break
    if style["trim"] and "." in text:
        text = text.rstrip("0").rstrip(".")
    sign = "" if not float(text) else MINUS if value < 0 else "+" if style["signed"] else ""
    whole, point, rest = text.partition(".")
    after = style["one"] if text == "1" and not letter else style["after"]
    return f"{sign}{style['before']}{int(whole):,}{point}{rest}{letter}{after}"


def _fixed(size, digits):
    """Round half up on the exact binary value, as readers expect; Python's own rounds half to even."""
    return format(Decimal(size).quantize(Decimal(1).scaleb(-digits), context=_EXACT), "f")
