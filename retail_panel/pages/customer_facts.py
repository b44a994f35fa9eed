"""What a customer's card says in words and figures, as HTML."""

from html import escape

from retail_panel.formats import NONE, format_value
from retail_panel.pages.table import table_html

RANKS = {"recency_days": ("Recency", "days"), "frequency": ("Frequency", "count"), "monetary": ("Monetary", "money")}
STYLE = """
.rank { display: grid; grid-template-columns: 86px 92px 1fr; gap: 2px 8px; align-items: center; font-size: 13px;
  margin: 6px 0; }
.rank b { font-weight: 600; } .rank .value { text-align: right; font-variant-numeric: tabular-nums; }
.rank .bar { height: 8px; border-radius: 4px; background: rgba(148, 163, 184, 0.3); overflow: hidden; }
.rank .bar i { display: block; height: 8px; border-radius: 4px; background: #3b82f6; }
.rank .words { grid-column: 1 / -1; opacity: 0.8; font-size: 12px; }
"""


def facts_html(card, names, labels, currency):
    """Return a customer's dates, totals and favourites as a table.

    Parameters
    ----------
    card : Card
        The customer.
    names : dict of str to str
        Dimension by the column that a favourite is of.
    labels : dict of str to sequence of str
        Words for the codes, by the same column.
    currency : str
        ISO code.
    """
    rows = [
        ("First purchase", format_value(card.first_day) if card.first_day else NONE),
        ("Last purchase", format_value(card.last_day) if card.last_day else "none, returns only"),
        ("Transactions", format_value(card.transactions)),
        ("Net sales", format_value(card.net_sales, "money", currency)),
    ]
    rows += [(f"Favourite {names[c].lower()}", _favourite(f, labels[c], currency)) for c, f in card.favourites.items()]
    return table_html(rows)


def ranks_html(card, customers, currency):
    """Return R, F and M beside the scored customers: figure, score, and whom they are better than."""
    parts = []
    for name, rank in card.ranks.items():
        label, unit = RANKS[name]
        figure, share = format_value(rank.value, unit, currency), _share(rank.percentile)
        words = f"score {rank.score} of 5 · better than {share} of {customers:,} customers"
        parts.append(
            f'<div class="rank"><b>{escape(label)}</b><span class="value">{escape(figure)}</span>'
            f'<div class="bar" aria-hidden="true"><i style="width:{rank.percentile:.1%}"></i></div>'
            f'<span class="words">{escape(words)}</span></div>'
        )
    return "".join(parts)


def _share(percentile):
    # Nobody does better than everybody, whatever rounding makes of it.
    return format_value(min(max(percentile, 0.001), 0.999), "share", form="tile")


def _favourite(favourite, labels, currency):
    if favourite.value is None or favourite.net_sales <= 0:
        return NONE
    named = [labels[code] if code < len(labels) else "(none)" for code in (favourite.value, *favourite.tied)]
    return f"{' and '.join(named)}, {format_value(favourite.net_sales, 'money', currency)}"
