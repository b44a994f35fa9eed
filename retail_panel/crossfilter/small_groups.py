"""Small groups: figures of so few customers that they would tell of single ones."""

import numpy as np

from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.errors import RetailPanelError


class TooFew(RetailPanelError):
    """A group has fewer customers than whoever asks may be told of."""

    def __init__(self, least):
        super().__init__(f"fewer than {least} customers: widen the selection or the scope to see figures")


def large_enough(store, coded, wholes, parts, filters, least, ticket=None):
    """Return charts without the bars of :func:`hidden` groups, which are left out as if nobody were there.

    Parameters
    ----------
    store : Store
        Where to ask.
    coded : Coded
        Lines of a scope, in codes.
    wholes, parts : dict of Key to numpy.ndarray
        Charts of the whole scope and under the selection; an error in place of an array stays.
    filters : dict of str to clause
        The selection.
    least : int
        The smallest group that may be told of; below 2 everything stays. A source that names no customers has no
        groups.
    ticket : Ticket, optional
        To call the questions off.

    Raises
    ------
    TooFew
        If the selection itself holds some customers, yet fewer than that.
    """
    if least <= 1:
        return wholes, parts
    sizes = _sizes(store, coded, [(), *{key.dims for key in parts}], filters, ticket)
    if _is_small(sizes.get((), 0), least):
        raise TooFew(least)
    whole = _sizes(store, coded, {key.dims for key in wholes}, {}, ticket)
    return _without(wholes, whole, least), _without(parts, sizes, least)


def hidden(sizes, least):
    """Return which groups are not told of: small ones, and next to them as many as it takes to hide these.

    One hidden group is the total less those that are shown. So each row and column of groups hides at least two if it
    hides any, and one of them is large enough to be told of: the smallest such.

    Parameters
    ----------
    sizes : array_like
        Customers of each group, an axis a dimension.
    least : int
        The smallest group that may be told of; groups of nobody stay.

    Returns
    -------
    numpy.ndarray of bool
    """
    sizes = np.asarray(sizes, float)
    out, before = _is_small(sizes, least), None
    while before is None or (out != before).any():
        before = out.copy()
        for axis in range(sizes.ndim if sizes.size else 0):
            shown = (sizes > 0) & ~out
            safe = (out.sum(axis, keepdims=True) > 1) & (out & (sizes >= least)).any(axis, keepdims=True)
            lacks = out.any(axis, keepdims=True) & ~safe & shown.any(axis, keepdims=True)
            next_one = np.zeros_like(out)
            smallest = np.where(shown, sizes, np.inf).argmin(axis)
            np.put_along_axis(next_one, np.expand_dims(smallest, axis), True, axis)
            out |= next_one & lacks
    return out


def has_small_days(store, coded, filters, least, ticket=None):
    """Whether a piece of time under the selection holds too few customers; parameters as in :func:`large_enough`."""
    sizes = _sizes(store, coded, [("ordered_at",)], filters, ticket) if least > 1 else {}
    return any(_is_small(size, least).any() for size in sizes.values())


def left_out(few, least):
    """Return a sentence on so many groups that are not told of."""
    are = "1 group is" if few == 1 else f"{few:,} groups are"
    return f"{are} not shown: those of fewer than {least} customers, and as many beside them as it takes to hide these."


def _without(arrays, sizes, least):
    return {
        key: array if isinstance(array, Exception) or key.dims not in sizes
        else np.where(hidden(sizes[key.dims], least), 0.0, array)
        for key, array in arrays.items()
    }  # fmt: skip


def _is_small(sizes, least):
    return (np.asarray(sizes) > 0) & (np.asarray(sizes) < least)


def _sizes(store, coded, dims, filters, ticket):
    found = histograms(store, coded, [Key(each, "customers") for each in dict.fromkeys(dims)], filters, ticket)
    for size in found.values():
        if isinstance(size, Exception):
            raise size
    return {key.dims: size for key, size in found.items()}
