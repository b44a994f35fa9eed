"""Text for spreadsheets, which run a cell that begins like a formula."""

import re

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def guarded(value):
    """Return a value as text that no spreadsheet takes for a formula.

    An apostrophe goes before the signs that start one; plain numbers stay as they are, None is empty.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-12.5")
    ("'=1+1", '-12.5')
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RUNS) and not _NUMBER.fullmatch(text) else text
