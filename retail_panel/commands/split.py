"""What ``--by`` splits figures by: any dimension, numbers and times cut into pieces."""

from dataclasses import replace

from retail_panel.dimensions import DIMENSIONS
from retail_panel.errors import UnusableInput

PIECES = 10


def split(store, tables, name):
    """Prepare a split by a dimension.

    Numbers are cut into round pieces, time into months. Customers are scored within the scope, by the default RFM
    definition, where the dimension is theirs.

    Parameters
    ----------
    store : Store
        Where the tables lie.
    tables : dict of str to ibis.Table
        As :func:`retail_panel.measures.scoped_tables` returns.
    name : str
        Name in :data:`retail_panel.dimensions.DIMENSIONS`.

    Returns
    -------
    tables : dict of str to ibis.Table
        The same, with the customers' columns beside the lines where need be.
    by : Dimension
        To hand to :func:`retail_panel.figures.figures`.

    Raises
    ------
    UnusableInput
        If there is no such dimension, or no line in scope has a value of it.
    """
    known = {name: dimension for name, dimension in DIMENSIONS.items() if dimension.kind != "move"}
    dimension = known.get(name)
    if dimension is None:
        raise UnusableInput(f"--by {name!r}: no such dimension; allowed: {', '.join(known)}")
    lines = tables["order_line"]
    _require_values(store, lines, dimension)
    if dimension.level == "customer":
        lines, dimension = _scored(store, lines, dimension)
        tables = {"order_line": lines}
    if dimension.kind == "number":
        dimension = _pieces(store, lines, dimension)
    elif dimension.kind == "time":
        moment = dimension.expression
        dimension = replace(dimension, expression=lambda t: moment(t).strftime("%Y-%m"))
    return tables, dimension


def _require_values(store, lines, dimension):
    for column in dimension.needs:
        if not store.ask(lines.aggregate(found=lines[column].count())).column("found")[0].as_py():
            named = column.replace("_key", "_id")
            present = [name for name, d in DIMENSIONS.items() if not d.needs]
            raise UnusableInput(
                f"--by {dimension.name}: no line in scope has a value of {named}; always there: {', '.join(present)}"
            )


def _scored(store, lines, dimension):
    from retail_panel.customers import CustomersPipeline

    population = CustomersPipeline().run(store, lines, "split")
    scored = population.table.select("customer_key", dimension.name).rename(scored_key="customer_key")
    joined = lines.left_join(scored, lines.customer_key == scored.scored_key).drop("scored_key")
    groups = {"segment": population.segments, "cluster": population.clusters}.get(dimension.name)
    labels = tuple(group.name for group in groups) if groups else dimension.labels
    return joined, replace(dimension, labels=labels)


def _pieces(store, lines, dimension):
    from retail_panel.crossfilter.bins import MISSING, number_bins

    value = dimension.expression(lines)
    low, high = store.ask(lines.aggregate(low=value.quantile(0.01), high=value.quantile(0.99))).to_pylist()[0].values()
    bins = number_bins(float(low), float(high), dimension.unit, pieces=PIECES)
    whole = dimension.expression
    return replace(dimension, expression=lambda t: bins.code(whole(t)).nullif(MISSING), labels=bins.labels)
