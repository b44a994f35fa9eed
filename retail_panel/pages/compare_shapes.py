"""Charts of a comparison: each distribution of A in front of that of B, and all tested differences with intervals."""

from functools import partial

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd
from bokeh.models import Scatter, VBar

from retail_panel.pages.compare_tiles import verdict
from retail_panel.pages.plain_text import plain
from retail_panel.studies import Study
from retail_panel.studies.layers import Layer, line
from retail_panel.studies.look import SHAPE

#: Distribution to title, what is counted, and where it comes from.
SHAPES = {
    "transaction": ("Amount per transaction", "transactions", "The absolute amount of each order or return document."),
    "recency_days": ("Recency, days", "customers", "Days from the last purchase to the last day in scope."),
    "frequency": ("Frequency", "customers", "Purchases, as the RFM definition counts them."),
    "monetary": ("Monetary", "customers", "Spend, as the RFM definition counts it."),
}
HOW = (
    "A and B are cut at the same places; the first bar takes everything below, the last everything above. Heights are "
    "shares of A and of B, so that sides of unlike size compare. A customer with lines on both sides is in both. R, F "
    "and M are those within the scope, whatever is selected."
)
MOST_TICKS = 6


def shape_of(compared, name):
    """Return one distribution of a comparison; None where it has none."""
    return next((shape for shape in compared.shapes if shape.name == name), None)


def _frame(shape):
    a, b = (np.array(side) for side in shape.shares)
    size = len(shape.labels)
    return pd.DataFrame({"label": shape.labels, "place": np.arange(size) + 0.5, "a": a, "b": b, "a_count": shape.a,
                         "b_count": shape.b})  # fmt: skip


