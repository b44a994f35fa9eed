"""Which products are bought together: asked for once, whichever studies of the page rest on it."""

from dataclasses import replace

from retail_panel.baskets.affinity import affinity
from retail_panel.studies.study import Nothing

#: Dimensions of the goods themselves: a basket is looked at whole, whichever of its goods are selected.
GOODS = ("category", "product")
#: Characters of a product's name on an axis.
LONGEST = 24


def product_affinity(asking, *ignored):
    """Return the pairs of products in baskets of the selection.

    Parameters
    ----------
    asking : Asking
        What to ask with; filters on goods and on the dimensions ``ignored`` are left out.

    Returns
    -------
    tuple of (Asking, Affinity)
        Without these filters, and what was found.

    Raises
    ------
    Nothing
        If nothing was sold.
    """
    filters = {name: clause for name, clause in asking.filters.items() if name not in (*GOODS, *ignored)}
    whole = replace(asking, filters=filters)

    def make():
        before = len(asking.asked)
        return affinity(whole.ask, whole.single_lines, "product"), tuple(asking.asked[before:])

    found, statements = asking.studied(("product affinity", repr(filters)), make)
    asking.asked.extend(statement for statement in statements if statement not in asking.asked)
    if not found.baskets:
        raise Nothing("No sales are selected, so there are no baskets. Clear the selection, or widen the scope.")
    return whole, found


def product_words(asking, products):
    """Return the name of each of some products, by code: its description in scope, where the source has one."""
    codes = list(products)
    if not codes:
        return {}
    lines = replace(asking, filters={}).named_lines.filter(lambda t: t["product"].isin(codes))
    found = asking.ask(lines.group_by("product").aggregate(words=lines.description.max())).to_pylist()
    return {code: code for code in codes} | {row["product"]: row["words"] or row["product"] for row in found}


def told_apart(labels):
    """Return labels none of which occurs twice: a repeated one gets blanks that do not show."""
    seen, found = {}, []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label + "\u200b" * (seen[label] - 1))
    return found
