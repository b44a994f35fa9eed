"""What a browser says is taken in as Bokeh itself would take it."""

import pytest
from bokeh.core.serialization import UnknownReferenceError
from bokeh.document import Document
from bokeh.document import document as bokeh_document
from bokeh.models import Column, Div

from retail_panel.pages.reading import read_by_name


@pytest.fixture(params=[False, True], ids=["bokeh", "ours"])
def column(request, monkeypatch):
    """A column with one text on a page, read by Bokeh and by us."""
    monkeypatch.setattr(bokeh_document, "Deserializer", bokeh_document.Deserializer)
    if request.param:
        read_by_name()
    made = Column(children=[Div(text="first")])
    Document().add_root(made)
    return made


def say(column, attribute, new):
    change = {"kind": "ModelChanged", "model": {"id": column.id}, "attr": attribute, "new": new}
    column.document.apply_json_patch({"events": [change]})


def test_a_message_names_models_of_the_page_and_brings_new_ones(column):
    (first,) = column.children
    new = {"type": "object", "name": "Div", "id": "new", "attributes": {"text": "second"}}
    say(column, "children", [{"id": first.id}, new])
    assert [each.text for each in column.children] == ["first", "second"]
    say(column, "children", [{"id": "new"}])
    assert [each.text for each in column.children] == ["second"]


def test_a_model_that_was_never_there_is_an_error(column):
    with pytest.raises(UnknownReferenceError):
        say(column, "children", [{"id": "nobody"}])