def _draw(name, compared, look):
    shape = shape_of(compared, name)
    frame, size = _frame(shape), len(shape.labels)
    top = 1.08 * max(frame["a"].max(), frame["b"].max())
    step = -(-(size + 1) // MOST_TICKS)
    unit = "money" if shape.unit == "money" else "count"
    ticks = [(i, look.write(edge, unit, "tick")) for i, edge in enumerate(shape.edges) if i % step == 0]
    ranges = {"xlim": (0, size), "ylim": (0, top), "xticks": ticks, **SHAPE}
    tips = look.tips(("", "label"), ("A", "a", "share"), ("B", "b", "share"), ("A, number", "a_count", "count"),
                     ("B, number", "b_count", "count"))  # fmt: skip
    places = {"x": frame["place"].to_numpy(), "top": frame["a"].to_numpy()}
    colours = {"fill_color": look.series[0], "fill_alpha": 0.55, "line_color": None}
    bars = Layer(VBar, places, {"width": 0.94, "bottom": 0, **colours})
    corners = np.repeat(np.arange(size + 1), 2)[1:-1]
    outline = line(corners, np.repeat(frame["b"], 2), look.series[1], width=2.5, is_below=False)
    touch = frame.assign(top=top).hvplot.bar(
        x="place", y="top", alpha=0, bar_width=1, hover_tooltips=tips, **ranges,
        hover_cols=["label", "a", "b", "a_count", "b_count"],
    )  # fmt: skip
    return look.dressed(touch, y="share", legend=None, layers=[bars, outline])


def _table(name, compared, look):
    shape = shape_of(compared, name)
    return pd.DataFrame({SHAPES[name][0]: shape.labels, "A": shape.a, "B": shape.b,
                         "Share of A": shape.shares[0], "Share of B": shape.shares[1]})  # fmt: skip


def _says(name, compared, look):
    shape = shape_of(compared, name)
    what = SHAPES[name][1]
    said = []
    for letter, counts in (("A", shape.a), ("B", shape.b)):
        total = sum(counts)
        if not total:
            said.append(f"{letter} has none.")
            continue
        middle = shape.labels[int(np.searchsorted(np.cumsum(counts), total / 2))]
        said.append(f"{letter}: {look.write(total)} {what}, the middle one {middle}.")
    return " ".join(["A in blue, B outlined in amber.", *said])


SHAPE_STUDIES = tuple(
    Study(
        name=f"compare_{name}", title=title, answer=None, draw=partial(_draw, name), table=partial(_table, name),
        says=partial(_says, name), definition=f"{words} {HOW}", units={"Share of A": "share", "Share of B": "share"},
        width=6, height=210,
    )
    for name, (title, _, words) in SHAPES.items()
)  # fmt: skip


def _tested(compared):
    rows = [row for row in compared.rows if row.test and row.difference is not None and row.b]
    return pd.DataFrame({
        "label": [row.label for row in rows][::-1],
        "place": np.arange(len(rows), dtype=float),
        "gap": [row.difference / abs(row.b) for row in rows][::-1],
        "low": [np.nan if row.low is None else row.low / abs(row.b) for row in rows][::-1],
        "high": [np.nan if row.high is None else row.high / abs(row.b) for row in rows][::-1],
        "verdict": [verdict(row) for row in rows][::-1],
        "beyond": [bool(row.beyond_noise) for row in rows][::-1],
    })  # fmt: skip


def _draw_gaps(compared, look):
    frame = _tested(compared)
    ends = frame[["gap", "low", "high"]].to_numpy()
    reach = 1.1 * (np.nanmax(np.abs(ends)) if np.isfinite(ends).any() else 1) or 1
    ranges = {"xlim": (-reach, reach), "ylim": (-0.7, max(0.7, len(frame) - 0.3)),
              "yticks": list(zip(frame["place"], frame["label"], strict=True)), **SHAPE}  # fmt: skip
    zero = pd.DataFrame({"x": [0.0, 0.0], "y": [-0.7, len(frame)]})
    ends = np.column_stack([frame["low"], frame["high"], np.full(len(frame), np.nan)]).ravel()
    tips = look.tips(("", "label"), ("A against B", "gap", "share"), ("from", "low", "share"),
                     ("to", "high", "share"), ("", "verdict"))  # fmt: skip
    colours = np.where(frame["beyond"], look.series[0], look.series[9]).astype(object)
    told = {name: frame[name].to_numpy() for name in ("label", "gap", "low", "high", "verdict")}
    rule = zero.hvplot.line(x="x", y="y", color=look.text, line_width=1, hover=False, **ranges)
    spans = line(ends, np.repeat(frame["place"], 3), look.text, is_below=False)
    marks = Layer(Scatter, {"x": told["gap"], "y": frame["place"].to_numpy(), "colour": colours, **told},
                  {"size": 9.5, "fill_color": "colour", "line_color": "colour"}, tips=tuple(tips))  # fmt: skip
    return look.dressed(rule, x="share", legend=None, layers=[spans, marks])


def _table_gaps(compared, look):
    return pd.DataFrame([
        {"Figure": row.label, "A": look.write(row.a, row.unit), "B": look.write(row.b, row.unit),
         "A against B": row.relative, "From": None if row.low is None or not row.b else row.low / abs(row.b),
         "To": None if row.high is None or not row.b else row.high / abs(row.b), "Adjusted p": row.p_adjusted,
         "Verdict": verdict(row), "Test": row.test or "none"}
        for row in compared.rows
    ]).astype(dict.fromkeys(("A against B", "From", "To", "Adjusted p"), float))  # fmt: skip


def _says_gaps(compared, look):
    frame = _tested(compared)
    beyond = int(frame["beyond"].sum())
    return (f"{beyond} of {len(frame)} differences that can be tested {'is' if beyond == 1 else 'are'} beyond noise "
            f"(blue). A is {plain(compared.a)}, B is {plain(compared.b)}.")  # fmt: skip


GAPS = Study(
    name="compare_gaps",
    title="A against B, with 95% intervals",
    answer=None, draw=_draw_gaps, table=_table_gaps, says=_says_gaps,
    definition="A less B, relative to B, of the figures that divide one sum by another. Customers are the clusters, so "
    "that one who buys often, or who is in A and in B, is not taken for several. Welch's test of two ratios (Cochran "
    "1977, section 6.3; Welch 1947) or chi-square of two shares; all p values are adjusted together (Benjamini and "
    "Hochberg 1995), 5% at most. A difference below 1% of B, or half a percentage point of a share, is called too "
    "small to matter. Totals grow with customers and days and are not tested.",
    units={"A against B": "share", "From": "share", "To": "share"},
    width=12, height=260,
)  # fmt: skip
