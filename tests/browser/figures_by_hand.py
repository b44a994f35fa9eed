"""The figures of the demo computed from its rows with pandas alone, and written as the workbench writes them."""

import pandas as pd

from retail_panel.formats import format_value


def between(lines, since, until):
    """Return the order lines of whole days, the last one excluded."""
    return lines[(lines.ordered_at >= since) & (lines.ordered_at < until)]


def monday(lines, week):
    """Return the Monday that a week of the time chart begins with."""
    first = lines.ordered_at.min().normalize()
    return first - pd.Timedelta(days=first.weekday()) + pd.Timedelta(weeks=week)


def weeks(lines, low, high):
    """Return the order lines of the weeks from ``low`` until ``high`` of the time chart."""
    return between(lines, monday(lines, low), monday(lines, high))


def time_filter(lines, low, high):
    """Return the address of a brush over weeks, a dict of texts."""
    return {"sel.ordered_at": f"{monday(lines, low):%Y-%m-%d}..{monday(lines, high):%Y-%m-%d}"}


def tiles_of(lines):
    """Return the texts of the tiles for net sales, orders and customers."""
    sales = lines[lines.kind != "Return"]
    orders = sales.order_id.nunique() + sales.order_id.isna().sum()
    return {
        "Net sales": format_value(lines.amount.sum(), "money", form="tile"),
        "Orders": format_value(float(orders), form="tile"),
        "Customers": format_value(float(lines.customer_id.nunique()), form="tile"),
    }


def total_by(lines, column, measure="amount"):
    """Return sums by category, pennies exact; a missing category is called (none)."""
    sums = lines.groupby(lines[column].fillna("(none)"))[measure].sum()
    return {name: round(float(value), 2) for name, value in sums.items() if value}


def shown(screen, chart):
    """Return the selected values that a chart shows, likewise."""
    return {name: round(value, 2) for name, value in screen.part(chart).items() if value}
