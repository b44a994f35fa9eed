"""Tables as HTML."""

import datetime

import numpy as np
import pandas as pd

from retail_panel.report.table import MOST_ROWS, table_markup
from retail_panel.studies import Look


def cells(markup):
    rows = markup.partition("<tbody>")[2].split("</tr>")[:-1]
    return [[cell.partition(">")[2].removesuffix("</td>") for cell in row.split("<td")[1:]] for row in rows]


def test_figures_in_words_of_their_unit():
    frame = pd.DataFrame({
        "Day": [datetime.date(2024, 2, 29), None], "Net sales": [1234.567, np.nan], "Share": [0.125, 1.0],
        "Lift": [1.5, 2.0],
    })  # fmt: skip
    markup = table_markup(frame, {"Net sales": "money", "Share": "share"}, Look("EUR"))
    assert cells(markup) == [["29 Feb 2024", "€1,234.57", "12.50%", "1.50"], ["", "–", "100.00%", "2.00"]]
    assert markup.count('class="figure"') == 3 * 3 and "<summary>Table, 2 rows</summary>" in markup


def test_the_first_rows_of_a_long_table(long_table):
    markup = table_markup(long_table, {"Net sales": "money"}, Look())
    assert len(cells(markup)) == MOST_ROWS
    assert f"Table, the first {MOST_ROWS} of 40 rows" in markup
    assert "Table, 1 row<" in table_markup(long_table.head(1), {}, Look())


def test_text_is_text():
    frame = pd.DataFrame({"<i>a</i>": ["<script>x</script>", 'b"&']})
    markup = table_markup(frame, {}, Look())
    assert "<script" not in markup and "<i>" not in markup
    assert cells(markup) == [["&lt;script&gt;x&lt;/script&gt;"], ["b&quot;&amp;"]]
