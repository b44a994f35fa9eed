"""The purchases of customers that are followed from their first one."""

from retail_panel.studies.span import span
from retail_panel.studies.study import Nothing

#: The dimension that says when a customer was new.
BOUGHT = "first_bought"
RULE = (
    "Follows customers through the lines of the selection from their first purchase in them; a selection of time picks "
    "customers by the day of that purchase and cuts nothing off after it. Returns and guests are no purchases. "
)


def followed(asking):
    """Return the lines to follow customers through.

    A brush on time would hide what came after it, and who bought within it would all seem to come back then.

    Parameters
    ----------
    asking : Asking
        The visitor's scope and selection.

    Returns
    -------
    lines : ibis.Table
        As :attr:`retail_panel.studies.asking.Asking.lines`, of customers only; merged where time is not selected.
    last_day : datetime.date
        Last day that the scope covers.

    Raises
    ------
    Nothing
        If the scope covers no day.
    """
    clause = asking.filters.get("ordered_at")
    lines = asking.merged_ignoring("ordered_at") if clause is None else asking.lines_ignoring("ordered_at")
    lines = lines.filter(lines.customer_key.notnull())
    if clause is not None:
        clause = asking.scene.coded.bins["ordered_at"].aligned(clause)
        firsts = lines.group_by("customer_key").aggregate(first=lines.ordered_at.min(where=~lines.is_return))
        lines = lines.semi_join(firsts.filter(clause.condition(firsts.first)), "customer_key")
    return lines, span(asking, selected=False)[1]


def selected_by_first(asking):
    """Return the lines of the selection, and the first purchases in scope of the customers to follow through them.

    Parameters
    ----------
    asking : Asking
        The visitor's scope and selection. A brush on time picks customers by their first purchase, and cuts nothing off
        after it.

    Returns
    -------
    lines : ibis.Table
        As :attr:`retail_panel.studies.asking.Asking.merged`, whenever they were bought.
    firsts : ibis.Table
        ``customer_key`` and ``first_bought``, one row a customer.
    """
    firsts, clause = asking.scored.select("customer_key", BOUGHT), asking.filters.get("ordered_at")
    if clause is not None:
        clause = asking.scene.coded.bins["ordered_at"].aligned(clause)
        firsts = firsts.filter(clause.condition(firsts[BOUGHT]))
    return asking.merged_ignoring("ordered_at", BOUGHT), firsts


def nobody():
    """Return what to say where nobody is followed."""
    return Nothing("No customer bought for the first time in the selection. Clear the selection, or widen the scope.")
