"""Cuts: the bins that each dimension of a store has."""

from datetime import timedelta

from retail_panel.crossfilter.bins import (
    CategoryBins,
    NumberBins,
    category_bins,
    fixed_bins,
    month_bins,
    number_bins,
    time_bins,
)
from retail_panel.dimensions import DIMENSIONS
from retail_panel.store.prepared import Prepared

#: Dimensions of customers that are numbers, and those that are times.
NUMBERS, TIMES = (
    tuple(name for name, d in DIMENSIONS.items() if d.level == "customer" and d.kind == kind)
    for kind in ("number", "time")
)


def line_bins(catalogue, currency="GBP"):
    """Return the bins of the dimensions of order lines, but for time.

    They are cut by what the whole store holds, so that bars keep their places when scope changes. ``currency`` is the
    ISO code for the words of bins. An empty store has none.
    """
    if catalogue.first is None:
        return {}
    bins = {name: category_bins(values) for name in catalogue.counts if (values := catalogue.values(name))}
    bins |= {name: fixed_bins(d.labels) for name, d in DIMENSIONS.items() if d.labels and d.level == "line"}
    low, _, high = catalogue.amounts
    return bins | {"amount": number_bins(low, high, "money", currency)}


def moment_bins(catalogue, scope):
    """Return the bins of time, cut by the scope's span; None in an empty store."""
    if catalogue.first is None:
        return None
    span, first, last = scope.clauses().get("ordered_at"), catalogue.first, catalogue.last
    if span is not None:
        first = max(first, span.low) if span.low else first
        last = min(last, span.high - timedelta(microseconds=1)) if span.high else last
    return time_bins(first, max(first, last))


def customer_bins(store, scored, labels, currency="GBP"):
    """Return the bins of the dimensions of scored customers.

    Parameters
    ----------
    store : Store
        Where to ask.
    scored : ibis.Table
        Scored customers, one row a customer.
    labels : dict of str to sequence of str
        Names of the segments and clusters, by dimension name.
    currency : str
        ISO code for the words of bins.
    """
    found = store.ask(Prepared(_spreads, scored)).to_pylist()[0]
    if not found["rows"]:
        return {}
    bins = {}
    for name in NUMBERS:
        if DIMENSIONS[name].unit == "percent":
            bins[name] = number_bins(0, 99, "percent", currency, pieces=100)
            continue
        low = min(0, float(found[f"{name}0"])) if name != "monetary" else float(found[f"{name}0"])
        bins[name] = number_bins(low, float(found[f"{name}1"]), DIMENSIONS[name].unit, currency)
    # Months, as cohorts are read by; with returns counted as purchases there may be no sale to begin with.
    spans = {name: (found[f"{name}0"], found[f"{name}1"]) for name in TIMES}
    bins |= {name: month_bins(*span) for name, span in spans.items() if span[0] is not None}
    for name, dimension in DIMENSIONS.items():
        if dimension.level == "customer" and dimension.kind == "category":
            bins[name] = fixed_bins(dimension.labels or labels[name])
    return bins


def _spreads(scored):
    spread = {f"{name}{i}": scored[name].quantile(q) for name in NUMBERS for i, q in ((0, 0.01), (1, 0.99))}
    ends = {f"{name}{i}": end for name in TIMES for i, end in enumerate((scored[name].min(), scored[name].max()))}
    return scored.aggregate(rows=scored.count(), **spread, **ends)


def code_of(name, cut, table):
    """Return a dimension of a table in codes of its bins, a uint8 column."""
    return cut.code(DIMENSIONS[name].expression(table)).cast("uint8")


def steady(bins, old):
    """Keep earlier cuts where they still fit, so that bars do not jump as rows arrive.

    Parameters
    ----------
    bins, old : dict
        Dimension to bins: those of now, and those of before.

    Returns
    -------
    dict
        As ``bins``. A value that a category had before has the same code.
    """
    kept = {}
    for name, cut in bins.items():
        before = old.get(name)
        if isinstance(cut, NumberBins) and isinstance(before, NumberBins):
            cut = before if _fits(before, cut) else cut
        elif isinstance(cut, CategoryBins) and isinstance(before, CategoryBins) and not cut.fixed:
            known = (*before.values, *before.rest)
            fresh = [v for v in (*cut.values, *cut.rest) if v not in known]
            cut = category_bins([*known, *fresh])
        kept[name] = cut
    return kept


def _fits(before, cut):
    """Whether an earlier cut still shows most of what a fresh one would, and little else."""
    (low, *_, high), (first, *_, last) = before.edges, cut.edges
    return before.size > 1 and 2 * (min(high, last) - max(low, first)) >= max(high - low, last - first)
