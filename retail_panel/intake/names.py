"""Column names in one form, so that ``InvoiceNo``, ``Invoice No.`` and ``invoice_no`` are one."""

import re
from functools import cache

from retail_panel.intake.synonyms import LAYOUTS, NAMES


def normal(name):
    """Return a column name in lower case, words joined by underscores.

    Examples
    --------
    >>> normal("InvoiceNo"), normal("Lineitem compare at price"), normal("Order #")
    ('invoice_no', 'lineitem_compare_at_price', 'order')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[^0-9a-zà-ÿ]+", "_", words.lower()).strip("_")


@cache
def known_names():
    """Return every name recognition knows, as a frozenset."""
    known = {name for roles in NAMES.values() for names in roles.values() for name in names}
    return frozenset(known.union(*(layout.needs for layout in LAYOUTS), *(layout.roles.values() for layout in LAYOUTS)))
