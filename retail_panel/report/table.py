"""A small table as HTML, figures in words of their unit."""

from datetime import date
from html import escape
from numbers import Number

import pandas as pd

#: Rows of a table that a report shows.
MOST_ROWS = 30


def table_markup(frame, units, look):
    """Return a closed table that a click opens.

    Parameters
    ----------
    frame : pandas.DataFrame
        What it holds; money in currency units.
    units : dict of str to str
        Unit by column, as in :class:`retail_panel.studies.Study`; other figures are plain numbers.
    look : Look
        Its currency.

    Returns
    -------
    str
        HTML, all text of the frame escaped.
    """
    figures = [pd.api.types.is_numeric_dtype(frame.iloc[:, i]) for i in range(frame.shape[1])]
    kind = lambda i: ' class="figure"' if figures[i] else ""  # noqa: E731
    heads = "".join(f'<th scope="col"{kind(i)}>{escape(str(name))}</th>' for i, name in enumerate(frame.columns))
    rows = [
        "".join(f"<td{kind(i)}>{escape(_text(value, units.get(name, 'ratio'), look))}</td>"
                for i, (name, value) in enumerate(zip(frame.columns, row, strict=True)))
        for row in frame.head(MOST_ROWS).itertuples(index=False, name=None)
    ]  # fmt: skip
    counted = f"{len(frame):,} row{'' if len(frame) == 1 else 's'}"
    if len(frame) > MOST_ROWS:
        counted = f"the first {MOST_ROWS} of {counted}"
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (f"<details><summary>Table, {counted}</summary><div class=\"rows\"><table><thead><tr>{heads}</tr></thead>"
            f"<tbody>{body}</tbody></table></div></details>")  # fmt: skip


def _text(value, unit, look):
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, Number) and not isinstance(value, bool):
        return look.write(value, unit)
    return look.write(value, "day") if isinstance(value, date) else str(value)
