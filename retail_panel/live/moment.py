"""Now, and the usual days that it is compared with."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from retail_panel.customers.rfm import day_number

WEEKS = 8
#: Fewer usual days than these are no history to compare with.
LEAST_DAYS = 4


@dataclass(frozen=True)
class Moment:
    """The present in the order lines.

    Parameters
    ----------
    now : datetime
        Time of the last line.
    first : date
        Day of the first one.
    """

    now: datetime
    first: date

    @property
    def today(self):
        """The day of the last line."""
        return self.now.date()

    @property
    def usual(self):
        """The days of the same weekday in the eight weeks before, latest first, as far as the lines reach back."""
        days = (self.today - timedelta(weeks=week) for week in range(1, WEEKS + 1))
        return [day for day in days if day >= self.first]

    @property
    def numbers(self):
        """The numbers of today and of the usual days, in this order; see :func:`customers.rfm.day_number`."""
        return [day_number(day) for day in (self.today, *self.usual)]

    @property
    def minute(self):
        """Minutes since midnight."""
        return 60 * self.now.hour + self.now.minute


def moment(ask, lines):
    """Return the :class:`Moment` of order lines, None where there are none.

    Parameters
    ----------
    ask : callable
    lines : ibis.Table
        Columns: ordered_at.
    """
    found = ask(lines.aggregate(now=lines.ordered_at.max(), first=lines.ordered_at.min())).to_pylist()[0]
    return Moment(found["now"], found["first"].date()) if found["now"] is not None else None
