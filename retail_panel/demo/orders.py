"""When, where and through which channel the demo's customers order."""

import numpy as np
import pandas as pd

from retail_panel.demo.catalogue import BRANDS, SITES
from retail_panel.demo.chance import Chance
from retail_panel.demo.customers import GUEST, HABITS
from retail_panel.demo.seasons import DAYS, HOURS, WEEKDAY, busyness, closed_days, gift_days, sale_days

_OTHER_BRAND = 0.07
_ONLINE_TREND = (-0.45, 0.75)
_WEEKEND_IN_STORE = 0.5
_APP_SINCE = np.datetime64("2025-02-01")
_APP_SHARE_AT_END = 0.42


def demo_orders(customers, seed=0):
    """Place the orders.

    Parameters
    ----------
    customers : pandas.DataFrame
        As :func:`~retail_panel.demo.customers.demo_customers` returns it.
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per order, by time: ``order`` (number from 0), ``customer`` (row of `customers`), ``day`` (from the
        first day of the demo), ``ordered_at``, ``brand``, ``channel``, ``store`` and ``country``. An order from the
        brand where the customer is not at home goes through its site or app.
    """
    chance = Chance(seed, "orders")
    customer = np.repeat(np.arange(len(customers)), customers["orders"])
    day = _days(chance, customers, customer)
    at_home = customers["brand"].to_numpy(object)[customer]
    elsewhere = chance.yes(_OTHER_BRAND, len(customer)) & customers["customer_id"].notna().to_numpy()[customer]
    brand = np.where(elsewhere, np.where(at_home == BRANDS[0], BRANDS[1], BRANDS[0]), at_home)
    channel = _channels(chance, np.where(elsewhere, np.inf, customers["online"].to_numpy()[customer]), day)
    orders = pd.DataFrame({
        "customer": customer,
        "day": day,
        "ordered_at": DAYS[day].astype("datetime64[s]") + _seconds(chance, channel, day),
        "brand": brand,
        "channel": channel,
        "store": np.where(
            channel == "In-store", customers["shop"].to_numpy(object)[customer], [SITES[name] for name in brand]
        ),
        "country": customers["country"].to_numpy(object)[customer],
    })
    orders = orders.sort_values(["ordered_at", "customer"], kind="stable", ignore_index=True)
    orders.insert(0, "order", np.arange(len(orders)))
    return orders


def _days(chance, customers, customer):
    """Spread each customer's orders evenly over the busy-weighted days between their first and last."""
    seasons = {
        "all": busyness(),
        "sales": busyness() * np.where(sale_days(), 14.0, 1.0),
        "gifts": busyness() * gift_days(),
    }
    edges = np.array([np.concatenate([[0.0], np.cumsum(weight)]) for weight in seasons.values()])
    season_of = {habit.name: list(seasons).index(habit.season) for habit in (*HABITS, GUEST)}
    season = customers["habit"].map(season_of).to_numpy()[customer]
    first, last = customers["first_day"].to_numpy()[customer], customers["last_day"].to_numpy()[customer]
    placed = customers["orders"].to_numpy()
    turn = np.arange(len(customer)) - np.repeat(np.cumsum(placed) - placed, placed)
    along = (turn + chance.uniform(len(customer))) / placed[customer]
    low, high = edges[season, first], edges[season, last + 1]
    target = low + (high - low) * along
    day = np.empty(len(customer), np.int64)
    for row, edge in enumerate(edges):
        here = season == row
        day[here] = np.searchsorted(edge, target[here], side="right") - 1
    return np.clip(day, first, last)


def _channels(chance, online, day):
    count = len(day)
    trend = np.interp(day, (0, len(DAYS) - 1), _ONLINE_TREND)
    leaning = online + trend - _WEEKEND_IN_STORE * (WEEKDAY[day] >= 5)
    at_site = chance.yes(1 / (1 + np.exp(-leaning)), count) | closed_days()[day]
    months_of_app = (DAYS[day] - _APP_SINCE).astype(int) / (DAYS[-1] - _APP_SINCE).astype(int)
    by_app = chance.yes(_APP_SHARE_AT_END * np.clip(months_of_app, 0, 1), count)
    return np.where(at_site, np.where(by_app, "App", "Online"), "In-store").astype(object)


def _seconds(chance, channel, day):
    hours = list(HOURS)
    row = np.array([hours.index(name) for name in ("In-store", "Online", "App")])[
        np.select([channel == "In-store", channel == "Online"], [0, 1], 2)
    ]
    row[(channel == "In-store") & (WEEKDAY[day] == 6)] = hours.index("In-store, Sunday")
    hour = chance.pick_in(np.array(list(HOURS.values()), float), row)
    return (hour * 3600 + chance.whole(0, 3599, len(day))).astype("timedelta64[s]")
