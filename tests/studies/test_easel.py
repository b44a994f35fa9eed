"""A drawing that was updated looks as one that was built, whatever came before it, and so does the screen."""

from dataclasses import fields, is_dataclass
from numbers import Real

import holoviews as hv
import pandas as pd
import pytest
from bokeh.core.property.vectorization import Value
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.model import Model
from bokeh.models import ColumnDataSource, HoverTool

from retail_panel.crossfilter.scenes import definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.contents import PAGES
from retail_panel.studies import Asking, Easel, Look, Nothing, copy_of, graft
from retail_panel.studies.forms.sankey import sankey
from retail_panel.views.lettering import THEME

STUDIES = {
    f"{page.name}.{study.name}": study for page in PAGES for study in page.studies if study.backend == "bokeh"
}
DEFINITION = definition_of(CustomersPipeline(k=4))
SCOPES = (
    {"ordered_at": "2026-03-01..2026-10-01"},
    {"ordered_at": "2026-08-01..2026-09-15"},
)
#: Not seen: which model it is, how marks look once they are picked, and hatches, of which there are none.
UNSEEN = frozenset({
    "id", "tags", "name", "subscribed_events", "js_event_callbacks", "selected", "selection_policy", "selection_glyph",
    "nonselection_glyph", "muted_glyph", "hover_glyph", "hatch_color", "toolbar", "x_source", "extra",
    "reset_start", "reset_end", "inner_width", "inner_height", "outer_width", "outer_height", "active_drag",
    "active_scroll",
})  # fmt: skip


@pytest.fixture(scope="module")
def askings(demo_scenes):
    def make(study):
        # Other figures, another choice, and on other paper other figures once more.
        for scope, step in zip((*SCOPES, *SCOPES, SCOPES[0]), (0, 0, 1, 1, 1), strict=True):
            _, scene = demo_scenes.take(scope, DEFINITION)
            asked = Asking(scene.coded.store, scene, {}, DEFINITION)
            for choice in study.choices:
                options = choice.options(asked) if callable(choice.options) else choice.options
                values = list(options.values())
                asked.choices[choice.name] = values[step % len(values)] if values else None
            if all(asked.has(need) for need in study.needs):
                yield asked

    return make


def plain(value):
    return value.value if isinstance(value, Value) else value


def differences(one, other, path="", met=None):
    """Tell what of two figures does not look alike."""
    met = set() if met is None else met
    one, other = plain(one), plain(other)
    if isinstance(one, Model) and isinstance(other, Model):
        if type(one) is not type(other):
            yield f"{path}: {type(one).__name__}, {type(other).__name__}"
        elif (one.id, other.id) not in met:
            met.add((one.id, other.id))
            names = {*one.properties_with_values(include_defaults=False)}
            names |= {*other.properties_with_values(include_defaults=False)}
            for name in sorted(names - UNSEEN):
                yield from differences(getattr(one, name), getattr(other, name), f"{path}.{name}", met)
    elif isinstance(one, dict) and isinstance(other, dict):
        if not other.keys() <= one.keys():
            yield f"{path}: {sorted(map(str, one))}, {sorted(map(str, other))}"
        else:
            for key in other:
                yield from differences(one[key], other[key], f"{path}[{key}]", met)
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield f"{path}: {len(one)} parts, {len(other)}"
        else:
            for i, (mine, theirs) in enumerate(zip(one, other, strict=True)):
                yield from differences(mine, theirs, f"{path}[{i}]", met)
    elif is_dataclass(one) and type(one) is type(other):
        for each in fields(one):
            yield from differences(getattr(one, each.name), getattr(other, each.name), f"{path}.{each.name}", met)
    elif isinstance(one, Real) and isinstance(other, Real):
        if one != pytest.approx(other, rel=1e-12, nan_ok=True):
            yield f"{path}: {one}, {other}"
    elif hasattr(one, "__array__") or hasattr(other, "__array__"):
        yield from differences(list(one), list(other), path, met)
    elif one != other:
        yield f"{path}: {one}, {other}"


def hovers(figure):
    """Tell what is told over which columns of which renderer, in the order of the tools."""
    tools = [tool for tool in figure.toolbar.tools if isinstance(tool, HoverTool)]
    return [(tool.tooltips, _places(figure, tool.renderers)) for tool in tools]


def _places(figure, renderers):
    return renderers if renderers == "auto" else [figure.renderers.index(each) for each in renderers]


@pytest.mark.parametrize("name", STUDIES)
def test_what_is_updated_looks_as_what_is_built(name, askings):
    study, easel, screen, drawings = STUDIES[name], Easel(), None, 0
    for number, asked in enumerate(askings(study)):
        look = Look(dark=number >= 3)
        try:
            answer = study.answer(asked)
        except Nothing:
            continue
        built = hv.render(study.draw(answer, look), backend="bokeh")
        look.dress(built)
        updated = easel.draw(study.draw(answer, look), look)
        assert list(differences(updated, built)) == []
        assert hovers(updated) == hovers(built)
        if screen is None or not graft(screen, updated):
            screen = copy_of(updated)
        assert list(differences(screen, built)) == []
        assert hovers(screen) == hovers(built)
        drawings += 1
    assert drawings


def test_a_drawing_with_fewer_parts_keeps_no_columns_of_the_one_before():
    """HoloViews' own updates leave some, which a browser refuses as a size mismatch."""
    flows = pd.DataFrame({"source": ["A", "A", "B"], "target": ["A", "B", "B"], "customers": [3, 4, 5]})
    easel, colours = Easel(), {"A": "#111111", "B": "#222222"}
    screen = None
    for shown in (flows, flows[:1], flows[1:]):
        updated = easel.draw(sankey(shown, "customers", Look(), "count", colours), Look())
        if screen is None or not graft(screen, updated):
            screen = copy_of(updated)
        for figure in (updated, screen):
            for source in (found for found in figure.references() if isinstance(found, ColumnDataSource)):
                assert len({len(column) for column in source.data.values()}) <= 1, source.data


def test_drawing_leaves_the_theme_of_the_present_document_to_us():
    document = Document(theme=THEME)
    with patch_curdoc(document):
        Easel().draw(hv.Curve([1, 2, 3]), Look())
        hv.render(hv.Curve([1, 2, 3]), backend="bokeh")
    assert document.theme is THEME
