"""The demo's order lines: sales and returns of two brands over 24 months."""

import numpy as np
import pandas as pd

from retail_panel.demo.baskets import demo_baskets
from retail_panel.demo.catalogue import PREFIX, demo_products
from retail_panel.demo.chance import Chance
from retail_panel.demo.customers import demo_customers
from retail_panel.demo.orders import demo_orders
from retail_panel.demo.returns import demo_returns, document_numbers

COLUMNS = (
    "brand", "order_id", "customer_id", "ordered_at", "channel", "store", "country", "category", "product",
    "description", "quantity", "amount", "list_amount", "unit_cost", "kind", "tier", "currency",
)  # fmt: skip
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
TIER_FROM_PENCE = (20_000, 80_000, 250_000)

GIFT = {"product": "GIFT-01", "description": "Gift with purchase: sample sachet", "category": "Beauty"}
GIFT_COST = 0.35
GIFTS, TRADE_LINES, DUPLICATES, UNCATEGORISED = 120, 14, 24, 150
_TRADE_UNITS = (40, 60)


def demo_order_lines(seed=0):
    """Make the order lines.

    Parameters
    ----------
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        One row per order line by time, with :data:`COLUMNS` in this order: about 100,000 rows of 10,000 customers and
        some guests, from 2024-11-01 to 2026-10-31. ``amount`` and ``list_amount`` are line values in GBP after and
        before discount, negative on a return; ``unit_cost`` is GBP per unit; ``customer_id`` and ``tier`` are null for
        a guest.
    """
    chance = Chance(seed, "order lines")
    customers = demo_customers(seed)
    orders = demo_orders(customers, seed)
    lines = _trade(chance, demo_baskets(customers, orders, seed).merge(orders, on="order"))
    products = demo_products()
    for column in ("category", "product", "description", "unit_cost"):
        lines[column + "_"] = products[column].to_numpy()[lines["product"]]
    lines = lines.drop(columns="product").rename(columns=lambda name: name.rstrip("_"))
    lines["customer_id"] = customers["customer_id"].to_numpy(object)[lines["customer"]]
    lines["tier"] = _tiers(lines)
    lines["prefix"] = lines["brand"].map(PREFIX)
    lines = pd.concat([lines, _gifts(chance, lines)], ignore_index=True)
    returns = demo_returns(lines[lines["pence"] > 0], seed)
    lines["kind"] = np.where(lines["pence"] < lines["list_pence"], "Discount", "Full Price")
    lines["order_id"], returns["order_id"] = document_numbers(lines, returns)
    everything = pd.concat([lines, returns.assign(kind="Return")], ignore_index=True)
    everything["amount"], everything["list_amount"] = everything["pence"] / 100, everything["list_pence"] / 100
    everything["currency"] = "GBP"
    everything = everything.sort_values(["ordered_at", "order_id", "product"], kind="stable", ignore_index=True)
    return _untidy(chance, everything[list(COLUMNS)])


def _trade(chance, lines):
    """Give a few lines of everyday goods the quantities of a trade customer."""
    cheap = np.flatnonzero((lines["list_pence"] / lines["quantity"] < 2_500) & (lines["channel"] != "App"))
    rows = cheap[chance.whole(0, len(cheap) - 1, TRADE_LINES)]
    units = chance.whole(*_TRADE_UNITS, TRADE_LINES)
    list_pence = lines["list_pence"].to_numpy()[rows] // lines["quantity"].to_numpy()[rows] * units
    lines.loc[rows, "pence"] = lines["pence"].to_numpy()[rows] * list_pence // lines["list_pence"].to_numpy()[rows]
    lines.loc[rows, "quantity"], lines.loc[rows, "list_pence"] = units, list_pence
    return lines


def _tiers(lines):
    """Return the tier at each line: by what the customer spent in all orders before."""
    per_order = lines.groupby(["customer", "order"])["pence"].sum()
    before = per_order.groupby(level="customer").cumsum() - per_order
    spent = before.to_numpy()[per_order.index.get_indexer(pd.MultiIndex.from_frame(lines[["customer", "order"]]))]
    tier = np.array(TIERS, object)[np.searchsorted(TIER_FROM_PENCE, spent, side="right")]
    return np.where(lines["customer_id"].isna(), None, tier)


def _gifts(chance, lines):
    eligible = lines[(lines["brand"] == "Bramble & Birch") & (lines["list_pence"] > 3_000)].drop_duplicates("order")
    chosen = np.argsort(chance.uniform(len(eligible)), kind="stable")[:GIFTS]
    return eligible.iloc[chosen].assign(quantity=1, list_pence=0, pence=0, unit_cost=GIFT_COST, **GIFT)


def _untidy(chance, lines):
    """Leave out some categories and repeat some rows, as exports do."""
    missing = np.argsort(chance.uniform(len(lines)), kind="stable")[:UNCATEGORISED]
    lines.loc[missing, "category"] = None
    repeated = np.sort(np.argsort(chance.uniform(len(lines)), kind="stable")[:DUPLICATES])
    order = np.sort(np.concatenate([np.arange(len(lines)), repeated]), kind="stable")
    return lines.iloc[order].reset_index(drop=True)
