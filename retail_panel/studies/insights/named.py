"""Lines for comparisons: what has no name of its own, missing or gathered under Other, is no value to compare."""

import ibis

from retail_panel.crossfilter.clause import NONE

#: Dimensions that findings compare by and segments are described by.
LINE, CUSTOMER = ("channel", "category", "tier"), ("segment",)


def named_codes(asking, name):
    """Return the codes of a dimension that stand for one value each, and the words of every code."""
    cut = asking.scene.coded.bins.get(name)
    values = () if cut is None else cut.values
    return [code for code, value in enumerate(values) if value != NONE], list(values)


def only_named(asking, lines, names):
    """Return lines whose codes of some dimensions are null where they stand for no single value."""
    changed = {}
    for name in names:
        codes, _ = named_codes(asking, name)
        column = lines[f"c_{name}"]
        changed[f"c_{name}"] = ibis.ifelse(column.isin(codes or [-1]), column, None)
    return lines.mutate(**changed)


def named_columns(asking, names, *ignored):
    """Return lines as :func:`only_named` does, in memory; None where they are not, see :meth:`Asking.columns`."""
    columns = asking.columns(*ignored)
    if columns is None:
        return None
    for name in names:
        columns = columns.only(name, named_codes(asking, name)[0])
    return columns
