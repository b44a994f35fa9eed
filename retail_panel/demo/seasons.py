"""The demo's calendar: 24 months of days, how busy each is, and when the sales are on."""

import numpy as np

SINCE = np.datetime64("2024-11-01")
UNTIL = np.datetime64("2026-11-01")
DAYS = np.arange(SINCE, UNTIL)
MONTH = DAYS.astype("datetime64[M]").astype(int) % 12 + 1
#: Monday is 0.
WEEKDAY = (DAYS.astype(int) + 3) % 7
#: Stock is counted each Saturday at close; WEEK numbers the count that closes the week of each day.
COUNT_DAYS = DAYS[WEEKDAY == 5]
WEEK = np.searchsorted(COUNT_DAYS, DAYS)

#: (name, first day, last day)
SALES = (
    ("Black Friday", "2024-11-25", "2024-12-02"),
    ("Winter sale", "2024-12-26", "2025-01-14"),
    ("Summer sale", "2025-06-20", "2025-07-10"),
    ("Black Friday", "2025-11-24", "2025-12-01"),
    ("Winter sale", "2025-12-26", "2026-01-14"),
    ("Summer sale", "2026-06-19", "2026-07-09"),
)
_YEAR = (0.93, 0.86, 0.95, 0.99, 1.02, 0.98, 0.84, 0.76, 1.0, 1.05, 1.25, 1.55)
_WEEK = (0.84, 0.85, 0.9, 1.0, 1.16, 1.4, 1.1)
_GROWTH_PER_YEAR = 0.12

#: Relative chance of an order in each hour of the day, by channel.
HOURS = {
    "In-store": (0,) * 9 + (2, 4, 6, 10, 9, 6, 6, 8, 8, 5, 1) + (0,) * 4,
    "In-store, Sunday": (0,) * 11 + (5, 8, 9, 7, 6, 4) + (0,) * 7,
    "Online": (2, 1, 0.5, 0.3, 0.2, 0.5, 1, 2, 3, 4, 4, 5, 7, 6, 4, 4, 4, 5, 6, 9, 13, 12, 8, 4),
    "App": (2, 1, 0.4, 0.2, 0.2, 0.6, 2, 6, 9, 4, 3, 3, 7, 5, 3, 3, 4, 7, 7, 8, 11, 14, 11, 5),
}


def sale_days():
    """Return one boolean per day of :data:`DAYS`: true while a sale is on."""
    on = np.zeros(len(DAYS), bool)
    for _, first, last in SALES:
        on |= (np.datetime64(first) <= DAYS) & (np.datetime64(last) >= DAYS)
    return on


def gift_days():
    """Return one boolean per day of :data:`DAYS`: true from 15 November to 23 December."""
    day = (DAYS - DAYS.astype("datetime64[M]")).astype(int) + 1
    return ((MONTH == 11) & (day >= 15)) | ((MONTH == 12) & (day <= 23))


def closed_days():
    """Return one boolean per day of :data:`DAYS`: true where the shops are closed (25 December and 1 January)."""
    date = np.datetime_as_string(DAYS)
    return np.array([text.endswith(("-12-25", "-01-01")) for text in date])


def busyness():
    """Return one weight per day of :data:`DAYS`: how likely an order falls on it, before any customer's habits."""
    weight = np.array(_YEAR)[MONTH - 1] * np.array(_WEEK)[WEEKDAY] * (1 + _GROWTH_PER_YEAR * np.arange(len(DAYS)) / 365)
    weight[sale_days()] *= 1.25
    weight[gift_days()] *= 1.15
    weight[closed_days()] *= 0.3
    black_friday = np.isin(DAYS, np.array(["2024-11-29", "2025-11-28"], "datetime64[D]"))
    weight[black_friday] *= 1.6
    return weight
