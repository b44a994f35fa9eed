"""What the store holds: the values of each category, the span of time, the spread of amounts."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import as_it_came, line_count, line_number
from retail_panel.store import EVERYTHING
from retail_panel.store.prepared import Parameter, Prepared


@dataclass(frozen=True)
class Catalogue:
    """What the rows of one policy hold at one version.

    Attributes
    ----------
    version, rows : int
        Store version and number of order lines.
    counts : dict of str to dict
        Dimension name to (value to number of lines), for text categories that have any value; None stands for
        missing.
    worth : dict of str to dict
        Likewise to the sum of amounts, returns negative, in ten-thousandths.
    first, last : datetime or None
        First and last time; None in an empty store.
    amounts : tuple of float
        The 1st, 50th and 99th percentile of line amounts, in ten-thousandths, when there were ``measured`` lines.
    measured : int
        Lines then; they are taken again once there are twice as many.
    marks : dict of str to int
        Number of lines each way of leaving out would leave out.
    columns : frozenset of str
        Columns that hold any value.
    rolled_until : date or None
        Day after the last one with a row that was rolled up; None without any.
    """

    version: int = 0
    rows: int = 0
    counts: dict = None
    worth: dict = None
    first: datetime = None
    last: datetime = None
    amounts: tuple = (0.0, 0.0, 0.0)
    measured: int = 0
    marks: dict = None
    columns: frozenset = frozenset()
    rolled_until: date = None

    def values(self, name):
        """Return the values of a category, the one that moves most money in sum first."""
        worth = self.worth.get(name, {})
        return sorted(worth, key=lambda value: (-abs(worth[value]), value is None, value))


CATEGORIES = tuple(
    name for name, d in DIMENSIONS.items() if d.kind == "category" and d.level == "line" and not d.labels
)
OPTIONAL = ("customer_key", "quantity", "list_amount", "unit_cost", "order_id", "merged", "merged_cost", *CATEGORIES)

#: Lines since an earlier catalogue up to which they are fetched and counted here.
FEW = 50_000


def catalogue(store, leave_out, previous=None, policy=EVERYTHING):
    """Read the catalogue, or bring an earlier one up to date from the rows since.

    Parameters
    ----------
    store : Store
        Where to ask.
    leave_out : dict of str to callable
        The ways of leaving out rows, as :data:`retail_panel.crossfilter.scope.LEAVE_OUT`.
    previous : Catalogue, optional
        An earlier catalogue under the same policy; counts are added to it.
    policy : RowPolicy
        The rows that may be seen.

    Returns
    -------
    Catalogue
    """
    version = store.version
    old = previous or Catalogue(counts={}, worth={}, marks=dict.fromkeys(leave_out, 0))
    if old.version == version:
        return old
    if store.rewritten > old.version:
        # Rows that were counted may be gone.
        old = Catalogue(counts={}, worth={}, marks=dict.fromkeys(leave_out, 0))
    versions = Parameter(old.version), Parameter(version)
    question = Prepared(_totals_question, store.lines, *versions, tuple(leave_out.items()))
    total = store.ask(question, policy).to_pylist()[0]
    if not total["rows"]:
        return replace(old, version=version)
    every = store.lines.filter(store.lines.version <= version)
    rows, amounts, measured = old.rows + total["rows"], old.amounts, old.measured
    if rows >= 2 * measured:
        amounts, measured = _amounts(store, every, policy), rows
    columns = old.columns | {name for name in OPTIONAL if total[f"has {name}"]}
    columns |= {"unit_cost"} if "merged_cost" in columns else set()
    counts, worth = dict(old.counts), dict(old.worth)
    # To ask once takes less than to ask for each category, as long as the lines are few.
    few = store.ask(Prepared(_whole, store.lines, *versions), policy) if total["rows"] <= FEW else None
    for name in CATEGORIES:
        if name not in columns:
            continue
        if name not in counts:
            # A column that held nothing so far is missing on every earlier line.
            found = _totals(store, every, name, policy)
        else:
            lines = None if few else between(store.lines, old.version, version)
            found = _totals(store, lines, name, policy) if few is None else _totals_of(few, name)
        counts[name], worth[name] = _added(counts.get(name, {}), worth.get(name, {}), found)
    return Catalogue(
        version,
        rows,
        counts,
        worth,
        total["first"] if old.first is None else min(old.first, total["first"]),
        total["last"] if old.last is None else max(old.last, total["last"]),
        amounts,
        measured,
        {name: old.marks[name] + int(total[f"out {name}"]) for name in leave_out},
        columns,
        total["rolled"].date() + timedelta(days=1) if total["rolled"] else old.rolled_until,
    )


def between(lines, after, until):
    """Return the lines of the versions after one and up to another."""
    return lines.filter(lines.version > after, lines.version <= until)


def _totals_question(lines, after, until, leave_out):
    lines = between(lines, after, until)
    return lines.aggregate(
        rows=line_count(lines),
        first=lines.ordered_at.min(),
        last=lines.ordered_at.max(),
        rolled=lines.ordered_at.max(where=~as_it_came(lines)),
        **{f"has {name}": lines[name].count() for name in OPTIONAL},
        **{f"out {name}": line_count(lines, ~keeps(lines)) for name, keeps in leave_out},
    )


def _whole(lines, after, until):
    lines = between(lines, after, until)
    return lines.select(*CATEGORIES, n=line_number(lines), w=lines.amount.cast("float64"))


def _totals(store, lines, name, policy):
    question = lines.group_by(value=lines[name]).agg(n=line_count(lines), w=lines.amount.cast("float64").sum())
    return [(row["value"], row["n"], row["w"]) for row in store.ask(question, policy).to_pylist()]


def _totals_of(few, name):
    found = few.group_by(name).aggregate([("n", "sum"), ("w", "sum")])
    return list(zip(*(found[column].to_pylist() for column in (name, "n_sum", "w_sum")), strict=True))


def _added(counts, worth, found):
    counts, worth = dict(counts), dict(worth)
    for value, n, w in found:
        counts[value] = counts.get(value, 0) + n
        worth[value] = worth.get(value, 0.0) + w
    return counts, worth


def _amounts(store, lines, policy):
    single = lines.filter(as_it_came(lines))
    quantiles = single.aggregate(**{f"q{i}": single.amount.quantile(q) for i, q in enumerate((0.01, 0.5, 0.99))})
    return tuple(float(v or 0.0) for v in store.ask(quantiles, policy).to_pylist()[0].values())
