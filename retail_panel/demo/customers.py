"""The demo's customers, of eight truly different habits, and its guests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from retail_panel.demo.catalogue import BRANDS, CATEGORIES, DEMAND, SHOPS, demo_products
from retail_panel.demo.chance import Chance
from retail_panel.demo.seasons import DAYS

CUSTOMERS = 10_000
GUESTS = 1_600
_SITE_ONLY = ("France", "Germany")
_SITE_ONLY_SHARE = 0.05


@dataclass(frozen=True)
class Habit:
    """How one type of customer shops; days are counted from the first day of the demo."""

    name: str
    share: float
    first_day: tuple
    last_day: tuple
    orders: tuple
    lines: float
    taste: float
    bargains: float
    season: str = "all"
    online: float = 0.0


_END = len(DAYS) - 1
HABITS = (
    Habit("Regular", 0.105, (0, 240), (_END, _END), (12, 18), 1.9, 0.15, 0.0),
    Habit("Family", 0.135, (0, 300), (_END, _END), (4, 7), 2.6, 0.0, 0.05, online=-0.3),
    Habit("Big spender", 0.085, (0, 300), (_END, _END), (3, 4), 2.8, 2.2, -0.08, online=0.2),
    Habit("Bargain hunter", 0.13, (0, 200), (_END, _END), (3, 5), 1.6, -0.9, 0.5, season="sales", online=0.3),
    Habit("One-time", 0.22, (0, 0), (600, 600), (1, 1), 1.4, -0.2, 0.0, online=0.3),
    Habit("Newcomer", 0.12, (_END - 95, _END - 5), (_END, _END), (1, 2), 1.5, -0.1, 0.0, online=0.6),
    Habit("Lapsed", 0.12, (0, 40), (230, 400), (5, 8), 2.1, 0.1, 0.0),
    Habit("Gift buyer", 0.085, (0, 0), (_END, _END), (1, 3), 2.2, 0.2, 0.0, season="gifts", online=0.1),
)
GUEST = Habit("Guest", 0.0, (0, 0), (_END, _END), (1, 1), 1.3, -0.2, 0.0, online=-2.5)


def demo_customers(seed=0):
    """Make the customers, with the habits that the other demo tables do not show.

    Parameters
    ----------
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per customer and per guest: ``customer_id`` (null for a guest), ``habit`` (the name of a
        :class:`Habit`), ``brand`` and ``shop`` where they are at home (no shop where ``country`` has none),
        ``country``, ``favourite`` category, ``first_day`` and ``last_day`` between which they order (days
        from the first day of the demo), ``orders`` (number they place) and ``online`` (log-odds of buying online on an
        average day).
    """
    chance = Chance(seed, "customers")
    habits = (*HABITS, GUEST)
    sizes = [round(habit.share * CUSTOMERS) for habit in HABITS] + [GUESTS]
    kind = np.repeat(np.arange(len(habits)), sizes)
    kind[:CUSTOMERS] = kind[:CUSTOMERS][np.argsort(chance.uniform(CUSTOMERS), kind="stable")]
    count = len(kind)
    first = chance.whole(*_bounds(habits, "first_day", kind), count)
    last = chance.whole(*_bounds(habits, "last_day", kind), count)
    brand = np.array(BRANDS)[chance.pick((0.54, 0.46), count)]
    shop, country = _home(chance, brand)
    everyone = pd.DataFrame({
        "customer_id": [f"C{number:05d}" for number in range(1, CUSTOMERS + 1)] + [None] * GUESTS,
        "habit": np.array([habit.name for habit in habits])[kind],
        "brand": brand,
        "shop": shop,
        "country": country,
        "favourite": _favourite(chance, brand),
        "first_day": first,
        "last_day": last,
        "orders": chance.whole(*_bounds(habits, "orders", kind), count),
        "online": -0.55 + np.array([habit.online for habit in habits])[kind] + 1.1 * chance.normal(count),
    })
    everyone.loc[everyone["shop"] == "", "online"] = 30.0
    return everyone


def _bounds(habits, name, kind):
    pairs = np.array([getattr(habit, name) for habit in habits])
    return pairs[kind, 0], pairs[kind, 1]


def _home(chance, brand):
    shop, country = np.empty(len(brand), object), np.empty(len(brand), object)
    for name in BRANDS:
        here = brand == name
        shops = [record for record in SHOPS if record[0] == name]
        which = chance.pick([record[3] for record in shops], here.sum())
        shop[here] = np.array([record[1] for record in shops])[which]
        country[here] = np.array([record[2] for record in shops])[which]
    abroad = chance.yes(_SITE_ONLY_SHARE, len(brand))
    shop[abroad] = ""
    country[abroad] = np.array(_SITE_ONLY)[chance.whole(0, 1, abroad.sum())]
    return shop, country


def _favourite(chance, brand):
    favourite = np.empty(len(brand), object)
    for name in BRANDS:
        here = brand == name
        categories = demo_products().loc[lambda products, name=name: products["brand"] == name, "category"].unique()
        weights = [CATEGORIES[category][DEMAND] for category in categories]
        favourite[here] = np.array(categories, object)[chance.pick(weights, here.sum())]
    return favourite
