"""Pairs of a piece and an earlier one, by keys of any kind, asked of the engine: a key's pieces are bits of numbers.

They are what :mod:`retail_panel.crossfilter.sightings` has of customers.
"""

import ibis
import numpy as np

#: Pieces in one whole number.
BITS = 62


def pieces_question(seen, size, passive=()):
    """Ask in which pieces keys are.

    Parameters
    ----------
    seen : ibis.Table
        ``counted``, the key, ``piece`` from 0 on, and the passive columns, in which keys are counted apart.
    size : int
        How many pieces there are.
    passive : sequence of str

    Returns
    -------
    ibis.Table
        One row a set of pieces: the passive columns, ``bits_0`` and so on, the pieces from the first one on, and ``n``
        keys.
    """
    words = {f"bits_{word}": _bits(seen.piece, word * BITS) for word in range(-(-size // BITS))}
    keyed = seen.filter(seen.counted.notnull()).group_by(["counted", *passive]).agg(**words)
    return keyed.group_by([*passive, *words]).agg(n=keyed.count())


def _bits(piece, first):
    place = piece.cast("int64") - first
    return ibis.ifelse(place.between(0, BITS - 1), ibis.literal(1, "int64") << place, 0).bit_or()


def pairs_of(table, size, shape, place):
    """Return pairs of pieces from an answer to :func:`pieces_question`.

    Parameters
    ----------
    table : pyarrow.Table
        The answer.
    size : int
        How many pieces there are.
    shape : tuple of int
        Sizes of the passive dimensions.
    place : numpy.ndarray or int
        Of each row, the cell of that shape; less than 0 for none.

    Returns
    -------
    numpy.ndarray
        Shape (previous piece + 1, piece, *shape).
    """
    cells = int(np.prod(shape, dtype=int))
    found, many = np.zeros((size + 1, size, cells)), table["n"].to_numpy()
    place = np.broadcast_to(place, many.shape)
    last = np.zeros(len(many), "int64")
    for piece in range(size):
        word, bit = divmod(piece, BITS)
        here = np.flatnonzero((table[f"bits_{word}"].to_numpy() >> bit & 1).astype(bool) & (place >= 0))
        at = last[here] * cells + place[here]
        found[:, piece] = np.bincount(at, many[here], (size + 1) * cells).reshape(size + 1, cells)
        last[here] = piece + 1
    return found.reshape(size + 1, size, *shape)
