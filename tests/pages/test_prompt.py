"""Changes of a visitor that are not waited for."""

import panel_material_ui as pmui
import pytest
from bokeh.document import Document

from retail_panel.pages.prompt import prompt


@pytest.mark.parametrize(("told", "wait"), [(lambda widget: widget, 50), (prompt, 0)])
def test_what_is_clicked_is_taken_at_once(monkeypatch, told, wait):
    document, waits = Document(), []
    box = told(pmui.CheckBoxGroup(options=["Returns"]))
    root = box.get_root(document)
    monkeypatch.setattr(Document, "session_context", property(lambda self: object()))
    monkeypatch.setattr(document, "add_timeout_callback", lambda change, wait: waits.append(wait))
    box._server_change(document, root.ref["id"], None, "value", [], ["Returns"])
    assert waits == [wait]
