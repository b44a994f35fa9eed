"""Five thousand lines in the layout of the dashboard that Retail Panel grew from (`rfm_enriched.csv`)."""

import numpy as np
import pandas as pd

from retail_panel.demo.chance import Chance

LINES = 5_000
IDS = 1_000
SINCE, UNTIL = np.datetime64("2023-08-03"), np.datetime64("2024-08-01")
MEAN_AMOUNT = 98.64
CHANNELS = ("Online", "In-store")
CATEGORIES = ("Electronics", "Books", "Home", "Apparel", "Groceries")
CATEGORY_WEIGHTS = (0.195, 0.219, 0.195, 0.195, 0.196)
KIND_LINES = {"Full Price": 3_040, "Discount": 1_506, "Return": 454}
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
TIER_WEIGHTS = (0.32, 0.28, 0.22, 0.18)


def demo_seed_layout(seed=0):
    """Make a year of transactions in which nothing depends on anything.

    Parameters
    ----------
    seed : int
        Zero or more.

    Returns
    -------
    pandas.DataFrame
        5,000 rows, one per transaction, in no order: ``customer_id`` (1 to 1000), ``purchase_amount`` (GBP, positive on
        returns too, mean 98.64), ``purchase_date`` (text such as 5/21/2024, month first; 2023-08-03 to 2024-07-31),
        ``channel``, ``product_category``, ``transaction_type``, ``customer_tier``. Channel, category, type and tier are
        drawn for each line by itself: a difference between them is noise.

    Source
    ------
    Layout and figures: github.com/martinktay/rfm-segmentation-streamlit, README. The rows are our own.
    """
    chance = Chance(seed, "seed layout")
    amount = np.maximum(chance.exponential(LINES), 0.01)
    day = SINCE + chance.whole(0, (UNTIL - SINCE).astype(int) - 1, LINES)
    day[:2] = SINCE, UNTIL - 1
    kinds = np.repeat(list(KIND_LINES), list(KIND_LINES.values()))
    lines = pd.DataFrame({
        "customer_id": chance.whole(1, IDS, LINES),
        "purchase_amount": np.rint(amount * (100 * MEAN_AMOUNT / amount.mean())) / 100,
        "purchase_date": _month_first(day),
        "channel": np.array(CHANNELS)[chance.whole(0, 1, LINES)],
        "product_category": np.array(CATEGORIES)[chance.pick(CATEGORY_WEIGHTS, LINES)],
        "transaction_type": kinds[np.argsort(chance.uniform(LINES), kind="stable")],
        "customer_tier": np.array(TIERS)[chance.pick(TIER_WEIGHTS, LINES)],
    })
    return lines.iloc[np.argsort(chance.uniform(LINES), kind="stable")].reset_index(drop=True)


def _month_first(days):
    parts = [text.split("-") for text in np.datetime_as_string(days)]
    return [f"{int(month)}/{int(day)}/{year}" for year, month, day in parts]
