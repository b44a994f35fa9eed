"""The report of a load as one piece of HTML: what was read and how, and what was set aside.

A part of panel-material-ui costs server and browser some 20 ms; a report would take dozens of them.
"""

from datetime import datetime
from html import escape

import panel as pn

from retail_panel.formats import NONE, format_value
from retail_panel.measures import MEASURES
from retail_panel.pages.table import STYLE as TABLE_STYLE
from retail_panel.pages.table import table_html

KINDS = {"stock": "stock counts", "feedback": "feedback"}
HEAD = ("source", "table")
LISTS = (
    "quarantined", "cardinalities", "completeness", "unreadable", "mapping", "constants", "ignored", "lacks",
    "decisions", "notes", "tables", "outlier_rule",
)  # fmt: skip
#: Signs that one hardly sees by themselves.
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ".": "full stop"}
TIMES = ("first", "last")
ALL_READ = "No row was set aside."
#: A column that is missing in more than one line of a hundred is worth a look.
NEARLY_ALL = 0.99
STYLE = """
:host { color: var(--mui-palette-text-primary, inherit); font-size: 14px; line-height: 1.43; }
h2 { margin: 4px 8px; font-size: 16px; font-weight: 600; line-height: 1.5; overflow-wrap: anywhere; }
h3 { margin: 0 8px; font-size: 12px; font-weight: 400; line-height: 2.4; letter-spacing: 0.08em;
  text-transform: uppercase; }
p { margin: 2px 8px; overflow-wrap: anywhere; }
td { overflow-wrap: anywhere; }
.figure { white-space: nowrap; }
.parts { columns: 2 380px; column-gap: 24px; }
section { break-inside: avoid; padding: 4px 0 10px; overflow-x: auto; }
.shares td:nth-child(2) { width: 60%; vertical-align: middle; }
.shares tr + tr td { border-top: 0; }
.bar { height: 4px; border-radius: 2px; background: var(--mui-palette-divider, #e2e8f0); }
.bar div { height: 100%; border-radius: 2px; background: var(--mui-palette-primary-main, #1976d2); }
.bar .nearly-all { background: var(--mui-palette-success-main, #2e7d32); }
@media (max-width: 600px) { .wide td:first-child { white-space: normal; } }
"""


def report_html(report, currency):
    """Return a report as HTML; names in it may be anything and are escaped.

    Parameters
    ----------
    report : dict
        Of one table, as intake makes it.
    currency : str
        ISO code of its amounts.
    """
    mapping = [(m["column"], m["role"], m["why"]) for m in report.get("mapping", [])]
    decided = [(_words(name), SIGNS.get(value, value)) for name, value in _decided(report).items()]
    distinct = [(_words(name), _number(value)) for name, value in report.get("cardinalities", {}).items()]
    aside = [(q["reason"], _number(q["rows"]), _example(q)) for q in report.get("quarantined", [])]
    parts = (
        _part("Counts", table_html(list(_figures(report, currency)), figures=(1,))),
        _part("Completeness", _shares(report.get("completeness", {}))),
        _part("Recognised columns", table_html(mapping, ("Column", "Read as", "Why"))) if mapping else "",
        _part("Decisions", table_html(decided)) if decided else "",
        _part("Distinct values", table_html(distinct, figures=(1,))) if distinct else "",
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in report.get("notes", []))
    table = table_html(aside, ("Reason", "Rows", "Example"), (1,)) if aside else f"<p>{ALL_READ}</p>"
    title = f"{report.get('source')} · {KINDS.get(report.get('table'), 'order lines')}"
    return f'{_title(title)}<div class="parts">{"".join(parts)}</div>{notes}{_part("Set aside", table, "wide")}'


def lacking_html(supported, missing):
    """Return which figures the data does not support as HTML.

    Parameters
    ----------
    supported : collection of str
        Names of measures.
    missing : dict of str to collection of str
        The columns that other measures lack, by name.
    """
    rows = [(MEASURES[name].label, ", ".join(sorted(columns))) for name, columns in missing.items()]
    table = table_html(rows, ("Figure", "Needs")) if rows else "<p>Every figure of the workbench can be computed.</p>"
    return f"{_title('What the data does not support')}{table}<p>{len(supported)} figures are supported.</p>"


def sheet(html):
    """Return a pane of such HTML."""
    return pn.pane.HTML(html, stylesheets=[TABLE_STYLE, STYLE], sizing_mode="stretch_width", margin=0)


def _decided(report):
    rule = report.get("outlier_rule")
    return report.get("decisions", {}) | ({"outliers": rule} if rule else {})


def _figures(report, currency):
    for name, value in report.items():
        if name in HEAD or name in LISTS or value == "":
            continue
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, figure in parts:
            is_money = "value" in part or name == "amount_sum"
            text = format_value(figure, "money", currency) if is_money else _number(figure)
            text = _time(figure) if name in TIMES and figure else text
            yield _words(f"{name} {part}".strip()), text


def _shares(shares):
    rows = "".join(
        f'<tr><td>{escape(_words(name))}</td><td><div class="bar" aria-hidden="true">'
        f'<div{" class=nearly-all" if share > NEARLY_ALL else ""} style="width: {share:.1%}"></div></div></td>'
        f'<td class="figure">{format_value(share, "share", form="tile")}</td></tr>'
        for name, share in shares.items()
    )
    return rows and f'<table class="shares"><tbody>{rows}</tbody></table>'


def _example(reason):
    found = reason.get("examples") or [{}]
    return f"{found[0].get('position', '')}: {found[0].get('text', '')}"[:160]


def _words(name):
    return str(name).replace("_", " ").capitalize()


def _number(value):
    if value is None:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _time(text):
    at = datetime.fromisoformat(text)
    return f"{format_value(at.date())} {at:%H:%M}" if len(text) > len("2026-10-31") else format_value(at.date())


def _title(text):
    return f"<h2>{escape(text)}</h2>"


def _part(title, html, kind=""):
    return f'<section class="{kind}"><h3>{title}</h3>{html}</section>' if html else ""
