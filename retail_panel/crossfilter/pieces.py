"""Customers' lines in memory, piece after piece of a dimension, some millions of them at a time."""

from typing import NamedTuple

import numpy as np

from retail_panel.crossfilter.clause import Move
from retail_panel.crossfilter.coded import among, picked, within
from retail_panel.store.prepared import Parameter, Prepared

#: So many lines are in memory at a time, unless one piece has more, some 20 bytes each.
MOST_LINES = 4_000_000
CUSTOMER, ORDER = "customer_key", "order_key"


class Piece(NamedTuple):
    """The lines of one piece.

    Attributes
    ----------
    place : int
        Which one it is.
    columns : dict of str to numpy.ndarray
        By name, as they were asked for.
    """

    place: int
    columns: dict


class Pieces:
    """Lines of customers by pieces.

    Parameters
    ----------
    store : Store
        Where they lie.
    coded : Coded
        They, in codes.
    lines : ibis.Table
        Theirs, with the columns that are needed.
    active : str
        The dimension; lines in none of its pieces are left out.
    filters : dict of str to clause
        Which of them.
    ticket : Ticket, optional
        To call it off.

    Attributes
    ----------
    customers : int
        The greatest ``customer_key`` and one more.
    """

    def __init__(self, store, coded, lines, active, filters, ticket=None):
        self._store, self._ticket, size = store, ticket, coded.bins[active].size
        if any(isinstance(clause, Move) for clause in filters.values()):
            # Who moved is in a table that is made when it is asked for.
            lines, self._picks = lines.filter(*among(coded, filters, lines=lines)), ((),)
        else:
            self._picks = picked(coded, filters)
        self._given = lines, active, size
        found = self._ask(_spread)
        self._counts = np.zeros(size, "int64")
        self._counts[found["place"]] = found["n"]
        self.customers = int(found["most"].max(initial=-1)) + 1

    def read(self, marks=(), codes=(), has_orders=False):
        """Read them.

        Parameters
        ----------
        marks : tuple of Measure
            Each line is told, under the measure's name, whether that counts it.
        codes : tuple of str
            Dimensions of lines whose codes are read too.
        has_orders : bool
            Whether ``order_key`` is.

        Yields
        ------
        Piece
            In their order, those without lines left out; columns are ``customer_key``, ``c_<dimension>`` and the marks.
        """
        for first, last in self._blocks():
            columns = self._ask(_block, marks, codes, has_orders, Parameter(first), Parameter(last))
            place = columns.pop("place")
            if (place[1:] < place[:-1]).any():
                turn = np.argsort(place, kind="stable")
                columns = {name: column[turn] for name, column in columns.items()}
            ends = np.cumsum(self._counts[first : last + 1])
            for at, end in zip(range(first, last + 1), ends, strict=True):
                if self._counts[at]:
                    yield Piece(at, {name: column[end - self._counts[at] : end] for name, column in columns.items()})

    def _blocks(self):
        """Yield the first and the last piece of each block."""
        first, lines = 0, 0
        for place, count in enumerate(self._counts.tolist()):
            if lines and lines + count > MOST_LINES:
                yield first, place - 1
                first, lines = place, 0
            lines += count
        if lines:
            yield first, len(self._counts) - 1

    def _ask(self, how, *more):
        answer = self._store.ask(Prepared(how, *self._given, *more, *self._picks), ticket=self._ticket)
        return {name: answer[name].to_numpy() for name in answer.column_names}


def _spread(lines, active, size, picks, *ends):
    lines = within(lines, picks, *ends)
    lines = lines.filter(lines[f"c_{active}"] < size, lines[CUSTOMER].notnull())
    return lines.group_by(place=lines[f"c_{active}"]).agg(n=lines.count(), most=lines[CUSTOMER].max())


def _block(lines, active, size, marks, codes, has_orders, first, last, picks, *ends):
    lines = within(lines, picks, *ends)
    lines = lines.filter(lines[f"c_{active}"].between(first, last), lines[CUSTOMER].notnull())
    return lines.select(
        *([CUSTOMER, ORDER] if has_orders else [CUSTOMER]),
        place=lines[f"c_{active}"],
        **{f"c_{name}": lines[f"c_{name}"] for name in codes},
        **{measure.name: measure.among(lines).fill_null(False) for measure in marks},
    )
