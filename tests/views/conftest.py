"""Pieces of every dimension, cut by hand, and a chart that notes what the pointer does to it."""

from datetime import datetime

import pytest

from retail_panel.crossfilter.bins import category_bins, fixed_bins, number_bins, time_bins
from retail_panel.dimensions import HOURS, SCORES, WEEKDAYS
from retail_panel.schema import MONEY_SCALE
from retail_panel.views import OVERVIEW, SEGMENTS
from retail_panel.views.live import LiveChart

CHARTS = {chart.name: chart for chart in (*OVERVIEW, *SEGMENTS)}


@pytest.fixture(scope="package")
def pieces():
    """Bins by dimension: 17 days, 20 amounts, 3 channels, 13 stores and the rest as in a shop."""
    named = {
        "channel": ["Online", "In-store", None], "store": [f"Shop {i}" for i in range(20)], "country": ["UK", "Éire"],
        "category": ["Shoes", "Hats", "Coats"], "kind": ["Full Price", "Discount", "Return"], "tier": ["Gold", None],
        "segment": ["Champions", "Lost"], "cluster": ["VIP Champions", "Dormant Customers"],
    }  # fmt: skip
    return {
        **{name: category_bins(values) for name, values in named.items()},
        "weekday": fixed_bins(WEEKDAYS), "hour": fixed_bins(HOURS), "r": fixed_bins(SCORES), "f": fixed_bins(SCORES),
        "ordered_at": time_bins(datetime(2024, 3, 4), datetime(2024, 3, 20)),
        "amount": number_bins(0, 100 * MONEY_SCALE, "money", pieces=20),
        "monetary": number_bins(0, 2_000 * MONEY_SCALE, "money"),
        "recency_days": number_bins(0, 200, "days"),
        "frequency": number_bins(1, 9, "count"),
    }  # fmt: skip


@pytest.fixture
def draw(pieces):
    """A function that draws a chart by name and notes its calls in ``calls``."""

    def draw(name, measure="net_sales", bins=None, **more):
        calls = []
        live = LiveChart(
            CHARTS[name], bins or [pieces[d] for d in CHARTS[name].dims], CHARTS[name].key(measure).measure, "GBP",
            enter=lambda *call: calls.append(("enter", *call)), brush=lambda *call: calls.append(("brush", *call)),
            click=lambda *call: calls.append(("click", *call)), **more,
        )  # fmt: skip
        live.calls = calls
        return live

    return draw
