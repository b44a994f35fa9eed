"""Which products are bought together: asked for once, whichever studies of the page rest on it."""

from dataclasses import replace

from retail_panel.baskets.affinity import affinity
from retail_panel.baskets.membership import numbered
from retail_panel.studies.study import Nothing

#: Dimensions of the goods themselves: a basket is looked at whole, whichever of its goods are selected.
GOODS = ("category", "product")
#: So many products are few enough to ask for all their names.
FEW_PRODUCTS = 2_000
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
    codes = sorted(products)
    if not codes:
        return {}
    lines = replace(asking, filters={}).plain_lines
    is_few = len(asking.scene.catalogue.counts.get("product", ())) <= FEW_PRODUCTS

    def make():
        before, kept = len(asking.asked), lines
        if not is_few:
            some = numbered(codes, lines["product"].type())
            kept = lines.join(some, lines["product"] == some.item).select("product", "description")
        found = asking.ask(kept.group_by("product").aggregate(words=kept.description.max())).to_pydict()
        return dict(zip(found["product"], found["words"], strict=True)), tuple(asking.asked[before:])

    # Few products are all asked for at once, by whichever study is first.
    words, statements = asking.studied("product words", make) if is_few else make()
    asking.asked.extend(statement for statement in statements if statement not in asking.asked)
    return {code: words.get(code) or code for code in codes}


def told_apart(labels):
    """Return labels none of which occurs twice: a repeated one gets blanks that do not show."""
    seen, found = {}, []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label + "\u200b" * (seen[label] - 1))
    return found
