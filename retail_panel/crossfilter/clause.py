"""One filter on one dimension: as a condition, as English and as URL text."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote, unquote

from retail_panel.customers.migration import SOURCES, TARGETS
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput
from retail_panel.formats import format_value
from retail_panel.schema import MONEY_SCALE

#: What a missing category is called on the screen and in URLs.
NONE = "(none)"


@dataclass(frozen=True)
class Values:
    """Any of some categories, by label."""

    values: tuple

    def condition(self, column):
        """Return the Ibis predicate on a text column."""
        found = column.isin(self.values)
        return found | column.isnull() if NONE in self.values else found

    def sentence(self, dimension, currency):
        """Return it in English, such as ``Channel is Online or In-store``."""
        names = [str(value) for value in self.values]
        listed = " or ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])
        if len(names) > 4:
            listed = f"{', '.join(names[:3])} or {len(names) - 3} more"
        return f"{dimension.label} is {listed or 'nothing'}"

    def encode(self, dimension):
        """Return it as URL text."""
        return ",".join(quote(value, safe=" ()") for value in self.values)


@dataclass(frozen=True)
class Range:
    """From ``low`` (included) to ``high`` (excluded); None leaves an end open.

    Times are datetimes, money is in ten-thousandths.
    """

    low: object = None
    high: object = None

    def condition(self, column):
        """Return the Ibis predicate on a column of numbers or times."""
        conditions = []
        if self.low is not None:
            conditions.append(column >= self.low)
        if self.high is not None:
            conditions.append(column < self.high)
        return conditions[0] & conditions[1] if conditions[1:] else conditions[0] if conditions else column.notnull()

    def sentence(self, dimension, currency):
        """Return it in English, such as ``Recency from 30 days to under 60 days``."""
        low, high = (None if end is None else _words(end, dimension, currency) for end in (self.low, self.high))
        if dimension.kind == "time":
            when = "" if dimension.level == "line" else f"{dimension.label} "
            if self.high is not None:
                last = _words(self.high - timedelta(days=1), dimension, currency)
                high = last if self.high.time() == time() else f"before {high}"
            if low and high:
                return f"{when}on {low}" if low == high else f"{when}from {low} to {high}"
            return f"{when}since {low}" if low else f"{when}until {high}"
        if low and high:
            return f"{dimension.label} from {low} to under {high}"
        return f"{dimension.label} {low} or more" if low else f"{dimension.label} under {high}"

    def encode(self, dimension):
        """Return it as URL text, such as ``10..50`` or ``2024-01-01..2024-04-01``."""
        return "..".join("" if end is None else _plain(end, dimension) for end in (self.low, self.high))


@dataclass(frozen=True)
class Move:
    """From a segment on one day to a segment on a later one; an empty name stands for any.

    Which customers that are is another question for each scene, see :class:`retail_panel.crossfilter.movers.Movers`.
    """

    from_day: date
    source: str
    to_day: date
    target: str

    def sentence(self, dimension, currency):
        """Return it in English, such as ``Champions on 31 Jul 2026, At Risk on 31 Oct 2026``."""
        ends = [(self.source, self.from_day), (self.target, self.to_day)]
        return ", ".join(f"{name} on {format_value(end)}" for name, end in ends if name)

    def encode(self, dimension):
        """Return it as URL text, such as ``2026-07-31,Champions,2026-10-31,At Risk``."""
        return f"{self.from_day},{self.source},{self.to_day},{self.target}"


def decode(name, text):
    """Read a clause from URL text.

    Raises
    ------
    UnusableInput
        If the dimension is unknown or the text is not a clause on it.
    """
    dimension = DIMENSIONS.get(name)
    if dimension is None:
        raise UnusableInput(f"filter {name!r}: no such dimension; allowed: {', '.join(DIMENSIONS)}")
    if dimension.kind == "category":
        return Values(tuple(unquote(part) for part in text.split(",")) if text else ())
    if dimension.kind == "move":
        return _move(name, text)
    low, dots, high = text.partition("..")
    if not dots or not (low or high):
        raise UnusableInput(f"filter {name}={text!r}: expected LOW..HIGH with at least one end")
    try:
        clause = Range(*(None if not end else _read(end, dimension) for end in (low, high)))
    except ValueError as error:
        kind = "a day such as 2024-01-31" if dimension.kind == "time" else "a number"
        raise UnusableInput(f"filter {name}={text!r}: each end must be {kind}") from error
    if clause.low is not None and clause.high is not None and clause.low >= clause.high:
        raise UnusableInput(f"filter {name}={text!r}: the low end must be below the high end")
    return clause


def day(value):
    """Return midnight at the start of a date."""
    return datetime.combine(value, time()) if isinstance(value, date) else value


def _move(name, text):
    try:
        first, source, second, target = text.split(",")
        days = [date.fromisoformat(end) for end in (first, second)]
    except ValueError as error:
        raise UnusableInput(f"filter {name}={text!r}: expected DAY,SEGMENT,LATER DAY,SEGMENT") from error
    unknown = [part for part, known in ((source, SOURCES), (target, TARGETS)) if part and part not in known]
    if unknown or days[0] >= days[1] or not (source or target):
        raise UnusableInput(
            f"filter {name}={text!r}: the first day must be before the second, and one segment at least be named, of: "
            f"{', '.join(SOURCES)}"
        )
    return Move(days[0], source, days[1], target)


def _scale(dimension):
    return MONEY_SCALE if dimension.unit == "money" else 1


def _plain(end, dimension):
    if isinstance(end, datetime):
        return end.date().isoformat() if end.time() == time() else end.isoformat()
    return f"{end / _scale(dimension):.4f}".rstrip("0").rstrip(".")


def _read(text, dimension):
    if dimension.kind == "time":
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
        if not 1000 <= moment.year < 9999:
            raise ValueError(text)
        return moment
    number = float(text)
    if not abs(number) < 1e14:
        raise ValueError(text)
    return round(number * _scale(dimension))


def _words(end, dimension, currency):
    if isinstance(end, datetime):
        return f"{end.day} {end:%b %Y}" if end.time() == time() else f"{end.day} {end:%b %Y %H:%M}"
    return format_value(end / _scale(dimension), dimension.unit, currency)


def both(one, other):
    """Return the clause that holds where both do, or None where that is nowhere; ``one`` is None for no clause."""
    one = other if one is None else one
    if isinstance(one, Move):
        return one if one == other else None
    if isinstance(one, Values):
        shared = tuple(value for value in other.values if value in one.values)
        return Values(shared) if shared else None
    lows = [clause.low for clause in (one, other) if clause.low is not None]
    highs = [clause.high for clause in (one, other) if clause.high is not None]
    found = Range(max(lows, default=None), min(highs, default=None))
    return None if lows and highs and found.low >= found.high else found
