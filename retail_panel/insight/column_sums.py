"""Sums over order lines in memory, as the questions of findings ask the engine for them."""

import numpy as np

from retail_panel.errors import UnusableInput
from retail_panel.insight.cluster_sums import centre_of
from retail_panel.insight.groups import MOST, groups_of, unit_columns
from retail_panel.insight.overall import TOP
from retail_panel.insight.pairs import placed_pairs
from retail_panel.schema import MONEY_SCALE


def column_moments(columns, units):
    """Return the moments of the groups of several columns, as :func:`retail_panel.insight.groups.moments`.

    Parameters
    ----------
    columns : Columns
        The order lines.
    units : dict of str to tuple of str
        Name to the units wanted, ``transaction`` or with it ``return``.
    """
    moved = np.abs(columns.amount)
    centre = centre_of(*((moved.mean() / MONEY_SCALE, moved.min() / MONEY_SCALE) if len(moved) else (None, None)))
    found = {}
    for name, wanted in units.items():
        if len(columns.values[name]) > MOST:
            raise UnusableInput(f"{name}: {len(columns.values[name]):,} values; at most {MOST} can be compared")
        pieces = list(columns.cells(name, ["moved", "lines", "returned"] if "return" in wanted else ["moved"]))
        order, code = (_joined([piece[i] for piece in pieces]) for i in (0, 1))
        sums = [_joined(each) for each in zip(*(piece[2] for piece in pieces), strict=True)]
        x = sums[0] / MONEY_SCALE - centre
        added = {"n_transaction": None, "s_transaction": x, "q_transaction": x * x}
        if "return" in wanted:
            added |= {"n_return": sums[1].astype(float), "s_return": sums[2], "q_return": sums[2]}
        known = np.arange(columns.size) < len(columns.customers)
        held = np.bincount(code, minlength=len(columns.values[name])) > 0
        groups = [value for value, is_held in zip(columns.values[name], held, strict=True) if is_held]
        code = code if held.all() else (np.cumsum(held) - 1)[code]
        pairs = placed_pairs(columns.clusters[order], known, code, groups, added, wanted)
        for unit in wanted:
            shift = 0.0 if unit == "return" else centre
            found[name, unit] = groups_of(name, unit, pairs.rename(columns=unit_columns(unit)), shift)
    return found


def _joined(pieces):
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]


def growth_sums(columns, before, after):
    """Return what :func:`retail_panel.insight.period_change.growth_question` asks for, two periods of moments."""
    b, a = (
        np.bincount(columns.cluster[inside], columns.amount[inside], columns.size) / MONEY_SCALE
        for inside in (_inside(columns.moment, period) for period in (before, after))
    )
    # A dot product would wake the threads of the library, which takes longer where they are busy.
    products = {"aa": (a * a).sum(), "ab": (a * b).sum(), "bb": (b * b).sum()}
    return {"n": int(((a != 0) | (b != 0)).sum()), "a": a.sum(), "b": b.sum()} | products


def _inside(moment, period):
    since, until = (np.datetime64(end, "us").view("int64") for end in period)
    return (moment >= since) & (moment < until)


def customers_sums(columns):
    """Return what :func:`retail_panel.insight.overall.customers_question` asks for."""
    many = len(columns.customers)
    is_sold = np.zeros(len(columns.clusters), bool)
    is_sold[columns.order[~columns.is_return]] = True
    sold = columns.clusters[is_sold]
    orders = np.bincount(sold, minlength=many)[:many]
    net, orders = columns.net[orders > 0], orders[orders > 0]
    # Of equals the one with the lesser key first.
    order = np.argsort(-net, kind="stable")
    top = order[: -(-len(net) // TOP)]
    edge = net[top].min(initial=np.inf) if len(top) else 0.0
    x, y = net / MONEY_SCALE, np.zeros(len(net))
    y[top] = (net[top] - edge) / MONEY_SCALE
    often = orders > 1
    return {
        "customers": len(net), "net": net.sum(), "top": len(top), "edge": edge, "top_net": net[top].sum(),
        "repeat": int(often.sum()), "repeat_net": net[often].sum(), "y": y.sum(),
        "xx": (x * x).sum(), "xy": (x * y).sum(), "yy": (y * y).sum(),
    }  # fmt: skip
