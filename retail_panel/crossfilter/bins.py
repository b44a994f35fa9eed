"""Bins: each dimension cut into numbered pieces, so that a brush is a range of whole numbers.

A code is the number of a piece; :data:`MISSING` stands for no value. Number bins are open at both ends: the first takes
everything below, the last everything above.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis

from retail_panel.crossfilter.clause import NONE, Range, Values
from retail_panel.formats import format_value
from retail_panel.schema import MONEY_SCALE

MISSING = 255
TOP_VALUES = 12
MOST_TIME_BINS = 130
MOST_MONTHS = 240
MOST_YEARS = 250
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class CategoryBins:
    """A piece for each value, and one for the rest where there are more than :data:`TOP_VALUES`.

    ``fixed`` says that the dimension's expression already gives the code.
    """

    values: tuple
    rest: tuple = ()
    fixed: bool = False

    @property
    def labels(self):
        """Words for each piece."""
        return (*self.values, f"Other ({len(self.rest)})") if self.rest else self.values

    @property
    def size(self):
        """Number of pieces."""
        return len(self.labels)

    def ticks(self, most):
        """Return (position, label) of at most so many ticks, a position being in code units."""
        step = -(-self.size // most)
        return [(i + 0.5, label) for i, label in enumerate(self.labels) if i % step == 0]

    def code(self, value):
        """Return the Ibis expression of the code of a value."""
        if self.fixed:
            return value.cast("int16").fill_null(MISSING)
        cases = [(v, i) for i, v in enumerate(self.values)]
        return value.fill_null(NONE).cases(*cases, else_=len(self.values) if self.rest else MISSING)

    def codes(self, clause):
        """Return the codes that a clause picks, in order."""
        codes = {i for i, value in enumerate(self.values) if value in clause.values}
        if set(self.rest) & set(clause.values):
            codes.add(len(self.values))
        return sorted(codes)

    def clause(self, codes):
        """Return the clause that picks codes; None where that is all or nothing."""
        parts = (self.rest if code == len(self.values) else (self.values[code],) for code in sorted(codes))
        picked = [value for part in parts for value in part]
        return Values(tuple(picked)) if picked and len(set(codes)) < self.size else None

    def aligned(self, clause):
        """Return a clause widened to whole pieces, as charts and figures count it."""
        some, whole = set(self.rest) & set(clause.values), set(self.rest) <= set(clause.values)
        return clause if whole or not some else self.clause(self.codes(clause)) or clause


@dataclass(frozen=True)
class RangeBins:
    """What number and time bins share: ordered pieces with edges.

    ``edges`` has one entry more than there are pieces.
    """

    edges: tuple
    labels: tuple

    @property
    def size(self):
        """Number of pieces."""
        return len(self.edges) - 1

    def codes(self, clause):
        """Return the codes that a clause picks: the pieces that its ends, moved to the nearest edges, enclose."""
        low = 0 if clause.low is None else self._nearest(clause.low)
        high = self.size if clause.high is None else self._nearest(clause.high)
        return list(range(min(low, self.size - 1), max(high, min(low, self.size - 1) + 1)))

    def clause(self, codes):
        """Return the clause of a run of codes; None where that is every piece or none."""
        if not codes or len(codes) >= self.size:
            return None
        low, high = min(codes), max(codes) + 1
        return Range(self.edges[low] if low else None, self.edges[high] if high < self.size else None)

    def aligned(self, clause):
        """Return a clause moved to the nearest edges, as charts and figures count it."""
        return self.clause(self.codes(clause)) or clause

    def _nearest(self, value):
        return min(range(self.size + 1), key=lambda i: abs(self.edges[i] - value))


@dataclass(frozen=True)
class NumberBins(RangeBins):
    """Pieces of equal width; ``marks`` are the edges in words."""

    marks: tuple = ()

    def ticks(self, most):
        """Return (position, label) of at most so many edges, a position being in code units."""
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if self.size / s < most)
        width = self.edges[1] - self.edges[0]
        return [(i, mark) for i, mark in enumerate(self.marks) if i and round(self.edges[i] / width) % step == 0]

    def code(self, value):
        """Return the Ibis expression of the code of a value."""
        width = self.edges[1] - self.edges[0]
        return _piece(value, ((value - self.edges[0]) / width).floor(), self.size)


@dataclass(frozen=True)
class TimeBins(RangeBins):
    """Days, weeks from Monday on, months or years; ``step`` says which."""

    step: str = "day"

    def codes(self, clause):
        """Return the codes that a clause picks, none where it lies wholly before or after the pieces."""
        after = clause.low is not None and clause.low >= self.edges[-1]
        before = clause.high is not None and clause.high <= self.edges[0]
        return [] if before or after else super().codes(clause)

    def ticks(self, most):
        """Return (position, label) of at most so many firsts of a month (of a day, in a short span)."""
        if self.step == "year":
            step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if self.size / s < most)
            return [(i, f"{e.year}") for i, e in enumerate(self.edges[:-1]) if e.year % step == 0]
        firsts = [i for i, e in enumerate(self.edges[:-1]) if i == 0 or e.month != self.edges[i - 1].month]
        if len(firsts) < 3:
            step = -(-self.size // most)
            return [(i, f"{e.day} {e:%b}") for i, e in enumerate(self.edges[:-1]) if i % step == 0]
        step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120) if len(firsts) / s <= most)
        chosen = [i for i in firsts[1:] if (self.edges[i].month - 1) % min(step, 12) == 0]
        if step > 12:
            chosen = [i for i in chosen if self.edges[i].year % (step // 12) == 0]
        return [(i, f"{self.edges[i]:%b %Y}" if step < 12 else f"{self.edges[i].year}") for i in chosen]

    def code(self, value):
        """Return the Ibis expression of the code of a time."""
        if self.step == "year":
            code = value.year() - self.edges[0].year
        elif self.step == "month":
            month = value.year() * 12 + value.month()
            code = month - (self.edges[0].year * 12 + self.edges[0].month)
        else:
            days = (value.truncate("D").epoch_seconds() / 86400).floor().cast("int32") - (self.edges[0] - EPOCH).days
            code = days if self.step == "day" else (days / 7).floor().cast("int32")
        return _piece(value, code, self.size)

    def code_of(self, day, week, month):
        """Return the Ibis expression of the code of a time within the pieces.

        Parameters
        ----------
        day, week, month : ibis integer column
            Days since 1970-01-01, weeks from Monday on since that day's week, and months since the year 0.
        """
        first = self.edges[0]
        days = (first - EPOCH).days
        code = {
            "day": lambda: day - days,
            "week": lambda: week - (days + 3) // 7,
            "month": lambda: month - (first.year * 12 + first.month - 1),
            "year": lambda: ibis.greatest(0, (month / 12).floor().cast("int32") - first.year),
        }[self.step]()
        return code.cast("uint8")


def _piece(value, number, size):
    """Return the number of a piece, those beyond the ends being in the first and the last; :data:`MISSING` of none."""
    # Half the SQL of ``clip``, which asks for nulls at each end, and so half the time to put it.
    return value.isnull().ifelse(MISSING, ibis.greatest(0, ibis.least(size - 1, number)).cast("int16"))


def category_bins(values):
    """Return bins for the values of a category, the first ones with a piece each (None is a missing value)."""
    named = list(dict.fromkeys(NONE if value is None else value for value in values))
    if len(named) <= TOP_VALUES + 1:
        return CategoryBins(tuple(named))
    return CategoryBins(tuple(named[:TOP_VALUES]), tuple(named[TOP_VALUES:]))


def fixed_bins(labels):
    """Return bins for a category whose expression gives the index in ``labels``."""
    return CategoryBins(tuple(labels), fixed=True)


def number_bins(low, high, unit, currency="GBP", pieces=40):
    """Return bins of a round width over most of a spread.

    Parameters
    ----------
    low, high : float
        Where most values lie, such as the 1st and 99th percentile; in ten-thousandths for money.
    unit : str
        ``money`` is cut at round currency amounts, the rest at whole numbers.
    currency : str
        ISO code for the words.
    pieces : int
        About how many pieces.
    """
    scale = MONEY_SCALE if unit == "money" else 1
    smallest = 1 if unit != "money" else MONEY_SCALE // 100
    width = max(smallest, round(_round_up((high - low) / scale / pieces) * scale))
    start = math.floor(low / width) * width
    count = max(1, math.ceil((high - start) / width) or 1)
    if start + count * width <= high:
        count += 1
    edges = tuple(start + i * width for i in range(count + 1))
    words = [format_value(edge / scale, "money" if unit == "money" else "", currency, "tick") for edge in edges]
    after = {"days": " days", "percent": "%"}.get(unit, "")
    single = width == 1 and unit != "money"
    inner = [f"{a if single else f'{a} to {b}'}{after}" for a, b in zip(words[1:-2], words[2:-1], strict=True)]
    labels = (f"under {words[1]}{after}", *inner, f"{words[-2]}{after} or more") if count > 1 else ("all",)
    return NumberBins(edges, labels, tuple(words))


def _round_up(width):
    if width <= 0:
        return 0
    power = 10 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= width * 0.999)


def time_bins(first, last):
    """Return days, weeks, months or years over a span, whichever is the finest that gives few enough pieces.

    Codes have 8 bits, so of very many years the last :data:`MOST_YEARS` have a piece each; the first takes all before.
    """
    start = datetime(first.year, first.month, first.day)
    days = (last - start).days + 1
    if days <= 92:
        edges = [start + i * DAY for i in range(days + 1)]
        return TimeBins(tuple(edges), tuple(f"{e.day} {e:%b %Y}" for e in edges[:-1]), "day")
    monday = start - start.weekday() * DAY
    weeks = (last - monday).days // 7 + 1
    if weeks <= MOST_TIME_BINS:
        edges = [monday + i * 7 * DAY for i in range(weeks + 1)]
        return TimeBins(tuple(edges), tuple(f"Week of {e.day} {e:%b %Y}" for e in edges[:-1]), "week")
    return month_bins(first, last)


def month_bins(first, last):
    """Return months over a span, or years where they would be more than :data:`MOST_MONTHS`, as :func:`time_bins`."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months > MOST_MONTHS:
        years = range(max(first.year, last.year - MOST_YEARS + 1), last.year + 1)
        return TimeBins(
            tuple(datetime(year, 1, 1) for year in (*years, last.year + 1)), tuple(map(str, years)), "year"
        )
    edges = [_month(first.year * 12 + first.month - 1 + i) for i in range(months + 1)]
    return TimeBins(tuple(edges), tuple(f"{e:%B %Y}" for e in edges[:-1]), "month")


def _month(number):
    return datetime(number // 12, number % 12 + 1, 1)
