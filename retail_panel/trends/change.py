"""Change: how a measure went from one period to a later one, both named."""

import datetime as dt
from dataclasses import dataclass, field

DAYS_IN_MONTH = 365.2425 / 12


@dataclass(frozen=True)
class Change:
    """How a measure changed from one period to a later one.

    Attributes
    ----------
    from_period, to_period : datetime.date
        Their first days.
    from_label, to_label : str
        They in words.
    from_amount, to_amount : float
        The measure.
    months : float
        From the start of the one to the start of the other; days and weeks count in months of 30.44 days.
    ratio : float or None
        Over the whole time between them, never a rate per month: 0.063 is 6.3 % more. None where the first amount is
        not positive.
    monthly_ratio : float or None
        The growth per month that, compounded over ``months``, makes ``ratio``. None where there is no ``ratio``, the
        last amount is negative, or less than a month lies between.
    """

    from_period: dt.date
    from_label: str
    from_amount: float
    to_period: dt.date
    to_label: str
    to_amount: float
    months: float
    ratio: float | None = field(init=False)
    monthly_ratio: float | None = field(init=False)

    def __post_init__(self):
        grown = self.to_amount / self.from_amount if self.from_amount > 0 else None
        steady = grown is not None and grown >= 0 and self.months >= 1
        object.__setattr__(self, "ratio", None if grown is None else grown - 1)
        object.__setattr__(self, "monthly_ratio", grown ** (1 / self.months) - 1 if steady else None)

    @property
    def words(self):
        """The two periods, such as ``from Sep 2023 to Jun 2024``."""
        return f"from {self.from_label} to {self.to_label}"


def change_between(earlier, later, measure, grain):
    """Return the change from one row to another.

    Parameters
    ----------
    earlier, later : pandas.Series
        Rows of :attr:`retail_panel.trends.monthly.OverTime.table`.
    measure : str
        Column.
    grain : str
        What the rows are periods of.

    Returns
    -------
    Change
    """
    first, last = earlier["period"], later["period"]
    months = (last.year - first.year) * 12 + last.month - first.month
    return Change(
        first,
        earlier["label"],
        float(earlier[measure]),
        last,
        later["label"],
        float(later[measure]),
        months if grain in ("month", "quarter") else (last - first).days / DAYS_IN_MONTH,
    )
