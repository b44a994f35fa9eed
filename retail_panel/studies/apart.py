"""Small groups kept out of studies: lines and customers of groups that hold too few are left out of what is asked."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import numpy as np

from retail_panel.crossfilter.small_groups import hidden

#: Above every code and number that groups are told apart by.
STEP = 1_000_000
#: Stands for a missing word; a word of a source never holds it.
NO_WORD = "\x1f"


@dataclass(frozen=True)
class Groups:
    """What the answer of a study groups customers by.

    Parameters
    ----------
    keys : tuple, or callable
        Each a dimension or column, or a function of a table that returns an integer or string expression of it; a
        callable takes the choices of a study, by name, and returns them. Empty where nothing is told of customers.
    is_whole : bool
        Whether a small group keeps back the whole study: a series with a hole in it would tell falsehoods.
    """

    keys: tuple | Callable = ()
    is_whole: bool = False

    def of(self, choices):
        """Return the keys under what is chosen."""
        return self.keys(choices) if callable(self.keys) else self.keys


class Apart:
    """The groups of one answer, and which of them were left out.

    Parameters
    ----------
    keys : tuple
        As in :class:`Groups`.
    least : int
        The smallest group that may be told of.

    Attributes
    ----------
    left_out : set of tuple
        Values of the keys, of every group that was left out of any table.
    """

    def __init__(self, keys, least):
        self.keys, self._least, self.left_out, self._cut = keys, least, set(), {}

    def large(self, table, ask):
        """Return a table without the rows of groups that are not told of.

        Parameters
        ----------
        table : ibis.Table
            Order lines, answers, or customers, with the columns of the keys; without a ``customer_key`` it stays.
        ask : callable
            Answers a question.
        """
        if not self.keys or "customer_key" not in table.columns:
            return table
        place = table.op()
        if place not in self._cut:
            self._cut[place] = self._large(table, ask)
        return self._cut[place]

    def _large(self, table, ask):
        parts = {f"key_{place}": _expression(table, key) for place, key in enumerate(self.keys)}
        sizes = ask(table.group_by(**parts).aggregate(customers=table.customer_key.nunique())).to_pandas()
        if sizes.empty:
            return table
        axes = [np.unique(sizes[name], return_inverse=True)[1] for name in parts]
        grid = np.zeros([axis.max() + 1 for axis in axes])
        grid[tuple(axes)] = sizes.customers
        out = sizes[hidden(grid, self._least)[tuple(axes)]]
        if out.empty:
            return table
        gone = list(out[list(parts)].itertuples(index=False, name=None))
        self.left_out.update(gone)
        one = _joined(list(parts.values()))
        return table.filter(one.notin([_join(values) for values in gone]))


def _expression(table, key):
    found = key(table) if callable(key) else table[f"c_{key}" if f"c_{key}" in table.columns else key]
    return found.fill_null(NO_WORD) if found.type().is_string() else found.cast("int64").fill_null(-1)


def _joined(parts):
    if len(parts) == 1:
        return parts[0]
    if all(part.type().is_integer() for part in parts):
        return sum((part * STEP**place for place, part in enumerate(parts[1:], 1)), parts[0])
    return ibis.literal(NO_WORD).join([part.cast("string") for part in parts])


def _join(values):
    if len(values) == 1:
        return values[0]
    if all(not isinstance(value, str) for value in values):
        return sum(int(value) * STEP**place for place, value in enumerate(values))
    return NO_WORD.join(str(value) for value in values)


def month_of(moment):
    """Return the month of a moment as a number that no other month has."""
    return moment.year() * 12 + moment.month()


def month_of_order(table):
    """Return the month of each row of an order, see :func:`month_of`."""
    return month_of(table.ordered_at)


def large_rows(rows, sizes, least, by=None):
    """Return the rows of a table of groups that are told of, and how many are not.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a group.
    sizes : array_like of int
        Customers of each row.
    least : int
        The smallest group that may be told of.
    by : list of str, optional
        One or two columns: totals over each of their values may be known elsewhere. None: the total of all.
    """
    if rows.empty:
        return rows, 0
    axes = [np.unique(rows[name].astype(str), return_inverse=True)[1] for name in by or ()]
    if len(axes) == 2:
        grid = np.zeros([axis.max() + 1 for axis in axes])
        grid[tuple(axes)] = sizes
        out = hidden(grid, least)[tuple(axes)]
    else:
        line, out = axes[0] if axes else np.zeros(len(rows), int), np.zeros(len(rows), bool)
        for place in np.unique(line):
            out[line == place] = hidden(np.asarray(sizes)[line == place], least)
    return rows[~out].reset_index(drop=True), int(out.sum())
