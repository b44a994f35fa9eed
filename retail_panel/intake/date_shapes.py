"""The shapes dates are written in."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:(?:[T,]\s*|\s+)(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?\s*"
    r"(?P<zone>Z|UTC|GMT|[-+][0-9]{2}:?[0-9]{2})?$"
)
_WEEKDAY = r"^(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<month_name>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[a-z]*\.?"
#: Shapes of dates, tried in this order on what is left.
PATTERNS = (
    ("year-first", r"^(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})" + _CLOCK),
    ("two numbers", r"^(?P<a>[0-9]{1,2})[-/. ](?P<b>[0-9]{1,2})[-/. ](?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK),
    (
        "compact",
        r"^(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
        r"(?:[T ]?(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2}):?(?P<second>[0-9]{2})?)?(?P<zone>Z)?$",
    ),
    (
        "named month",
        _WEEKDAY
        + r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[-/. ]\s*"
        + _MONTH
        + r",?[-/. ]\s*(?P<year>[0-9]{4}|[0-9]{2})"
        + _CLOCK,
    ),
    (
        "named month",
        _WEEKDAY + _MONTH + r"[-/. ]\s*(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?[-/. ]\s*(?P<year>[0-9]{4})" + _CLOCK,
    ),
    ("epoch seconds", r"^(?P<epoch>[0-9]{9,10})(?:\.[0-9]+)?$"),
    ("epoch milliseconds", r"^(?P<epoch_ms>[0-9]{12,13})$"),
)


def match_shapes(texts):
    """Yield (shape, indices, {field: array of str}) for each pattern that fits some of the texts."""
    left = np.arange(len(texts))
    for shape, pattern in PATTERNS:
        if not left.size:
            return
        found = pc.extract_regex(texts if left.size == len(texts) else texts.take(pa.array(left)), pattern)
        hits = np.asarray(found.is_valid())
        if hits.any():
            found = found.filter(pa.array(hits))
            fields = {field.name: found.field(i) for i, field in enumerate(found.type)}
            yield shape, left[hits], fields
            left = left[~hits]
