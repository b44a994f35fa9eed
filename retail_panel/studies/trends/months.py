"""Figures by month that several studies of a page read: asked for once."""

from retail_panel.studies.span import span
from retail_panel.trends.monthly import over_months, over_time
from retail_panel.trends.sums import AVERAGE


def months(asking):
    """Return transactions, customers (where there are any), net sales and the average transaction by month.

    They are those in scope and selection.

    Returns
    -------
    OverTime

    Raises
    ------
    Nothing
        If no day is left.
    """

    def make():
        measures, days = ("transactions", "net_sales", AVERAGE), span(asking)
        measures += ("customers",) if asking.has("customer_key") else ()
        if asking.dated is not None:
            return over_time(asking.ask, asking.dated, "month", span=days, measures=measures)
        done = asking.months if asking.has("customer_key") else None
        if done is not None:
            return over_months(asking.ask, done, days, measures)
        return over_time(asking.ask, asking.merged, "month", span=days, measures=measures)

    return asking.once(("months", repr(asking.filters)), make)
