"""A document lists its models once for many changes, and has all of them afterwards."""

import pytest
from bokeh.document import Document
from bokeh.models import Column, Div

from retail_panel.pages.models import listed_once


@pytest.fixture
def column():
    made = Column(children=[Div(text="first")])
    Document().add_root(made)
    return made


def test_what_came_and_went_is_known_afterwards(column):
    (first,), second, third = column.children, Div(text="second"), Div(text="third")
    with listed_once(column.document):
        column.children = [second]
        column.children = [second, third]
        with listed_once(column.document):
            first.text = "changed"
    models = set(column.document.models)
    assert {second, third} <= models
    assert first not in models
    assert first.document is None
    column.children = [first]
    assert first in set(column.document.models)


def test_an_error_inside_leaves_the_document_as_it_should_be(column):
    second = Div()
    with pytest.raises(ValueError, match="broken"), listed_once(column.document):
        column.children = [second]
        raise ValueError("broken")
    assert second.document is column.document


def test_models_are_listed_once_and_not_where_none_changed(column, monkeypatch):
    models, listed = column.document.models, []
    recompute = models.recompute
    monkeypatch.setattr(models, "recompute", lambda: listed.append(recompute()))
    with listed_once(column.document):
        column.children = [Div()]
        with models.freeze():
            column.children = [Div(), Div()]
    assert len(listed) == 1
    with listed_once(column.document):
        column.children[0].text = "other"
    assert len(listed) == 1
