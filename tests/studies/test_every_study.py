"""What holds of every study of every page: it answers, draws, tells and tables, and says so where there is nothing."""

import itertools
import math

import holoviews as hv
import numpy as np
import pandas as pd
import pytest
from bokeh.models import FactorRange

from retail_panel.crossfilter.clause import Range, Values, day
from retail_panel.crossfilter.scenes import definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.pages.contents import PAGES
from retail_panel.studies import Asking, Look, Nothing, graft

STUDIES = {f"{page.name}.{study.name}": study for page in PAGES for study in page.studies}
NOWHERE = {"ordered_at": Range(day(pd.Timestamp("1999-01-01").date()), day(pd.Timestamp("1999-01-02").date()))}
DEFINITION = definition_of(CustomersPipeline(k=4))


@pytest.fixture(scope="module")
def asking(demo_scenes):
    """Makes what a study asks with, in a scope and under filters."""

    def make(study, scope=None, **filters):
        key, scene = demo_scenes.take(scope or {"ordered_at": "2026-03-01..2026-10-01"}, DEFINITION)
        asked = Asking(scene.coded.store, scene, filters, DEFINITION)
        for choice in study.choices:
            options = choice.options(asked) if callable(choice.options) else choice.options
            asked.choices[choice.name] = next(iter(options.values()), None)
        return asked

    return make


def drawn(study, answer, look):
    made = study.draw(answer, look)
    return made if study.backend == "plotly" else hv.render(made, backend="bokeh")


def no_raw_numbers(text):
    return not any(part in text for part in ("nan", "None", "e+0", "e-0", "inf", "NaT"))


@pytest.mark.parametrize("name", STUDIES)
def test_answers_draws_tells_and_tables(name, asking):
    study, look = STUDIES[name], Look("GBP")
    asked = asking(study)
    assert all(asked.has(need) for need in study.needs)
    answer = study.answer(asked)
    assert drawn(study, answer, look) is not None
    says, table = study.says(answer, look), study.table(answer, look)
    assert says.endswith(".") and no_raw_numbers(says)
    assert len(table) and table.columns.is_unique and all(isinstance(column, str) for column in table.columns)
    assert set(study.units or {}) <= set(table.columns)
    assert asked.asked and study.definition.endswith(".")


@pytest.mark.parametrize("name", STUDIES)
def test_an_empty_selection_says_so(name, asking):
    study = STUDIES[name]
    try:
        answer = study.answer(asking(study, **NOWHERE))
    except Nothing as nothing:
        assert len(str(nothing)) > 20
    else:
        # What does not obey a brush on time says so in its definition.
        assert "selection" in study.definition
        study.says(answer, Look())


@pytest.mark.parametrize("name", [name for name in STUDIES if name.startswith("live.")])
def test_the_present_of_a_selection_without_lines_is_not_drawn(name, asking):
    study = STUDIES[name]
    with pytest.raises(Nothing, match="[Cc]lear the selection"):
        study.answer(asking(study, category=Values(("No such category",))))


@pytest.mark.parametrize("name", STUDIES)
def test_the_next_answer_goes_into_the_chart_on_the_screen(name, asking):
    study = STUDIES[name]
    if study.backend == "plotly":
        pytest.skip("plotly takes a figure as a whole")
    first = drawn(study, study.answer(asking(study)), Look())
    try:
        answer = study.answer(asking(study, channel=Values(("Online",))))
    except Nothing:
        return
    other = drawn(study, answer, Look(dark=True))
    assert graft(first, other)
    for mine, theirs in zip(first.renderers, other.renderers, strict=True):
        if hasattr(mine, "data_source"):
            assert mine.data_source.data.keys() == theirs.data_source.data.keys()


@pytest.mark.parametrize("name", STUDIES)
def test_every_choice_can_be_taken(name, asking):
    study = STUDIES[name]
    for choice in study.choices:
        asked = asking(study)
        options = choice.options(asked) if callable(choice.options) else choice.options
        for value in options.values():
            asked = asking(study)
            asked.choices[choice.name] = value
            try:
                answer = study.answer(asked)
            except Nothing:
                continue
            study.says(answer, Look())
            figures = study.table(answer, Look()).select_dtypes("number")
            assert not any(math.isinf(figure) for column in figures for figure in figures[column])


@pytest.mark.parametrize("name", STUDIES)
def test_what_a_click_selects_the_keyboard_can_select(name, asking):
    study = STUDIES[name]
    assert bool(study.dims) == (study.publish is not None) >= (study.brush is not None)
    assert set(study.dims) <= set(DIMENSIONS)
    if study.publish is None:
        return
    asked = asking(study)
    answer = study.answer(asked)
    every = (study.publish(answer, *at) for at in _places(study, answer))
    found = list(itertools.islice(filter(None, every), 3))
    assert found, "no click selects anything"
    for clauses in found:
        assert set(clauses) <= set(study.dims)
        people = asking(study, **clauses)
        assert people.ask(people.lines.aggregate(lines=people.lines.count()))["lines"][0].as_py() > 0


def _places(study, answer):
    """Yield places all over a drawing."""
    if study.backend == "plotly":
        yield from ((trace, None) for trace in range(20))
        return
    figure = drawn(study, answer, Look())
    across, up = (_steps(span, most) for span, most in ((figure.x_range, 23), (figure.y_range, 37)))
    yield from ((x, y) for x in across for y in up)


def _steps(span, most):
    if isinstance(span, FactorRange):
        return [place + 0.5 for place in range(len(span.factors))]
    return np.linspace(span.start, span.end, most + 2)[1:-1]


def test_names_are_unique():
    names = [study.name for page in PAGES for study in page.studies]
    assert len(names) == len(set(names))
