"""The groups that studies of the segments page compare: the clusters or the segments by rules, as the user chooses."""

from retail_panel.studies.apart import Groups
from retail_panel.studies.study import Choice, Nothing

WORDS = {"cluster": "Clusters", "segment": "Segments"}
MEASURES = {"Recency": "recency_days", "Frequency": "frequency", "Monetary": "monetary"}
UNITS = {"recency_days": "days", "frequency": "ratio", "monetary": "money"}
#: The axis of each measure in words.
AXES = {
    "recency_days": "Days since the last purchase", "frequency": "Purchases a customer",
    "monetary": "Spend a customer",
}  # fmt: skip
#: Letters of a name in a legend.
LEGEND = 18
OBEYS = "Answers the selection other than of the groups compared: customers with any line in it."


def _groupings(asking):
    """Offer the method of the sidebar first."""
    population = asking.scene.population
    names = ["segment", "cluster"] if population and population.method == "rules" else ["cluster", "segment"]
    return {WORDS[name]: name for name in names}


GROUPING = Choice("by", "Groups", _groupings)
GROUPED = Groups(lambda choices: (choices["by"],))
MEASURE = Choice("measure", "Measure", MEASURES)


def groups(asking, by):
    """Return the groups that hold customers of the scope.

    Parameters
    ----------
    asking : Asking
        The visitor's question.
    by : str
        ``cluster`` or ``segment``.

    Returns
    -------
    dict of int to str
        Name by index, in their fixed order.

    Raises
    ------
    Nothing
        If nobody is scored.
    """
    population = asking.scene.population
    found = getattr(population, f"{by}s", ())
    held = {i: group.name for i, group in enumerate(found) if group.customers}
    if not held:
        raise Nothing("Nobody in scope has bought anything, so there are no groups. Widen the scope.")
    return held


def beside(look):
    """Return where the legend of groups stands: beside the drawing, or above it on a phone, two names a line."""
    return {"legend": "top", "legend_cols": 2} if look.narrow else {"legend": "right"}


def compared(asking, *by):
    """Return the scored customers with any line in the selection, a selection of the groups themselves aside.

    Parameters
    ----------
    asking : Asking
        The visitor's question.
    *by : str
        What is compared: ``cluster``, ``segment`` or both.

    Returns
    -------
    ibis.Table
        As :attr:`retail_panel.customers.population.Population.table`.
    """
    if set(asking.filters) <= set(by):
        return asking.scored
    lines = asking.lines_ignoring(*by)
    return asking.scored.semi_join(lines.filter(lines.customer_key.notnull()), "customer_key")


def nobody():
    """Return what to say where the selection holds no scored customer."""
    return Nothing("No customers with a purchase are selected. Clear the selection, or widen the scope.")
