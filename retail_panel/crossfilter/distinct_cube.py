"""Cubes of distinct counts: exact under a moving range, although they do not add up.

Customers, of whom there are few, are followed in memory from piece to piece, all their counts at once; other keys, such
as orders, are asked for one by one.
"""

from math import prod
from typing import NamedTuple

import ibis.expr.operations as ops
import numpy as np

from retail_panel.crossfilter.clause import Move
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.cube import left_out
from retail_panel.crossfilter.histogram import supported
from retail_panel.crossfilter.ledger import PERSON
from retail_panel.crossfilter.piece_sets import pairs_of, pieces_question
from retail_panel.crossfilter.pieces import CUSTOMER, ORDER, Pieces
from retail_panel.crossfilter.sightings import Repeats, Sightings
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES

#: So many customers are told apart within each value of a chart, 2 bytes each; of more the engine is asked.
MOST_NUMBERS = 1 << 27


def fill_distinct(store, coded, cube, keys, filters, ticket=None):
    """Ask for distinct counts along an ordered dimension and put them into the cube; those it has already stay.

    Parameters
    ----------
    store : Store
        Where the lines lie.
    coded : Coded
        The lines.
    cube : Cube
        Of one active dimension.
    keys : sequence of Key
        What charts and tiles want; those that add up, and those on the active dimension, are left out.
    filters : dict of str to clause
        The selection; a key ignores those on its own dimensions and on the active one.
    ticket : Ticket, optional
        To call it off.
    """
    (active,) = cube.dims
    keys = [key for key in dict.fromkeys(keys) if key not in cube and active not in key.dims and _counts(coded, key)]
    found = {}
    for (lines, looked_at), some in _groups(coded, active, keys, filters).items():
        with left_out([key.measure for key in some]):
            pieces = Pieces(store, coded, lines, active, {n: filters[n] for n in looked_at}, ticket)
            found |= _followed(store, coded, pieces, cube.sizes[0], some, ticket)
    for key in keys:
        if key not in found and supported(coded, key):
            with left_out([key.measure]):
                found[key] = _asked(store, coded, active, key, filters, ticket)
        if key in found:
            cube.add_distinct(key, found[key])


def _counts(coded, key):
    if supported(coded, key):
        return not MEASURES[key.measure].additive
    return _counts_repeats(coded, key)


def _counts_repeats(coded, key):
    """Whether a key is a count of customers with two orders."""
    measure = MEASURES[key.measure]
    is_held = set(measure.needs) <= {*coded.shape.columns, "kind"}
    return not key.dims and measure.least_orders == 2 and measure.table == "order_line" and is_held


def _is_of_customers(coded, key):
    return MEASURES[key.measure].key(coded.shape).get_name() == CUSTOMER


def _groups(coded, active, keys, filters):
    """Return the keys of customers by the table that is read for them and the filters that bear on them."""
    groups = {}
    for key in keys:
        if _is_of_customers(coded, key):
            looked_at = tuple(name for name in filters if name not in (active, *key.dims))
            columns = _columns(coded, key) | {f"c_{name}" for name in (active, *looked_at)}
            columns = {each for each in columns if each in coded.shape.columns}
            groups.setdefault((coded.lines(columns), looked_at), []).append(key)
    return groups


def _columns(coded, key):
    """Return the columns of lines that a key of customers reads."""
    measure, shape = MEASURES[key.measure], coded.shape
    fields = {field.name for field in measure.among(shape).op().find(ops.Field)} if measure.among else set()
    orders = {ORDER} if measure.least_orders > 1 else set()
    return {CUSTOMER, *fields, *orders, *(f"c_{name}" for name in _beside(coded, key))}


def _beside(coded, key):
    """Return the dimensions of a key of customers whose codes lines have, not customers."""
    return tuple(d for d in key.dims if coded.gather is None or DIMENSIONS[d].level != "customer")


class _Watch(NamedTuple):
    """Who counts the customers of one measure, within each value of the dimensions beside them."""

    measure: object
    beside: tuple
    sizes: tuple
    counter: object

    def see(self, piece):
        columns = piece.columns
        who, here = columns[CUSTOMER], columns.get(self.measure.name)
        codes = [columns[f"c_{name}"] for name in self.beside]
        for code, size in zip(codes, self.sizes, strict=True):
            here = code < size if here is None else here & (code < size)
        here = slice(None) if here is None else here
        who = who[here]
        if self.beside:
            place = np.ravel_multi_index([code[here] for code in codes], self.sizes)
            who = who.astype("int64") * prod(self.sizes) + place
        if isinstance(self.counter, Repeats):
            self.counter.see(piece.place, who, columns[ORDER][here])
        else:
            self.counter.see(piece.place, who)


