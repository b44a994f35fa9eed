"""Stock beside what was sold of the same goods: both narrowed by the filters that both can obey."""

from dataclasses import replace

from retail_panel.crossfilter.rolled import since
from retail_panel.dimensions import DIMENSIONS
from retail_panel.formats import format_value
from retail_panel.operations.inventory import inventory
from retail_panel.studies.study import Nothing

#: A count of stock says these of itself.
SHARED = ("ordered_at", "brand", "store", "category", "product")
OBEYS = (
    "Stock counts know their day, brand, store, category and product: filters on these narrow the counts and the sales "
    "beside them, any other selection narrows neither."
)


def counted(asking, *ignored, by=None):
    """Return the tables that figures of stock read, narrowed by the selection.

    Parameters
    ----------
    asking : Asking
        What to ask with.
    *ignored : str
        Dimensions whose filter is left out.
    by : str, optional
        What the figures are split by.

    Returns
    -------
    dict of str to ibis.Table
        ``order_line`` and ``stock``, under the same filters, so that their ratios speak of the same goods; of products
        from the first day on of which no line was rolled up.
    """
    part = replace(asking, filters=shared(asking, ignored))
    lines, stock = part.plain_lines, part.tables["stock"]
    first = since(asking.scene) if "product" in (by, *part.filters, *asking.scene.query) else None
    if first is not None:
        lines, stock = part.single_lines, stock.filter(stock.day >= first)
    return {"order_line": lines, "stock": stock}


def no_counts(asking):
    """Return the :class:`Nothing` of a selection without counts: whether there are any elsewhere."""
    stock = asking.store.stock
    if asking.ask(stock.aggregate(rows=stock.count()))["rows"][0].as_py():
        return Nothing("Stock was not counted in what is selected. Clear the selection, or widen the period.")
    return Nothing("The source has no stock counts. Load a stock table beside the order lines to see this.")


def stock_by(asking, by):
    """Return the figures of stock by a column and of the whole, asked for once by all studies of a scene.

    Raises
    ------
    Nothing
        If no stock was counted.
    """
    def make():
        tables = counted(asking, by, by=by)
        rows = inventory(asking.ask, tables, by)
        return rows, inventory(asking.ask, tables) if len(rows) else rows

    rows, whole = asking.once(("stock by", by, repr(shared(asking, (by,)))), make)
    if rows.empty:
        raise no_counts(asking)
    return rows, whole.iloc[0]


def span(asking, *ignored):
    """Say from when to when stock was counted, such as ``from 2 Nov 2024 to 31 Oct 2026``; None without a count."""
    stock = counted(asking, *ignored)["stock"]
    found = asking.ask(stock.aggregate(first=stock.day.min(), last=stock.day.max())).to_pylist()[0]
    if found["first"] is None:
        return None
    return f"from {format_value(found['first'])} to {format_value(found['last'])}"


def narrowed(asking, *ignored):
    """Say which filters narrow the figures and which cannot; empty where nothing is selected."""
    can, cannot = asking.shares("stock")
    own = {DIMENSIONS[name].label for name in ignored}
    words = [f"Narrowed by {_listed(some)}." for some in [[label for label in can if label not in own]] if some]
    words += [f"Not narrowed by {_listed(cannot)}, which stock counts do not know."] if cannot else []
    return " ".join(words)


def shared(asking, ignored=()):
    """Return the filters that stock counts obey, but for some."""
    return {name: clause for name, clause in asking.filters.items() if name in SHARED and name not in ignored}


def _listed(labels):
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1]))).lower()
