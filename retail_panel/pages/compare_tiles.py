"""Tiles that set A beside B: both figures, the difference with its interval, and whether it is beyond noise."""

from html import escape

from retail_panel.formats import NONE, change, format_value
from retail_panel.measures import MEASURES
from retail_panel.views.palette import SERIES

A, B = SERIES[0], SERIES[1]
STYLE = f"""
.sides {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(215px, 1fr)); gap: 10px; list-style: none;
  margin: 0; padding: 0; color: var(--mui-palette-text-primary, inherit); }}
.sides li {{ border: 1px solid var(--mui-palette-divider, #cbd5e1); border-radius: 10px; padding: 8px 12px;
  font-size: 13px; display: flex; flex-direction: column; gap: 3px; }}
.sides h3 {{ font-size: 13px; font-weight: 600; margin: 0 0 2px; }}
.sides .pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }}
.sides .pair b {{ font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; display: block; }}
.sides .side {{ border-left: 4px solid; padding-left: 7px; }}
.sides .a {{ border-color: {A}; }} .sides .b {{ border-color: {B}; }}
.sides .side span, .sides .quiet {{ opacity: 0.78; font-size: 12px; }}
.sides .verdict {{ font-weight: 600; font-size: 12px; margin-top: auto; }}
.sides .beyond {{ color: var(--mui-palette-success-main, #047857); }}
"""


def tiles_html(compared, currency):
    """Return the tiles as HTML.

    Parameters
    ----------
    compared : Compared
    currency : str
        ISO code.
    """
    return f'<ul class="sides">{"".join(_tile(row, currency) for row in compared.rows)}</ul>'


def verdict(row):
    """Say of a contrast, in a few words, whether its difference is beyond noise."""
    if row.beyond_noise:
        return "Beyond noise"
    if row.beyond_noise is False:
        return "Within noise, or too small to matter"
    return "Too few customers to test" if row.test else "A total, so not tested"


def difference(row, currency):
    """Write A less B relative to B, with its 95 % interval where it is tested; shares in percentage points."""
    if row.difference is None:
        return NONE
    gap = _relative(row, row.difference, currency)
    if row.low is None:
        return gap
    return f"{gap} ({_relative(row, row.low, currency)} to {_relative(row, row.high, currency)})"


def _tile(row, currency):
    a, b = (format_value(value, row.unit, currency, "tile") for value in (row.a, row.b))
    exact = [format_value(value, row.unit, currency) for value in (row.a, row.b)]
    tone = "verdict beyond" if row.beyond_noise else "verdict quiet"
    return (
        f'<li title="{escape(MEASURES[row.name].definition)}"><h3>{escape(row.label)}</h3>'
        f'<div class="pair"><div class="side a" title="{escape(exact[0])}"><span>A</span><b>{escape(a)}</b></div>'
        f'<div class="side b" title="{escape(exact[1])}"><span>B</span><b>{escape(b)}</b></div></div>'
        f"<div>{escape(difference(row, currency))}</div>"
        f'<div class="{tone}">{escape(verdict(row))}</div></li>'
    )


def _relative(row, gap, currency):
    if row.unit == "share" or not row.b:
        return format_value(gap, row.unit, currency, "change")
    return change(row.b + gap, row.b, row.unit, currency)
