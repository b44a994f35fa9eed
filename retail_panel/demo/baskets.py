"""What the demo's orders hold: products, quantities and prices."""

import numpy as np
import pandas as pd

from retail_panel.demo.catalogue import BRANDS, CATEGORIES, DEMAND, MONTHS, UNITS, demo_products
from retail_panel.demo.chance import Chance
from retail_panel.demo.customers import GUEST, HABITS
from retail_panel.demo.outages import empty_shelves, shelves, unsold
from retail_panel.demo.seasons import MONTH, WEEK, sale_days

PER_CATEGORY = 14
_FAVOURITE = 0.4
_BOUGHT_TOGETHER = 0.42
_DISCOUNT, _DISCOUNT_IN_SALE = 0.1, 0.5
_DEPTHS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_DEPTH_WEIGHTS = ((6, 3, 5, 1, 1, 0, 0), (1, 1, 5, 4, 6, 4, 3))


def demo_baskets(customers, orders, seed=0):
    """Fill the orders.

    Parameters
    ----------
    customers, orders : pandas.DataFrame
        As :func:`~retail_panel.demo.customers.demo_customers` and :func:`~retail_panel.demo.orders.demo_orders` return
        them.
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per order and product, by order: ``order``, ``product`` (row of
        :func:`~retail_panel.demo.catalogue.demo_products`), ``quantity``, ``list_pence`` and ``pence`` (line value
        before and after discount, in pence). No line is for a product that was off the shelf.
    """
    chance = Chance(seed, "baskets")
    habits = {habit.name: habit for habit in (*HABITS, GUEST)}
    habit = customers["habit"].to_numpy(object)[orders["customer"]]
    mean_lines = np.array([habits[name].lines for name in habit])
    extra = np.floor(chance.exponential(len(orders)) / -np.log(1 - 1 / mean_lines)).astype(int)
    order = np.repeat(np.arange(len(orders)), 1 + np.minimum(extra, 11))
    product = _with_partners(chance, *_products(chance, customers, orders, habits, order))
    lines = pd.DataFrame(product, columns=["order", "product"])
    lines["product"] = _substitutes(chance, orders, lines, seed)
    lines = lines.drop_duplicates(["order", "product"]).sort_values("order", kind="stable", ignore_index=True)
    return _priced(chance, orders, lines, np.array([habits[name].bargains for name in habit]))


def _products(chance, customers, orders, habits, order):
    products = demo_products()
    category_of = list(CATEGORIES)
    brand = (orders["brand"].to_numpy(object)[order] == BRANDS[1]).astype(int)
    month = MONTH[orders["day"].to_numpy()[order]] - 1
    weights = np.zeros((2 * 12, len(category_of)))
    for column, (name, record) in enumerate(CATEGORIES.items()):
        of_brand = int((products.loc[products["category"] == name, "brand"] == BRANDS[1]).all())
        weights[of_brand * 12:of_brand * 12 + 12, column] = record[DEMAND] * np.array(record[MONTHS])
    category = chance.pick_in(weights, brand * 12 + month)
    buyer = orders["customer"].to_numpy()[order]
    favourite = np.array([category_of.index(name) for name in customers["favourite"]])[buyer]
    liked = chance.yes(_FAVOURITE, len(order)) & (weights[brand * 12, favourite] > 0)
    category = np.where(liked, favourite, category)
    taste = _taste(chance, products, customers["habit"].to_numpy(object)[buyer], category, habits)
    return order, category * PER_CATEGORY + taste


def _taste(chance, products, habit, category, habits):
    price = products["price"].to_numpy().reshape(-1, PER_CATEGORY)
    popularity = products["popularity"].to_numpy().reshape(-1, PER_CATEGORY)
    names = list(habits)
    weights = np.concatenate([popularity * price ** habits[name].taste for name in names])
    row = np.array([names.index(name) for name in habit]) * len(price) + category
    return chance.pick_in(weights, row)


def _with_partners(chance, order, product):
    """Add the products that are often bought together with those already in an order."""
    products = demo_products()
    code = {name: row for row, name in enumerate(products["product"])}
    partner = np.array([code.get(name, -1) for name in products["bought_with"]])[product]
    joined = (partner >= 0) & chance.yes(_BOUGHT_TOGETHER, len(order))
    return np.column_stack([np.concatenate([order, order[joined]]), np.concatenate([product, partner[joined]])])


def _substitutes(chance, orders, lines, seed):
    """Return each line's product, or another of its category where the shelf was empty."""
    banned = unsold(empty_shelves(seed))
    shelf = shelves()
    first_shelf = shelf.reset_index().groupby(["store", "category"])["index"].min()
    category = np.array(list(CATEGORIES), object)[lines["product"].to_numpy() // PER_CATEGORY]
    store = orders["store"].to_numpy(object)[lines["order"]]
    start = first_shelf.reindex(pd.MultiIndex.from_arrays([store, category])).to_numpy().astype(int)
    week = WEEK[orders["day"].to_numpy()[lines["order"]]]
    place = lines["product"].to_numpy() % PER_CATEGORY
    offset = 1 + np.floor(chance.uniform(len(lines)) * (PER_CATEGORY - 1)).astype(int)
    chosen = place.copy()
    for turn in range(1, PER_CATEGORY):
        out = banned[start + chosen, week]
        chosen[out] = (place[out] + (offset[out] + turn - 2) % (PER_CATEGORY - 1) + 1) % PER_CATEGORY
    return lines["product"].to_numpy() - place + chosen


def _priced(chance, orders, lines, bargains):
    count = len(lines)
    order = lines["order"].to_numpy()
    product = lines["product"].to_numpy()
    mean_units = np.array([record[UNITS] for record in CATEGORIES.values()])[product // PER_CATEGORY]
    quantity = 1 + chance.rounded((mean_units - 1) * chance.exponential(count))
    on_sale = sale_days()[orders["day"].to_numpy()[order]]
    reduced = chance.yes(np.where(on_sale, _DISCOUNT_IN_SALE, _DISCOUNT) + bargains[order], count)
    depth = np.array(_DEPTHS)[chance.pick_in(np.array(_DEPTH_WEIGHTS, float), on_sale.astype(int))]
    list_pence = np.rint(demo_products()["price"].to_numpy() * 100).astype(np.int64)[product] * quantity
    pence = np.where(reduced, np.rint(list_pence * (1 - depth)).astype(np.int64), list_pence)
    return lines.assign(quantity=quantity, list_pence=list_pence, pence=pence)
