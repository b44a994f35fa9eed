"""The columns of the table of customers, how it looks, and its order as text."""

import pandas as pd
import panel as pn

#: Column to heading, unit where it shows a figure, and width in pixels; None takes what is left.
COLUMNS = {
    "customer_id": ("Customer", None, 95),
    "segment": ("Segment", None, None),
    "cluster": ("Cluster", None, None),
    "recency_days": ("Recency", "days", 88),
    "frequency": ("Frequency", "count", 100),
    "monetary": ("Monetary", "money", 98),
    "net_sales": ("Net sales", "money", 100),
    "last_day": ("Last purchase", "day", 122),
    "r": ("R", "count", 48),
    "f": ("F", "count", 48),
    "m": ("M", "count", 48),
}
LEAST_WIDTH = 140
#: Left out beside a customer's card, which says them.
BESIDE_CARD = ["cluster", "net_sales", "r", "f", "m"]
FIRST_SORT = "monetary.desc"
#: Panel puts its own style sheet last once one switches between light and dark: ours have to weigh more. A shadow says
#: where the table goes on sideways, in browsers that can tell how far one has scrolled.
STYLE = """
:host .tabulator { background: transparent; border: none; font-size: 13px;
  color: var(--mui-palette-text-primary, inherit); }
:host .tabulator .tabulator-header, :host .tabulator .tabulator-header .tabulator-col { background: transparent;
  color: inherit; border-color: var(--mui-palette-divider, #cbd5e1); }
:host .tabulator .tabulator-header .tabulator-col.tabulator-sortable:hover,
:host .tabulator-row.tabulator-selectable:hover, :host .tabulator-row:hover {
  background: rgba(59, 130, 246, 0.12) !important; color: inherit !important; cursor: pointer; }
:host .tabulator-row, :host .tabulator-row.tabulator-row-even { background: transparent; color: inherit;
  border-bottom: 1px solid var(--mui-palette-divider, #e2e8f0); }
:host .tabulator-row .tabulator-cell, :host .tabulator .tabulator-tableholder .tabulator-table {
  border-color: transparent; background: transparent; color: inherit; }
:host .tabulator .tabulator-tableholder .tabulator-row .tabulator-cell { font-size: 13px; padding: 4px 8px; }
:host .tabulator .tabulator-header .tabulator-col .tabulator-col-content { padding: 4px 8px; }
:host .tabulator .tabulator-header .tabulator-col .tabulator-col-title { font-size: 12px; padding-right: 14px; }
:host .tabulator .tabulator-header .tabulator-col .tabulator-col-sorter { right: 2px; }
:host .tabulator .tabulator-frozen { background: var(--mui-palette-background-paper, inherit) !important; }
:host .tabulator { timeline-scope: --across; }
:host .tabulator .tabulator-tableholder { scroll-timeline: --across inline; }
:host .tabulator::after { content: ""; position: absolute; inset: 0 0 0 auto; width: 28px; z-index: 11; opacity: 0;
  pointer-events: none; background: linear-gradient(to left, rgba(100, 116, 139, 0.55), transparent);
  animation: more linear both; animation-timeline: --across; }
@keyframes more { from, 92% { opacity: 1; } to { opacity: 0; } }
"""


def blank_table():
    """Return the table before its first page: sorted by whoever gives it rows, not in the browser."""
    names = list(COLUMNS)
    blank = pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    # The page comes sorted: to this sorter all texts are alike, so that the browser leaves their order as it is.
    widths = {name: {"width": width} if width else {"minWidth": LEAST_WIDTH} for name, (_, _, width) in COLUMNS.items()}
    alike = [{"field": name, "sorter": "boolean", **widths[name]} for name in names]
    figures = [name for name in names if COLUMNS[name][1]]
    return pn.widgets.Tabulator(
        blank, pagination=None, disabled=True, show_index=False, selectable=False, sizing_mode="stretch_width",
        margin=0, layout="fit_columns", titles={name: title for name, (title, *_) in COLUMNS.items()},
        text_align=dict.fromkeys(figures, "right"), header_align=dict.fromkeys(figures, "right"),
        formatters=dict.fromkeys(names, "plaintext"), header_tooltips=_explained(), row_height=30,
        frozen_columns=["customer_id"], stylesheets=[STYLE],
        configuration={"columns": alike, "headerSortTristate": False}, css_classes=["directory"],
    )  # fmt: skip


def _explained():
    return {
        "customer_id": "Customer; press a row to open the card",
        "recency_days": "Days from the last purchase to the last day in scope",
        "frequency": "Purchases, as the RFM definition counts them",
        "monetary": "Spend, as the RFM definition counts it",
        "net_sales": "Sales less returns in scope",
        "r": "Recency score, 5 is best", "f": "Frequency score, 5 is best", "m": "Monetary score, 5 is best",
    }  # fmt: skip


def sorts(text):
    """Return the columns and directions that an order's text names; none where it names something else."""
    pairs = [tuple(part.partition(".")[::2]) for part in text.split(",")]
    return pairs if all(name in COLUMNS and way in ("asc", "desc") for name, way in pairs) else []


def written(sorters):
    """Return the text of an order."""
    return ",".join(f"{each['field']}.{each['dir']}" for each in sorters)
