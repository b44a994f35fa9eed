"""What the demo's two brands sell, and where."""

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

BRANDS = ("Bramble & Birch", "Kestrel Row")
PREFIX = {"Bramble & Birch": "BB", "Kestrel Row": "KR"}
SITES = {brand: f"{brand} Online" for brand in BRANDS}

#: (brand, shop, country, share of the brand's customers who live near it)
SHOPS = (
    ("Bramble & Birch", "London Marylebone", "United Kingdom", 0.24),
    ("Bramble & Birch", "Manchester", "United Kingdom", 0.18),
    ("Bramble & Birch", "Bristol", "United Kingdom", 0.16),
    ("Bramble & Birch", "Edinburgh", "United Kingdom", 0.15),
    ("Bramble & Birch", "Dublin", "Ireland", 0.15),
    ("Bramble & Birch", "Amsterdam", "Netherlands", 0.12),
    ("Kestrel Row", "London Shoreditch", "United Kingdom", 0.25),
    ("Kestrel Row", "Leeds", "United Kingdom", 0.19),
    ("Kestrel Row", "Glasgow", "United Kingdom", 0.18),
    ("Kestrel Row", "Cardiff", "United Kingdom", 0.14),
    ("Kestrel Row", "Belfast", "United Kingdom", 0.12),
    ("Kestrel Row", "Cork", "Ireland", 0.12),
)

#: category: (cost as a share of the price, chance that a line is returned, mean units per line, share of the demand,
#: weight in each month from January to December)
CATEGORIES = {
    "Groceries": (0.66, 0.006, 2.4, 1.5, (0.9, 1, 1, 1, 1, 0.9, 0.8, 0.8, 1, 1, 1.1, 1.5)),
    "Home": (0.48, 0.055, 1.15, 1.1, (1.2, 0.9, 1, 1, 1, 0.8, 0.8, 0.8, 1.1, 1.1, 1.1, 1.1)),
    "Beauty": (0.38, 0.03, 1.2, 0.9, (0.8, 1.3, 1, 0.9, 0.9, 1.1, 1.1, 0.9, 0.9, 0.9, 1.1, 1.5)),
    "Toys & Gifts": (0.52, 0.04, 1.2, 0.55, (0.5, 0.6, 0.7, 0.9, 0.7, 0.7, 0.9, 0.7, 0.7, 0.9, 2.2, 3.6)),
    "Garden": (0.55, 0.045, 1.3, 0.75, (0.3, 0.6, 1.6, 2.2, 2.3, 1.9, 1.3, 0.9, 0.8, 0.6, 0.3, 0.3)),
    "Apparel": (0.42, 0.17, 1.1, 1.3, (0.9, 0.8, 1, 1, 1, 1, 0.9, 1, 1.3, 1.3, 1.1, 1)),
    "Footwear": (0.47, 0.14, 1.0, 0.8, (0.9, 0.8, 1.1, 1.1, 1, 0.9, 0.8, 1.2, 1.3, 1.1, 1, 0.9)),
    "Electronics": (0.76, 0.08, 1.05, 0.5, (0.8, 0.7, 0.8, 0.8, 0.8, 0.8, 0.9, 0.9, 0.9, 1, 2, 1.8)),
    "Books": (0.58, 0.015, 1.25, 1.0, (0.9, 0.9, 1, 0.9, 0.9, 1.1, 1.3, 1.1, 0.9, 1, 1.2, 1.8)),
    "Sports": (0.54, 0.07, 1.1, 0.8, (1.9, 1.2, 1, 1.1, 1.2, 1.4, 1.2, 1, 1, 0.8, 0.7, 0.7)),
}
COST_SHARE, RETURN_CHANCE, UNITS, DEMAND, MONTHS = range(5)


@cache
def demo_products():
    """Return the catalogue.

    Returns
    -------
    pandas.DataFrame
        One row per product: ``brand, category, product, description, price`` (GBP), ``bought_with`` (the product it is
        often bought together with, or empty), ``unit_cost`` (GBP) and ``popularity`` (weight within its category).
    """
    source = resources.files("retail_panel.demo") / "products.csv"
    with source.open(encoding="utf-8") as lines:
        products = pd.read_csv(lines, keep_default_na=False)
    rank = products.groupby("category", sort=False).cumcount().to_numpy()
    share = np.array([CATEGORIES[category][COST_SHARE] for category in products["category"]])
    cost_pence = np.rint(products["price"].to_numpy() * 100 * share * (0.94 + 0.01 * (rank * 5 % 13)))
    products["unit_cost"] = cost_pence / 100
    products["popularity"] = 1 / (1 + rank * 3 % 14) ** 0.6
    return products
