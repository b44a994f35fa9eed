"""Which value is in which basket, and how often two are in the same one."""

from dataclasses import dataclass, field
from itertools import combinations

import ibis
import numpy as np

from retail_panel.customers.rfm import day_of

NO_ORDERS = (
    "No line names its order, so a basket is what a customer bought on one day; guests, who cannot be told apart, are "
    "left out."
)
#: Up to so many values, baskets are counted by which of them they hold, which is at most 2 to that power.
FEW_ITEMS = 14


@dataclass(frozen=True)
class Baskets:
    """Sale lines as baskets.

    Attributes
    ----------
    sold : ibis.Table
        Sale lines as ``basket`` (int64) and ``item`` (null where the line has none).
    items : tuple
        The items, in their own order.
    basket : str
        What a basket is: ``order``, ``customer`` or ``customer and day``.
    notes : tuple of str
        What one should know when reading.
    """

    sold: ibis.Table = field(repr=False)
    items: tuple = field(repr=False)
    basket: str
    notes: tuple = ()


@dataclass(frozen=True)
class Together:
    """How often items are in baskets, alone and in pairs.

    Attributes
    ----------
    number : int
        Baskets, also those without an item.
    held : dict
        Baskets by item, the item in most baskets first, equal ones in their own order.
    frequent : tuple
        The items that were paired.
    pairs : list of (item, item, int)
        Pairs that occur, the first item before the second in their own order, and the baskets with both.
    """

    number: int
    held: dict
    frequent: tuple
    pairs: list


def baskets(ask, lines, by, customers=False):
    """Return the baskets of lines.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope and selection.
    by : str
        Column whose values are the items.
    customers : bool
        Whether a basket is all that a customer bought.

    Returns
    -------
    Baskets
        By order; where no line names its order (each is then an order of its own), by customer and day.
    """
    sales = lines.filter(~lines.is_return)
    seen = sales.group_by(item=sales[by]).aggregate(last_key=sales.order_key.max())
    found = ask(seen.order_by("item")).to_pylist()
    items = tuple(row["item"] for row in found if row["item"] is not None)
    known = sales.filter(sales.customer_key.notnull()) if "customer_key" in lines.columns else None
    if customers:
        return Baskets(known.select(basket=known.customer_key.cast("int64"), item=known[by]), items, "customer")
    # A line without an order id has its own number below zero as key.
    if known is not None and found and max(row["last_key"] for row in found) < 0:
        # Days since 1970 stay far below 100,000.
        visit = known.customer_key.cast("int64") * 100_000 + day_of(known.ordered_at)
        return Baskets(known.select(basket=visit, item=known[by]), items, "customer and day", (NO_ORDERS,))
    return Baskets(sales.select(basket=sales.order_key, item=sales[by]), items, "order")


def together(ask, held_in, least, most):
    """Count the items in baskets, and the pairs of them.

    Parameters
    ----------
    ask : callable
        As for :func:`baskets`.
    held_in : Baskets
        From :func:`baskets`.
    least : callable
        Takes the number of baskets, returns how many must hold an item for it to be paired.
    most : int
        Most items to pair: those in most baskets.

    Returns
    -------
    Together
    """
    count = _few if 0 < len(held_in.items) <= FEW_ITEMS else _many
    return count(ask, held_in, least, most)


def _few(ask, held_in, least, most):
    items, sold = held_in.items, held_in.sold
    bit = sold.item.cases(*((item, 1 << i) for i, item in enumerate(items)), else_=0)
    masks = sold.group_by("basket").aggregate(mask=bit.cast("int64").bit_or())
    answer = ask(masks.group_by("mask").aggregate(baskets=masks.count()))
    times = answer["baskets"].to_numpy()
    has = (answer["mask"].to_numpy()[:, None] >> np.arange(len(items))) & 1 == 1
    held = {item: int(times[has[:, i]].sum()) for i, item in enumerate(items)}
    number, held = int(times.sum()), dict(sorted(held.items(), key=lambda pair: -pair[1]))
    frequent = _frequent(held, least(number), most)
    place = [i for i, item in enumerate(items) if item in frequent]
    pairs = [(items[i], items[j], int(times[has[:, i] & has[:, j]].sum())) for i, j in combinations(place, 2)]
    return Together(number, held, frequent, [pair for pair in pairs if pair[-1]])


def _many(ask, held_in, least, most):
    sold = held_in.sold
    number = ask(sold.aggregate(baskets=sold.basket.nunique()))["baskets"][0].as_py()
    once = sold.filter(sold.item.notnull()).distinct()
    counts = once.group_by("item").aggregate(baskets=once.count())
    held = dict(zip(*ask(counts.order_by(counts.baskets.desc(), "item")).to_pydict().values(), strict=True))
    frequent = _frequent(held, least(number), most)
    if len(frequent) < 2:
        return Together(number, held, frequent, [])
    kept = once if len(frequent) == len(held) else once.filter(once.item.isin(frequent))
    other = kept.view()
    joined = kept.inner_join(other, [kept.basket == other.basket, kept.item < other.item])
    pairs = joined.select(left=kept.item, right=other.item)
    answer = ask(pairs.group_by("left", "right").aggregate(both=pairs.count()))
    return Together(number, held, frequent, list(zip(*answer.to_pydict().values(), strict=True)))


def _frequent(held, least, most):
    return tuple(item for item, baskets in held.items() if baskets >= least)[:most]
