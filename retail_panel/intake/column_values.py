"""What the values of a column look like, for recognising its role."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.intake import dates, numbers
from retail_panel.intake.block import as_text
from retail_panel.intake.synonyms import KIND_WORDS, MISSING, NUMBER_ROLES, TIME_ROLES

_KINDS = frozenset(word for words in KIND_WORDS.values() for word in words)


def fits(role, column):
    """Tell whether at least half of a column's sample values read as the role needs."""
    values = present(column)
    if not len(values):
        return role not in TIME_ROLES
    if role in TIME_ROLES:
        return share_of_dates(values) >= 0.5
    if role in NUMBER_ROLES:
        return share_of_numbers(values) >= 0.5
    if role == "clock":
        return share(pc.match_substring_regex(values, r"^\d{1,2}:\d{2}")) >= 0.5
    if role == "kind":
        return np.mean([text.lower() in _KINDS for text in values.to_pylist()]) >= 0.5
    return True


def present(column):
    """Return the distinct values of a string column, without blanks around and without missing ones."""
    texts = pc.unique(pc.utf8_trim_whitespace(as_text(column)))
    return texts.filter(pc.invert(pc.is_in(pc.utf8_lower(texts), pa.array([*MISSING, None]))))


def share(hits):
    """Return the share of true values of an Arrow column, 0 where there are none."""
    return pc.mean(hits.cast(pa.int8())).as_py() or 0.0


def share_of_dates(values):
    """Return the share of texts that read as dates."""
    return max(
        (dates.read_times(values, dates.DateReading(order))[1] != dates.UNREADABLE).mean() for order in dates.ORDERS
    )


def share_of_numbers(values):
    """Return the share of texts that read as numbers."""
    return max((numbers.read_numbers(values, mark).status != numbers.UNREADABLE).mean() for mark in ".,")
