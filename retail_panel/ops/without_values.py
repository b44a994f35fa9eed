"""SQL without the values in it, for people who look after the server and need not see whom it was about."""

import re

import sqlglot
from sqlglot import exp

#: Questions are cut there; a question of the workbench can fill a page.
LONGEST = 600
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


def without_values(sql, dialect="duckdb"):
    """Return a statement with a question mark for each value, and one for each list of them; cut at 600 characters.

    Examples
    --------
    >>> without_values("SELECT sum(amount) FROM order_line WHERE customer_id IN ('Ada', 'Ben') LIMIT 5")
    'SELECT SUM(amount) FROM order_line WHERE customer_id IN (?) LIMIT ?'
    """
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except sqlglot.errors.SqlglotError:
        text = _VALUES.sub("?", sql)
    else:
        text = tree.transform(_without).sql(dialect=dialect, comments=False)
    text = " ".join(re.sub(r"\?(, \?)+", "?", text).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _without(node):
    return exp.Placeholder() if isinstance(node, exp.Literal) else node
