"""A cube on its way to the browser: one run of bytes, and a list that says what lies where.

Whole numbers travel as they were before they were summed up, in the narrowest kind that holds them all, and are summed
up again where they arrive; both sides are exact below 2 ** 53. Others travel as they are.
"""

from dataclasses import dataclass

import numpy as np

from retail_panel.measures import MEASURES

#: Kinds of numbers by the name under which the browser knows them, narrowest first.
KINDS = {"Uint8": np.uint8, "Int8": np.int8, "Uint16": np.uint16, "Int16": np.int16, "Uint32": np.uint32,
         "Int32": np.int32}  # fmt: skip
#: A cube of more bytes stays here: sending it would hold up everything else on its way to the page.
MOST_BYTES = 8 << 20
#: The browser sums whole numbers up exactly below this.
MOST_EXACT = 2.0**53
ALIGNED = 8


@dataclass(frozen=True)
class Cargo:
    """What of a cube goes to the browser.

    Attributes
    ----------
    places : dict of Key to dict
        ``kind`` and ``at`` (offset in bytes) of the numbers, ``width`` (how many a passive array has), ``distinct``,
        ``summed`` (whether they are running totals already) and ``scale``.
    sizes : tuple of int
        Numbers of pieces along the active dimensions.
    load : bytes
        The numbers.
    """

    places: dict
    sizes: tuple
    load: bytes


def packed(cube):
    """Pack a cube; returns None where it is too large to send.

    Parameters
    ----------
    cube : retail_panel.crossfilter.cube.Cube
        As filled.

    Returns
    -------
    Cargo or None
    """
    places, pieces, at = {}, [], 0
    for key, is_distinct, totals in cube.arrays():
        axes = 2 if is_distinct else len(cube.sizes)
        numbers, kind = _narrowed(totals, axes)
        places[key] = {
            "kind": kind, "at": at, "width": int(np.prod(totals.shape[axes:], dtype=int)), "distinct": is_distinct,
            "summed": kind == "Float64", "scale": MEASURES[key.measure].scale,
        }  # fmt: skip
        piece = numbers.tobytes()
        piece += bytes(-len(piece) % ALIGNED)
        pieces.append(piece)
        at += len(piece)
        if at > MOST_BYTES:
            return None
    return Cargo(places, cube.sizes, b"".join(pieces))


def _narrowed(totals, axes):
    if np.abs(totals).max(initial=0) >= MOST_EXACT or not np.array_equal(totals, np.rint(totals)):
        return totals, "Float64"
    numbers = totals
    for axis in range(axes):
        numbers = np.diff(numbers, axis=axis)
    low, high = numbers.min(initial=0), numbers.max(initial=0)
    for name, kind in KINDS.items():
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return numbers.astype(kind), name
    return totals, "Float64"
