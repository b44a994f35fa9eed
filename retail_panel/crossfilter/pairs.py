"""Pairs of a piece and an earlier one, by which what is counted once is counted over any run of pieces.

``n`` pairs (previous, piece) add ``n`` to each run [a, b) with previous < a <= piece < b; the code of ``previous`` is
one more than its piece, and 0 where there is none.
"""

import ibis


def last_seen(seen, passive=()):
    """Ask where each key was seen before.

    Parameters
    ----------
    seen : ibis.Table
        ``counted``, the key, ``piece``, and the passive columns, in which keys are counted apart.
    passive : sequence of str

    Returns
    -------
    ibis.Table
        Columns ``previous``, ``piece``, the passive ones, and ``n`` pairs.
    """
    pairs = seen.filter(seen.counted.notnull()).distinct()
    window = ibis.window(group_by=["counted", *passive], order_by="piece")
    found = pairs.mutate(previous=(_lag(pairs.piece).over(window) + 1).fill_null(0))
    return found.group_by(["previous", "piece", *passive]).agg(n=found.count())


def last_repeated(seen):
    """Ask where each customer was seen with another order before.

    A run holds two orders of a customer if it goes back from a line to the last one of another order. So each line that
    follows one of another order tells of the runs from where that one lies, less those that an earlier line told of.

    Parameters
    ----------
    seen : ibis.Table
        ``counted``, the customer, ``order`` and ``piece``.

    Returns
    -------
    ibis.Table
        As :func:`last_seen`; ``n`` may be less than 0.
    """
    lines = seen.filter(seen.counted.notnull(), seen.order.notnull()).distinct()
    one_by_one = ibis.window(group_by="counted", order_by=["piece", "order"])
    lines = lines.mutate(before=lines.order.lag().over(one_by_one), back=_lag(lines.piece).over(one_by_one) + 1)
    others = lines.filter(lines.before != lines.order)
    told = others.mutate(told=others.back.lag().over(one_by_one).fill_null(0))
    told = told.filter(told.told != told.back)
    more = told.select("piece", previous=told.told.cast("int16"), n=ibis.literal(1, "int64"))
    less = told.select("piece", previous=told.back.cast("int16"), n=ibis.literal(-1, "int64"))
    both = more.union(less)
    return both.group_by(["previous", "piece"]).agg(n=both.n.sum().cast("int64"))


def _lag(piece):
    return piece.cast("int16").lag()