def _followed(store, coded, pieces, size, keys, ticket):
    """Return the pairs of those keys of customers that do not tell too many of them apart."""
    people = _people(store, coded, {d for key in keys for d in {*key.dims} - {*_beside(coded, key)}}, pieces.customers,
                     ticket)  # fmt: skip
    watches, arrays = {}, {}
    for key in keys:
        measure, beside = MEASURES[key.measure], _beside(coded, key)
        sizes = tuple(coded.bins[d].size for d in beside)
        many = pieces.customers * prod(sizes)
        if many > MOST_NUMBERS and beside:
            continue
        counter = Repeats if measure.least_orders > 1 else Sightings
        name = measure.name, beside
        if name not in watches:
            watches[name] = _Watch(measure, beside, sizes, counter(many, size))
        arrays[key] = _array(coded, key, beside, sizes, watches[name].counter, people)
    marks = {watch.measure.name: watch.measure for watch in watches.values() if watch.measure.among is not None}
    beside = dict.fromkeys(name for watch in watches.values() for name in watch.beside)
    has_orders = any(isinstance(watch.counter, Repeats) for watch in watches.values())
    for piece in pieces.read(tuple(marks.values()), tuple(beside), has_orders) if watches else ():
        for watch in watches.values():
            watch.see(piece)
    return arrays


def _array(coded, key, beside, sizes, counter, people):
    """Return the array of a key that its counter fills, its axes as the key's dimensions are."""
    if isinstance(counter, Repeats):
        return counter.array
    theirs = tuple(d for d in key.dims if d not in beside)
    shape = tuple(coded.bins[d].size for d in theirs)
    array = counter.group((*shape, *sizes), _code(theirs, shape, prod(sizes), people))
    axes = [(*theirs, *beside).index(d) + 2 for d in key.dims]
    return array.transpose(0, 1, *axes)


def _code(theirs, shape, width, people):
    """Return what takes numbers of customers within values and returns their places, None where that is one place."""
    if not theirs:
        return (lambda numbers: numbers % width) if width > 1 else None
    own = np.zeros(len(people[theirs[0]]), "int32")
    is_there = np.ones(len(own), bool)
    for name, size in zip(theirs, shape, strict=True):
        own, is_there = own * size + people[name], is_there & (people[name] < size)
    own = np.where(is_there, own, -1)
    if width == 1:
        return own.__getitem__
    return lambda numbers: np.where(own[numbers // width] < 0, -1, own[numbers // width] * width + numbers % width)


def _people(store, coded, dims, customers, ticket):
    """Return the codes of customers by dimension, at the places of their keys."""
    if not dims:
        return {}
    table = coded.people.filter(coded.people[PERSON].between(0, customers - 1))
    answer = store.ask(table.select(PERSON, *(f"c_{d}" for d in sorted(dims))), ticket=ticket)
    place, found = answer[PERSON].to_numpy(), {}
    for name in dims:
        found[name] = np.full(customers, 255, "uint8")
        found[name][place] = answer[f"c_{name}"].to_numpy()
    return found


def _asked(store, coded, active, key, filters, ticket):
    size, shape = coded.bins[active].size, tuple(coded.bins[d].size for d in key.dims)
    answer = store.ask(pieces_of_keys(coded, active, key, filters), ticket=ticket)
    if not key.dims:
        return pairs_of(answer, size, shape, 0)
    codes = [answer[f"c_{d}"].to_numpy() for d in key.dims]
    inside = np.logical_and.reduce([code < most for code, most in zip(codes, shape, strict=True)])
    place = np.ravel_multi_index([np.where(inside, code, 0) for code in codes], shape)
    return pairs_of(answer, size, shape, np.where(inside, place, -1))


def pieces_of_keys(coded, active, key, filters):
    """Return the question for the pieces in which keys are, with passive columns ``c_<dimension>``.

    See :func:`retail_panel.crossfilter.piece_sets.pieces_question`.
    """
    measure, passive = MEASURES[key.measure], [f"c_{d}" for d in key.dims]
    looked_at = {name: clause for name, clause in filters.items() if name not in (active, *key.dims)}
    columns = {field.name for e in (measure.key, measure.among) if e for field in e(coded.shape).op().find(ops.Field)}
    columns |= {f"c_{name}" for name in (active, *key.dims, *looked_at) if name in coded.bins}
    is_moved = any(isinstance(clause, Move) for clause in looked_at.values())
    lines = coded.table if is_moved else coded.lines(columns)
    conditions = [*among(coded, looked_at, lines=lines), lines[f"c_{active}"] < coded.bins[active].size]
    if measure.among is not None:
        conditions.append(measure.among(lines))
    lines = lines.filter(*conditions)
    seen = lines.select(counted=measure.key(lines), piece=lines[f"c_{active}"], **{p: lines[p] for p in passive})
    return pieces_question(seen, coded.bins[active].size, passive)
