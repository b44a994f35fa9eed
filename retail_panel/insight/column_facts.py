"""What :mod:`retail_panel.insight.segment_facts` asks the engine for, from order lines in memory."""

import numpy as np


def facts_rows(columns, members, of_orders):
    """Return the sums of each group of customers, and the values that lead in it.

    Parameters
    ----------
    columns : Columns
        The order lines.
    members : dict of str to numpy.ndarray
        Customers: ``customer_key``, ``group``, and figures whose mean is wanted; those without a line are left out, and
        lines of others.
    of_orders : sequence of str
        Columns of orders.

    Returns
    -------
    rows : list of dict
        As the answer to :func:`retail_panel.insight.segment_facts.sums_question`.
    firsts : list of dict
        By column, the two values that lead in each group.
    """
    groups, group, place = _placed(columns, members)
    held, people, size = group >= 0, len(columns.customers), len(groups)

    def added(figures, of=None):
        of = group if of is None else of
        return np.bincount(of[of >= 0], figures[of >= 0], size)

    moved, orders = (np.bincount(at, weights, people)[:people] for at, weights in (
        (columns.cluster, np.abs(columns.amount)), (columns.clusters, None)))  # fmt: skip
    found = {"net": added(columns.net), "moved": added(moved), "transactions": added(orders)}
    counts = np.bincount(group[held], minlength=size)
    for name in members.keys() - {"customer_key", "group"}:
        values = np.zeros(people)
        values[held] = members[name][place[held]]
        found[name] = added(values) / np.maximum(counts, 1)
    firsts = []
    for i, name in enumerate(of_orders):
        two, sums = _leading(columns, name, group, size, added)
        firsts.append({groups[at]: pair for at, pair in two.items()})
        found |= {f"{part}_{i}": total for part, total in sums.items()}
    rows = [
        {"group": groups[at], "customers": int(counts[at])} | {name: total[at].item() for name, total in found.items()}
        for at in np.flatnonzero(counts)
    ]
    return rows, firsts


def _placed(columns, members):
    """Return the groups, each customer's as a place among them and their own place in ``members``, -1 for none."""
    groups, codes = np.unique(members["group"], return_inverse=True)
    order = np.argsort(members["customer_key"])
    keys = members["customer_key"][order]
    at = np.minimum(np.searchsorted(keys, columns.customers), max(len(keys) - 1, 0))
    if not len(keys):
        return [], np.full(len(columns.customers), -1), at
    is_there = keys[at] == columns.customers
    place = np.where(is_there, order[at], -1)
    return groups.tolist(), np.where(is_there, codes[place], -1), place


def _leading(columns, name, group, size, added):
    """Return by group the two values that most orders have, and sums over customers of their counts."""
    many, people = len(columns.values[name]), len(columns.customers)
    pieces = [(order, code) for order, code, _ in columns.cells(name, (), where=~columns.is_return)]
    order, code = (np.concatenate([piece[i] for piece in pieces]) for i in (0, 1))
    person = columns.clusters[order]
    own = np.append(group, -1)[np.minimum(person, people)]
    order, code, person, own = (each[own >= 0] for each in (order, code, person, own))
    counted = np.bincount(own * many + code, minlength=size * many).reshape(size, many)
    lead = np.argsort(-counted, axis=1, kind="stable")[:, :2]
    two = {
        at: ([columns.values[name][place] for place in lead[at] if counted[at, place]] + [None])[:2]
        for at in np.flatnonzero(counted.any(1))
    }
    a, b = (np.bincount(person[(code == lead[own, i]) & bool(i < lead.shape[1])], minlength=people) if i < lead.shape[1]
            else np.zeros(people, int) for i in (0, 1))  # fmt: skip
    is_held = np.zeros(len(columns.clusters), bool)
    is_held[order] = True
    every = np.bincount(columns.clusters[is_held], minlength=people)
    gap = a - b
    sums = {"a": a, "b": b, "every": every, "gg": gap * gap, "ge": gap * every, "ee": every * every}
    return two, {part: added(each) for part, each in sums.items()} | {"customers": added(every > 0)}


def latest_rows(columns, members, name):
    """Return how many customers of each group have each value of a column on the latest line that names one.

    Returns
    -------
    list of dict
        ``group``, ``value``, ``counted``.
    """
    groups, group, _ = _placed(columns, members)
    many, people = len(columns.values[name]), len(columns.customers)
    named = (columns.codes[name] < many) & (columns.cluster < people)
    # Of several at one moment the value that sorts last.
    when = (columns.moment[named] - columns.moment.min(initial=0)) * many + columns.codes[name][named]
    latest = np.full(people, -1)
    np.maximum.at(latest, columns.cluster[named], when)
    held = (latest >= 0) & (group >= 0)
    counted = np.bincount(group[held] * many + latest[held] % max(many, 1), minlength=len(groups) * many)
    found = np.flatnonzero(counted)
    return [
        {"group": groups[at // many], "value": columns.values[name][at % many], "counted": int(counted[at])}
        for at in found
    ]
