"""The outcome of the customers pipeline as figures that JSON can hold."""

PROFILE = "recency_days_mean", "frequency_mean", "monetary_mean", "monetary_total", "net_sales"


def figures(population, returns="subtract"):
    """Return the outcome as a dict that JSON can hold.

    Parameters
    ----------
    population : Population
        Outcome of the pipeline.
    returns : str
        The definition's ``returns``: where they count as purchases, a group's ``net_sales`` counts them so as well.

    Returns
    -------
    dict
        Days as ISO text, money in currency units, figures rounded to 4 digits; ``k``, ``silhouette`` and ``inertia``
        are the clusters', whichever method made the ``segments``, of which those without customers are left out.
    """
    clustering = population.clustering
    return {
        "method": population.method,
        "k": clustering.k if clustering else 0,
        "reference_day": population.reference_day.isoformat() if population.reference_day else None,
        "definition": population.definition,
        "customers": population.customers,
        "returns_only": population.returns_only,
        "guest_lines": population.guest_lines,
        "rfm": {m: {name: _rounded(x) for name, x in found.items()} for m, found in population.rfm.items()},
        "scores": {m: {str(score): n for score, n in held.items()} for m, held in population.held.items()},
        "silhouette": {str(k): _rounded(x) for k, x in (clustering.silhouette_ if clustering else {}).items()},
        "inertia": {str(k): _rounded(x) for k, x in (clustering.inertia_ if clustering else {}).items()},
        "segments": [
            {"name": group.name, "customers": group.customers, "share": group.share}
            | {name: _rounded(getattr(group, name)) for name in PROFILE}
            | ({"net_sales": _rounded(group.monetary_total)} if returns == "count" else {})
            for group in population.groups
        ],
        "notes": list(population.notes),
    }


def _rounded(figure):
    return None if figure is None else round(float(figure), 4)
