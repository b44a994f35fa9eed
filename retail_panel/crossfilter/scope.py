"""Scope: the population that everything is computed within."""

from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

import param

from retail_panel.crossfilter.clause import Range, Values, day, decode
from retail_panel.crossfilter.selection import Selection
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput

#: What can be left out, with the condition that keeps the rest.
LEAVE_OUT = {
    "guests": lambda t: t.customer_key.notnull(),
    "returns": lambda t: ~t.is_return,
    "duplicates": lambda t: ~t.is_duplicate,
    "zero-price": lambda t: ~t.is_zero_price,
    "adjustments": lambda t: ~t.is_adjustment,
    "outliers": lambda t: ~t.is_outlier,
}

LISTED = ("brand", "channel", "store", "country", "category", "kind", "tier")

#: What URLs carry of a scope.
SCOPED = (*(d.name for d in DIMENSIONS.values() if d.level == "line"), "without", "within.scope", "within.selection")

#: Parameters of the customers pipeline that URLs carry, each behind ``rfm.``.
RFM = ("frequency", "monetary", "returns", "method", "k")


class Within(NamedTuple):
    """The customers that a selection found inside an earlier scope, both as URL queries.

    The scope's query also says by which RFM definition they were found, so that a later one finds the same.
    """

    scope: str
    selection: str


def _list(name):
    return param.List(default=[], item_type=str, doc=f"{DIMENSIONS[name].label}; none chosen means all.")


class Scope(param.Parameterized):
    """What the sidebar filters; RFM, scores, segments and clusters are computed within it."""

    brand = _list("brand")
    channel = _list("channel")
    store = _list("store")
    country = _list("country")
    category = _list("category")
    kind = _list("kind")
    tier = _list("tier")
    since = param.CalendarDate(default=None, allow_None=True, doc="First day; empty means from the first row on.")
    until = param.CalendarDate(default=None, allow_None=True, doc="Day after the last; empty means to the last row.")
    leave_out = param.ListSelector(
        default=[], objects=list(LEAVE_OUT), doc="Marked rows to leave out; none means every readable row is kept."
    )
    others = param.Dict(default={}, doc="Further clauses on order lines by dimension, from a selection made scope.")
    within = param.Tuple(
        default=None, length=2, allow_None=True, doc="Customers that a selection found in an earlier scope; empty: all."
    )

    def clauses(self):
        """Return the clauses on order lines: dimension name to clause, time included."""
        found = {name: Values(tuple(getattr(self, name))) for name in LISTED if getattr(self, name)}
        if self.since or self.until:
            low, high = (day(end) if end else None for end in (self.since, self.until))
            found["ordered_at"] = Range(low, high)
        return {**self.others, **found}

    def restrict(self, lines, members=None):
        """Return the order lines in scope.

        Parameters
        ----------
        lines : ibis.Table
            Order lines.
        members : ibis.Table, optional
            The customers of :attr:`within`, one row a ``customer_key``; needed where it is set.

        Returns
        -------
        ibis.Table
            Same columns, fewer rows.
        """
        conditions = [clause.condition(self.value(lines, name)) for name, clause in self.clauses().items()]
        conditions += [LEAVE_OUT[name](lines) for name in self.leave_out]
        if conditions:
            lines = lines.filter(*conditions)
        return lines if members is None else lines.semi_join(members, "customer_key")

    @staticmethod
    def value(lines, name):
        """Return a dimension of order lines as the clauses on it mean it: categories as text."""
        dimension = DIMENSIONS[name]
        value = dimension.expression(lines)
        return value if not dimension.labels else value.cases(*enumerate(dimension.labels))

    def sentences(self, currency):
        """Return the scope in English, one sentence part a filter."""
        parts = [clause.sentence(DIMENSIONS[name], currency) for name, clause in self.clauses().items()]
        if self.within:
            parts.append("customers of an earlier selection")
        return parts + [f"without {name.replace('-', ' ')}" for name in self.leave_out]

    def query(self):
        """Return the scope as URL parameters, a dict of texts."""
        found = {name: clause.encode(DIMENSIONS[name]) for name, clause in self.clauses().items()}
        if self.leave_out:
            found["without"] = ",".join(self.leave_out)
        if self.within:
            found["within.scope"], found["within.selection"] = self.within
        return found

    def read(self, query):
        """Take the state from URL parameters, all at once.

        Parameters
        ----------
        query : dict of str to str
            As :meth:`query` returns; other keys are ignored.

        Raises
        ------
        UnusableInput
            If a value cannot be read; nothing is changed then.
        """
        state = {name: [] for name in LISTED} | {"since": None, "until": None, "others": {}, "within": None}
        state["leave_out"] = [name for name in query.get("without", "").split(",") if name]
        unknown = set(state["leave_out"]) - set(LEAVE_OUT)
        if unknown:
            raise UnusableInput(f"without={sorted(unknown)[0]!r}: allowed: {', '.join(LEAVE_OUT)}")
        for name, dimension in DIMENSIONS.items():
            if name not in query or dimension.level != "line":
                continue
            clause = decode(name, query[name])
            if name in LISTED:
                state[name] = list(clause.values)
            elif name == "ordered_at" and _whole_days(clause):
                state["since"], state["until"] = (end.date() if end else None for end in (clause.low, clause.high))
            else:
                state["others"][name] = clause
        if "within.scope" in query or "within.selection" in query:
            state["within"] = Within(query.get("within.scope", ""), query.get("within.selection", ""))
            behind(state["within"])
        self.param.update(**state)


def _whole_days(clause):
    return all(end is None or end == day(end.date()) for end in (clause.low, clause.high))


def behind(within):
    """Return what a :class:`Within` names.

    Returns
    -------
    scope : Scope
    selection : Selection
    definition : dict
        Parameters of the customers pipeline, those of :data:`RFM`.

    Raises
    ------
    UnusableInput
        If either query cannot be read.
    """
    query = dict(parse_qsl(within[0], keep_blank_values=True))
    scope, selection = Scope(), Selection()
    scope.read(query)
    selection.read(dict(parse_qsl(within[1], keep_blank_values=True)))
    texts = {name: query[f"rfm.{name}"] for name in RFM if f"rfm.{name}" in query}
    try:
        pipeline = CustomersPipeline(**{name: int(text) if name == "k" else text for name, text in texts.items()})
    except ValueError as error:
        raise UnusableInput(f"within.scope={within[0]!r}: {error}") from error
    return scope, selection, {name: getattr(pipeline, name) for name in RFM}


def presets(first, last):
    """Return the date presets: name to (since, until), until excluded.

    Parameters
    ----------
    first, last : datetime.date
        First and last day with rows; "today" is the last one, so that an old export still has its last 30 days.
    """
    end = last + timedelta(days=1)
    return {
        "All": (None, None),
        "Last 30 days": (end - timedelta(days=30), end),
        "Last 90 days": (end - timedelta(days=90), end),
        "This month": (last.replace(day=1), end),
        "Year to date": (date(last.year, 1, 1), end),
        "Last 12 months": (year_before(end), end),
    }


def year_before(end):
    """Return the excluded end of the same days a year before: up to 28 February 2024 is up to 28 February 2023."""
    leap_day = (end.month, end.day) == (2, 29)
    return end.replace(year=end.year - 1, month=3, day=1) if leap_day else end.replace(year=end.year - 1)
