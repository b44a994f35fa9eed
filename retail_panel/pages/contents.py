"""The pages of the workbench: which charts and studies each one shows. A page is one line here."""

from dataclasses import dataclass

from retail_panel.studies import (
    baskets,
    behaviour,
    insights,
    inventory,
    live,
    retention,
    satisfaction,
    segments,
    trends,
)
from retail_panel.views import OVERVIEW, SEGMENTS, strip


@dataclass(frozen=True)
class Contents:
    """One page.

    Parameters
    ----------
    name, title : str
        Key in the URL; words on the tab.
    charts : tuple of Chart
        Charts that one brushes, above everything else.
    studies : tuple of Study
        What is asked anew once a brush rests.
    """

    name: str
    title: str
    charts: tuple = ()
    studies: tuple = ()


PAGES = (
    Contents("overview", "Overview", OVERVIEW),
    Contents("live", "Live", strip("live", "category"), live.STUDIES),
    Contents("behaviour", "Behaviour", strip("behaviour"), behaviour.STUDIES),
    Contents("trends", "Trends", strip("trends", "category"), trends.STUDIES),
    Contents("segments", "Segments", SEGMENTS, segments.STUDIES),
    Contents("customers", "Customers", strip("customers")),
    Contents("retention", "Retention", strip("retention"), retention.STUDIES),
    Contents("baskets", "Baskets", strip("baskets", "category"), baskets.STUDIES),
    Contents("insights", "Insights", strip("insights"), insights.STUDIES),
    Contents("compare", "Compare", strip("compare")),
    Contents("inventory", "Inventory", strip("inventory", "category"), inventory.STUDIES),
    Contents("satisfaction", "Satisfaction", strip("satisfaction"), satisfaction.STUDIES),
    Contents("data", "Data"),
)
