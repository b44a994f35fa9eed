"""KPIs of stock, alone and against what was sold while it was counted."""

import ibis

from retail_panel.measures.merged import cost
from retail_panel.measures.record import Measure

RETAILING = "Levy, Weitz and Grewal, Retailing Management, chapters on merchandise planning"
APICS = "APICS Dictionary (ASCM)"
COUNTED = {"table": "counted_line"}
_stock = {"table": "stock", "needs": ("on_hand",)}
_valued = {"table": "stock", "needs": ("on_hand", "unit_cost")}
_SECONDS_A_DAY = 86_400


def counted_lines(facts, stock):
    """Return the facts from the first to the last day on which stock was counted.

    Parameters
    ----------
    facts : ibis.Table
        As :func:`retail_panel.measures.facts` returns.
    stock : ibis.Table
        Stock counts in scope, one row a day, store and product.

    Returns
    -------
    ibis.Table
        Columns of ``facts``, fewer rows; none where stock was never counted.
    """
    first, last = stock.day.min().as_scalar(), stock.day.max().as_scalar()
    return facts.filter(facts.ordered_at.date().between(first, last))


def _closing(t):
    return ibis.ifelse(t.day == t.day.max().as_scalar(), t.on_hand, 0)


def _span(t):
    first, last = (day.cast("timestamp").epoch_seconds() for day in (t.day.min(), t.day.max()))
    return (last - first) // _SECONDS_A_DAY + 1


def _supply(value, cost_of_goods, days):
    return value * days / cost_of_goods if cost_of_goods > 0 else None


def _cover(closing, units, days):
    return closing * days / 7 / units if units > 0 else None


def _sold_share(units, closing):
    return units / (units + closing) if units + closing > 0 else None


INVENTORY = (
    Measure("stock_value", "Stock value, summed", "money", "Units on hand times unit cost, over all counts.", 0,
            row=lambda t: t.on_hand * t.unit_cost, **_valued),
    Measure("counted_days", "Days counted", "count", "Distinct days on which stock was counted.", 0,
            key=lambda t: t.day, **_stock),
    Measure("counted_span", "Span counted", "days", "Calendar days from the first count to the last, both included.", 0,
            whole=_span, **_stock),
    Measure("stock_counts", "Stock counts", "count", "Counts of one product in one store on one day.", 0,
            row=lambda t: t.on_hand.notnull().cast("int8"), **_stock),
    Measure("stock_outs", "Stock-outs", "count", "Counts with nothing on hand.", -1,
            row=lambda t: ibis.ifelse(t.on_hand <= 0, 1, 0), **_stock),
    Measure("closing_stock", "Closing stock", "count", "Units on hand on the last day counted.", 0,
            row=_closing, **_stock),
    Measure("counted_cost", "Cost of goods sold while counted", "money",
            "Cost of goods sold, from the first to the last day stock was counted.", 0,
            needs=("unit_cost", "quantity"), row=cost, **COUNTED),
    Measure("counted_margin", "Gross margin while counted", "money",
            "Gross margin, from the first to the last day stock was counted.",
            needs=("unit_cost", "quantity"), row=lambda t: t.amount - cost(t), **COUNTED),
    Measure("counted_units", "Units while counted", "count",
            "Units sold less units returned, from the first to the last day stock was counted.",
            needs=("quantity",), row=lambda t: t.quantity, **COUNTED),
    Measure("average_stock_value", "Average stock at cost", "money",
            "Units on hand times unit cost, added up per day and averaged over the days counted.", 0,
            table="stock", parts=("stock_value", "counted_days"), source=RETAILING),
    Measure("inventory_turnover", "Inventory turnover", "ratio",
            "Cost of goods sold divided by average stock at cost, over the days counted (not annualised).",
            table="stock", parts=("counted_cost", "average_stock_value"), source=RETAILING),
    Measure("days_of_supply", "Days of supply", "days",
            "Average stock at cost divided by cost of goods sold per day, over the days counted.", 0,
            table="stock", parts=("average_stock_value", "counted_cost", "counted_span"), combine=_supply,
            source=APICS),
    Measure("weeks_of_cover", "Weeks of cover", "weeks",
            "Units on hand on the last day counted divided by net units sold per week, over the days counted.", 0,
            table="stock", parts=("closing_stock", "counted_units", "counted_span"), combine=_cover, source=RETAILING),
    Measure("sell_through", "Sell-through", "share",
            "Net units sold divided by net units sold plus units on hand on the last day counted.",
            table="stock", parts=("counted_units", "closing_stock"), combine=_sold_share, source=RETAILING),
    Measure("stock_out_rate", "Stock-out rate", "share", "Stock-outs divided by stock counts.", -1,
            table="stock", parts=("stock_outs", "stock_counts"),
            source="Gruen, Corsten and Bharadwaj (2002), Retail Out-of-Stocks"),
    Measure("gmroi", "GMROI", "ratio",
            "Gross margin divided by average stock at cost, over the days counted (return on inventory investment).",
            table="stock", parts=("counted_margin", "average_stock_value"), source=RETAILING),
)
