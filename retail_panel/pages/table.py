"""Small tables as HTML: text to the left, figures to the right, nothing that could run."""

from html import escape

import panel as pn

STYLE = """
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { padding: 4px 8px; text-align: left; vertical-align: top; }
th { font-weight: 600; border-bottom: 1px solid var(--mui-palette-divider, #cbd5e1); }
tr + tr td { border-top: 1px solid var(--mui-palette-divider, #e2e8f0); }
.figure { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: break-word; }
td:first-child { white-space: nowrap; }
"""
#: A table that a phone pushes sideways rather than squeezes: a shadow says that there is more.
SIDEWAYS = """
:host {
  overflow-x: auto;
  background:
    linear-gradient(to left, var(--mui-palette-background-paper, transparent) 40%, transparent) right / 28px 100%
      no-repeat local,
    linear-gradient(to left, rgba(100, 116, 139, 0.4), transparent) right / 14px 100% no-repeat scroll;
}
table { min-width: 620px; }
"""


def table_html(rows, columns=(), figures=()):
    """Return a table as HTML.

    Parameters
    ----------
    rows : iterable of sequence of str
        Cells, escaped here.
    columns : sequence of str
        Headings; none leaves the head out.
    figures : collection of int
        Numbers of the columns that hold figures.
    """
    sides = dict.fromkeys(figures, ' class="figure"')
    head = "".join(f"<th{sides.get(i, '')}>{escape(name)}</th>" for i, name in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f"<td{sides.get(i, '')}>{escape(str(cell))}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if columns else ''}<tbody>{body}</tbody></table>"


def table_pane(rows, columns=(), figures=(), **params):
    """Return :func:`table_html` as a pane as wide as its place."""
    return pn.pane.HTML(
        table_html(rows, columns, figures), stylesheets=[STYLE], sizing_mode="stretch_width", margin=4, **params
    )
