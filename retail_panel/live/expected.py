"""Whether figures of the last while are as expected, by the same while of usual days."""

from dataclasses import dataclass

import numpy as np

from retail_panel.customers.rfm import day_of
from retail_panel.live.moment import LEAST_DAYS
from retail_panel.schema import MONEY_SCALE

#: Robust standard deviation from the median absolute deviation of a normal distribution (Rousseeuw and Croux 1993).
ROBUST = 1.4826
USUAL, ABOVE, BELOW, UNKNOWN = "as usual", "above", "below", "not known"


@dataclass(frozen=True)
class Expectation:
    """One figure and what was expected of it.

    Attributes
    ----------
    name : str
        ``net_sales``, ``orders``, ``average_order_value`` or ``return_rate``.
    value : float or None
        The figure now, in its unit; None where nothing was sold to have one.
    expected, low, high : float or None
        Median of the usual days and the band around it; None with fewer than four days that have the figure.
    state : str
        One of :data:`USUAL`, :data:`ABOVE`, :data:`BELOW`, :data:`UNKNOWN`.
    """

    name: str
    value: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    state: str = UNKNOWN


def expectations(ask, lines, moment, minutes=60, deviations=3.0):
    """Compare the last while with the same while of usual days.

    Parameters
    ----------
    ask : callable
    lines : ibis.Table
        Columns: ordered_at, amount, order_key, is_return.
    moment : Moment
        Now, where the while ends; it begins at midnight at the earliest.
    minutes : int
        Its length.
    deviations : float
        Half the width of the band, in robust standard deviations.

    Returns
    -------
    list of Expectation
        The spread is 1.4826 times the median absolute deviation, and at least what chance alone makes of so few
        orders: the square root of their expected number, and as large a part of money; for the average order value and
        the return rate of the expected or the present number, whichever is smaller.
    """
    days = _facts(ask, lines, moment, minutes)
    today, usual = days[0], days[1:]
    orders = np.median([day["orders"] for day in usual]) if usual else 0.0
    part, of_few = (1 / np.sqrt(max(number, 1.0)) for number in (orders, min(orders, today["orders"])))
    return [
        _judged("net_sales", today["net"], [day["net"] for day in usual], deviations, part),
        _judged("orders", float(today["orders"]), [float(day["orders"]) for day in usual], deviations, part),
        _judged("average_order_value", _average(today), _known(map(_average, usual)), deviations, of_few),
        _judged("return_rate", _returned(today), _known(map(_returned, usual)), deviations, of_few, 0.05),
    ]


def _facts(ask, lines, moment, minutes):
    at = lines.ordered_at
    lines = lines.mutate(day=day_of(at), minute=at.hour() * 60 + at.minute())
    lines = lines.filter(
        lines.day.isin(moment.numbers), lines.minute > moment.minute - minutes, lines.minute <= moment.minute
    )
    sold = lines.is_return.ifelse(0, lines.amount)
    found = ask(lines.group_by("day").aggregate(
        net=lines.amount.sum().cast("float64") / MONEY_SCALE, gross=sold.sum().cast("float64") / MONEY_SCALE,
        orders=lines.order_key.nunique(where=~lines.is_return),
    )).to_pylist()  # fmt: skip
    by_day = {row["day"]: row for row in found}
    return [by_day.get(day, {"net": 0.0, "gross": 0.0, "orders": 0}) for day in moment.numbers]


def _average(day):
    return day["gross"] / day["orders"] if day["orders"] else None


def _returned(day):
    return (day["gross"] - day["net"]) / day["gross"] if day["gross"] > 0 else None


def _known(values):
    return [value for value in values if value is not None]


def _judged(name, value, usual, deviations, part, least=0.0):
    if len(usual) < LEAST_DAYS:
        return Expectation(name, value)
    middle = float(np.median(usual))
    spread = max(ROBUST * float(np.median(np.abs(np.array(usual) - middle))), part * abs(middle), least)
    low, high = middle - deviations * spread, middle + deviations * spread
    low = max(low, min(0.0, *usual))
    state = UNKNOWN if value is None else BELOW if value < low else ABOVE if value > high else USUAL
    return Expectation(name, value, middle, low, high, state)
