"""What a chart asks of coded lines: a measure by one dimension, by two, or (a tile) by none."""

import logging
from typing import NamedTuple

import ibis.expr.operations as ops
import numpy as np

from retail_panel.crossfilter.clause import Move
from retail_panel.crossfilter.coded import among, picked, within
from retail_panel.crossfilter.cuts import code_of
from retail_panel.crossfilter.whole_orders import OPENED, OPENS
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES
from retail_panel.store import Superseded
from retail_panel.store.prepared import Prepared

log = logging.getLogger(__name__)
#: Measures that customers have the figures of, as they are counted over scored ones.
OF_PEOPLE = {
    "net_sales": lambda people: people.net_sales.cast("float64").sum().fill_null(0.0),
    "customers": lambda people: people.count(),
}
#: Columns that a measure reads, by its name and whether days were rolled up; found once.
_read = {}


class Key(NamedTuple):
    """A measure by dimensions; no dimension is a tile."""

    dims: tuple
    measure: str


def supported(coded, key):
    """Whether coded lines hold what a key needs."""
    measure = MEASURES[key.measure]
    present = set(coded.shape.columns) | {"kind"}
    counted = not measure.parts and measure.whole is None and measure.least_orders == 1
    counted = counted and measure.table == "order_line"
    return counted and set(measure.needs) <= present and all(name in coded.bins for name in key.dims)


def columns_of(name, table):
    """Return the columns of coded lines that a measure reads."""
    key = name, "merged" in table.columns
    if key not in _read:
        _read[key] = {field.name for field in MEASURES[name].expression(table).op().find(ops.Field)}
    return _read[key]


def histogram_question(coded, dims, measures, filters, ignore):
    """Return the Ibis question for measures by dimensions.

    Parameters
    ----------
    coded : Coded
        The lines.
    dims : tuple of str
        Dimensions to group by.
    measures : collection of str
        Names of additive or distinct measures.
    filters : dict of str to clause
        The selection.
    ignore : collection of str
        Dimensions whose filter does not apply.

    Returns
    -------
    Prepared or ibis.Table
        One row a combination of codes: ``c_<dimension>`` columns and one a measure.
    """
    asked = tuple(dims), tuple(MEASURES[name] for name in measures)
    filters = {name: clause for name, clause in filters.items() if name not in ignore}
    read = dict.fromkeys((*dims, *filters))
    if _adds_up_over_people(coded, dims, measures, filters):
        cuts = tuple((name, coded.bins[name]) for name in read)
        return Prepared(_over_people, coded.scored, *asked, cuts, *picked(coded, filters))
    columns, opened = {f"c_{name}" for name in read}, tuple(name for name in measures if opens(coded, name, read))
    others = (columns_of(name, coded.shape) for name in measures if name not in opened)
    lines = coded.lines(columns.union(*others, {OPENS, "has_customer"} if opened else ()))
    if any(isinstance(clause, Move) for clause in filters.values()):
        # Who moved is in a table that is made when it is asked for.
        return _totals(lines.filter(*among(coded, filters, lines=lines)), *asked, ())
    return Prepared(_over_lines, lines, *asked, opened, *picked(coded, filters))


def opens(coded, name, dims):
    """Whether a measure is a count of orders that adds up over dimensions, since their first lines tell them."""
    return name in OPENED and bool(coded.whole) and coded.whole.issuperset(dims)


def _over_people(scored, dims, measures, cuts, picks, *ends):
    people = scored.select("net_sales", **{f"c_{name}": code_of(name, cut, scored) for name, cut in cuts})
    people = within(people, picks, *ends)
    return people.group_by([f"c_{d}" for d in dims]).agg(**{m.name: OF_PEOPLE[m.name](people) for m in measures})


def _over_lines(lines, dims, measures, opened, picks, *ends):
    return _totals(within(lines, picks, *ends), dims, measures, opened)


def _totals(lines, dims, measures, opened):
    totals = {measure.name: measure.expression(lines) for measure in measures if measure.name not in opened}
    totals |= {name: lines.count(where=OPENED[name](lines)) for name in opened}
    return lines.group_by([f"c_{d}" for d in dims]).agg(**totals) if dims else lines.aggregate(**totals)


def _adds_up_over_people(coded, dims, measures, filters):
    """Whether customers, of whom there are fewer than lines, have all that is asked for."""
    of_people = all(name in coded.bins and DIMENSIONS[name].level == "customer" for name in (*dims, *filters))
    return coded.scored is not None and bool(dims) and of_people and set(measures) <= set(OF_PEOPLE)


def dense(coded, dims, table, measures, scaled=True):
    """Return an answer's measures as arrays over the codes.

    Parameters
    ----------
    table : pyarrow.Table
        Answer to :func:`histogram_question`.
    scaled : bool
        Whether money is in currency units rather than, as the engine counts it, in ten-thousandths.

    Returns
    -------
    dict of str to numpy.ndarray
        Float arrays of shape (size of the first dimension, ...); codes without lines hold 0.
    """
    shape = tuple(coded.bins[d].size for d in dims)
    places = [table.column(f"c_{d}").to_numpy() for d in dims]
    inside = np.logical_and.reduce([p < n for p, n in zip(places, shape, strict=True)]) if dims else slice(None)
    arrays = {}
    for name in measures:
        values = table.column(name).to_numpy(zero_copy_only=False).astype(float)
        values = values / MEASURES[name].scale if scaled else values
        if not dims:
            arrays[name] = values[0]
            continue
        arrays[name] = np.zeros(shape)
        arrays[name][tuple(p[inside] for p in places)] = values[inside]
    return arrays


def histograms(store, coded, keys, filters, ticket=None):
    """Answer keys exactly under the selection; each ignores the filters on its own dimensions.

    Returns
    -------
    dict of Key to numpy.ndarray or Exception
        As :func:`dense`; keys that the source does not support are absent. A key that could not be answered has its
        error, and the others carry on.

    Raises
    ------
    Superseded
        If the ticket was cancelled.
    """
    found = {}
    wanted = {}
    for key in keys:
        if supported(coded, key):
            wanted.setdefault(key.dims, []).append(key.measure)
    for dims, measures in wanted.items():
        try:
            found |= _answered(store, coded, dims, measures, filters, ticket)
        except Superseded:
            raise
        except Exception as error:
            found |= _one_by_one(store, coded, dims, measures, filters, ticket, error)
    return found


def _answered(store, coded, dims, measures, filters, ticket):
    # The coded table holds permitted rows only, so the question itself needs no policy.
    answer = store.ask(histogram_question(coded, dims, measures, filters, dims), ticket=ticket)
    return {Key(dims, name): array for name, array in dense(coded, dims, answer, measures).items()}


def _one_by_one(store, coded, dims, measures, filters, ticket, error):
    if len(measures) == 1:
        log.error("%s by %s could not be answered", measures[0], dims, exc_info=error)
        return {Key(dims, measures[0]): error}
    alone = [histograms(store, coded, [Key(dims, name)], filters, ticket) for name in measures]
    return {key: array for found in alone for key, array in found.items()}
