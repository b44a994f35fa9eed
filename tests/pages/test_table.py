"""Small tables as HTML."""

from pages.visitor import rows_of
from retail_panel.pages.table import table_html, table_pane


def test_cells_are_escaped_and_figures_stand_right():
    html = table_html([("<b>&", 1), ("x", "<script>")], ("A<", "B"), (1,))
    assert "<script>" not in html and "<b>" not in html
    assert html.startswith('<table><thead><tr><th>A&lt;</th><th class="figure">B</th></tr></thead><tbody>')
    assert '<td>&lt;b&gt;&amp;</td><td class="figure">1</td>' in html
    assert rows_of(html) == [["<b>&", "1"], ["x", "<script>"]]


def test_without_a_head_and_without_rows():
    assert table_html([]) == "<table><tbody></tbody></table>"
    assert table_pane([(1, 2)], css_classes=["profile"]).css_classes == ["profile"]
