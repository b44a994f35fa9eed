"""The charts, one question each; a new one is a line here."""

from retail_panel.views.chart import Chart

CHOSEN = "chosen"

OVERVIEW = (
    Chart("time", "Over time", ("ordered_at",), CHOSEN, "columns", 12),
    Chart("channel", "Channel", ("channel",), CHOSEN, "bars", 4),
    Chart("category", "Category", ("category",), CHOSEN, "bars", 4),
    Chart("segment", "Segments", ("segment",), "customers", "bars", 4),
    Chart("amount", "Line amount", ("amount",), "lines", "columns", 4),
    Chart("kind", "Kind", ("kind",), CHOSEN, "bars", 4),
    Chart("tier", "Tier", ("tier",), CHOSEN, "bars", 4),
    Chart("rhythm", "Weekday and hour", ("hour", "weekday"), CHOSEN, "grid", 6),
    Chart("store", "Store", ("store",), CHOSEN, "bars", 3),
    Chart("country", "Country", ("country",), CHOSEN, "bars", 3),
    Chart("cluster", "Clusters", ("cluster",), "customers", "bars", 3),
    Chart("recency", "Recency, days", ("recency_days",), "customers", "columns", 3),
    Chart("frequency", "Frequency", ("frequency",), "customers", "columns", 3),
    Chart("monetary", "Monetary", ("monetary",), "customers", "columns", 3),
)

SEGMENTS = (
    Chart("segment_sizes", "Segments", ("segment",), "customers", "bars", 6),
    Chart("cluster_sizes", "Clusters", ("cluster",), "customers", "bars", 6),
    Chart("rfm_grid", "Recency by frequency score", ("r", "f"), "customers", "grid", 6, 300),
    Chart("frequency_monetary", "Frequency by monetary", ("frequency", "monetary"), "customers", "grid", 6, 300),
)


def strip(page, beside="segment"):
    """Return the two charts above a page's studies: time, and a category beside it to pick from."""
    title, measure = {"segment": ("Segments", "customers"), "category": ("Category", CHOSEN)}[beside]
    return (
        Chart(f"{page}_time", "Over time", ("ordered_at",), CHOSEN, "columns", 8, 190),
        Chart(f"{page}_{beside}", title, (beside,), measure, "bars", 4, 190),
    )


__all__ = ["CHOSEN", "OVERVIEW", "SEGMENTS", "Chart", "strip"]
