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
#: Bits of a whole number that stand for an item each.
BITS = 62


@dataclass(frozen=True)
class Baskets:
    """Sale lines as baskets.

    Attributes
    ----------
    sold : ibis.Table
        Sale lines as ``basket`` (int64) and ``item`` (null where the line has none).
    items : tuple
        The items, in their own order.
    lines : tuple of int
        Sale lines of each, in the same order: at least as many as the baskets that hold it.
    basket : str
        What a basket is: ``order``, ``customer`` or ``customer and day``.
    notes : tuple of str
        What one should know when reading.
    """

    sold: ibis.Table = field(repr=False)
    items: tuple = field(repr=False)
    lines: tuple = field(repr=False)
    basket: str
    notes: tuple = ()


@dataclass(frozen=True)
class Together:
    """How often items are in baskets, alone and in pairs.

    Attributes
    ----------
    number : int
        Baskets, also those without an item.
    items : int
        Items that any basket holds.
    held : dict
        Baskets by item, of the items that enough baskets hold: the one in most first, equal ones in their own order.
    frequent : tuple
        The items that were paired.
    pairs : list of (item, item, int)
        Pairs that occur, the first item before the second in their own order, and the baskets with both.
    """

    number: int
    items: int
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
    known = sales.customer_key.notnull() if "customer_key" in lines.columns else None
    counts = {"known": sales.count(where=known)} if known is not None else {}
    seen = sales.group_by(item=sales[by]).aggregate(lines=sales.count(), last_key=sales.order_key.max(), **counts)
    found = ask(seen.order_by("item")).to_pylist()

    def made(key, basket, among=sales, counted="lines", notes=()):
        held = [(row["item"], row[counted]) for row in found if row["item"] is not None]
        items, numbers = zip(*held, strict=True) if held else ((), ())
        return Baskets(among.select(basket=key, item=among[by]), items, numbers, basket, notes)

    if customers:
        people = sales.filter(known)
        return made(people.customer_key.cast("int64"), "customer", people, "known")
    # A line without an order id has its own number below zero as key.
    if known is not None and found and max(row["last_key"] for row in found) < 0:
        people = sales.filter(known)
        # Days since 1970 stay far below 100,000.
        visit = people.customer_key.cast("int64") * 100_000 + day_of(people.ordered_at)
        return made(visit, "customer and day", people, "known", (NO_ORDERS,))
    return made(sales.order_key, "order")


def numbered(items, kind):
    """Return a table that numbers items from 0 on: ``item`` and ``code``.

    A join with it takes a tenth of the time of comparing each line with each item.
    """
    codes = ibis.range(len(items)).unnest().name("code").as_table()
    return codes.mutate(item=ibis.literal(list(items), f"array<{kind}>")[codes.code])


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
    is_code = sold.item.type().is_integer() and items[0] >= 0 and items[-1] < BITS
    places = items if is_code else range(len(items))
    # A shift is found in half the time of a comparison with each item.
    bit = ibis.literal(1, "int64") << sold.item.cast("int64") if is_code else sold.item.cases(
        *((item, 1 << i) for i, item in enumerate(items)), else_=0
    )  # fmt: skip
    masks = sold.group_by("basket").aggregate(mask=bit.cast("int64").bit_or().fill_null(0))
    answer = ask(masks.group_by("mask").aggregate(baskets=masks.count()))
    times = answer["baskets"].to_numpy()
    has = (answer["mask"].to_numpy()[:, None] >> np.array(places)) & 1 == 1
    number, limit = int(times.sum()), least(int(times.sum()))
    counts = {item: int(times[has[:, i]].sum()) for i, item in enumerate(items)}
    held = _held(items, counts, limit)
    frequent = tuple(held)[:most]
    place = [i for i, item in enumerate(items) if item in frequent]
    pairs = [(items[i], items[j], int(times[has[:, i] & has[:, j]].sum())) for i, j in combinations(place, 2)]
    return Together(number, len(items), held, frequent, [pair for pair in pairs if pair[-1]])


def _many(ask, held_in, least, most):
    sold = held_in.sold
    number = ask(sold.aggregate(baskets=sold.basket.nunique()))["baskets"][0].as_py()
    limit = least(number)
    # No more baskets hold an item than it has lines, so that most items need not be counted. Few are all counted: the
    # question then is the same in each scope, and put once.
    few = len(held_in.items) <= most
    some = [item for item, n in zip(held_in.items, held_in.lines, strict=True) if few or n >= limit]
    held = {}
    if len(some) > most:
        once = sold.filter(sold.item.notnull()).distinct()
        counts = once.group_by("item").aggregate(baskets=once.count())
        answer = ask(counts.filter(counts.baskets >= limit)).to_pydict()
        held = _held(held_in.items, dict(zip(answer["item"], answer["baskets"], strict=True)), limit)
        frequent = set(tuple(held)[:most])
        some = [item for item in held_in.items if item in frequent]
    codes = numbered(some, sold.item.type())
    coded = sold.join(codes, sold.item == codes.item).select("basket", code=codes.code.cast("int32")).distinct()
    other = coded.view()
    # An item beside itself tells how many baskets hold it.
    both = coded.join(other, [coded.basket == other.basket, coded.code <= other.code])
    pairs = both.select(left=coded.code, right=other.code).group_by("left", "right").aggregate(both=lambda t: t.count())
    rows = list(zip(*ask(pairs).to_pydict().values(), strict=True)) if some else []
    alone = {some[left]: n for left, right, n in rows if left == right}
    held = held or _held(some, alone, limit)
    frequent = tuple(held)[:most]
    kept = {code for code, item in enumerate(some) if item in frequent}
    pairs = [(some[i], some[j], n) for i, j, n in rows if i < j and i in kept and j in kept]
    return Together(number, sum(lines > 0 for lines in held_in.lines), held, frequent, pairs)


def _held(items, counts, limit):
    held = {item: counts.get(item, 0) for item in items if counts.get(item, 0) >= limit}
    return dict(sorted(held.items(), key=lambda pair: -pair[1]))
