"""Chart records: what they ask for and what they are called."""

from dataclasses import replace

from retail_panel.crossfilter.histogram import Key
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES
from retail_panel.views import OVERVIEW, SEGMENTS


def test_a_chart_follows_the_chosen_measure_or_keeps_its_own():
    charts = {chart.name: chart for chart in OVERVIEW}
    assert charts["time"].key("orders") == Key(("ordered_at",), "orders")
    assert charts["recency"].key("orders") == Key(("recency_days",), "customers")
    assert charts["rhythm"].label("orders") == "Orders by hour and weekday"


def test_every_record_names_what_exists_and_fills_rows_of_twelve():
    for charts in (OVERVIEW, SEGMENTS):
        assert len({chart.name for chart in charts}) == len(charts)
        row = 0
        for chart in charts:
            assert set(chart.dims) <= set(DIMENSIONS) and chart.key("net_sales").measure in MEASURES
            assert len(chart.dims) == (2 if chart.form == "grid" else 1)
            row += chart.width
            assert row <= 12
            row %= 12
        assert row == 0


def test_bars_are_clicked_and_the_rest_is_brushed():
    assert {form: replace(OVERVIEW[0], form=form).brushed for form in ("bars", "columns", "grid")} == {
        "bars": False, "columns": True, "grid": True,
    }  # fmt: skip
    for chart in (*OVERVIEW, *SEGMENTS):
        assert (chart.form == "bars") == (DIMENSIONS[chart.dims[0]].kind == "category" and len(chart.dims) == 1)
