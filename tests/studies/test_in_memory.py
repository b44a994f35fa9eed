"""Studies whose lines are in memory say what they say where the engine adds up."""

from collections import OrderedDict
from dataclasses import replace

import pandas as pd
import pytest

from retail_panel.crossfilter.clause import Values
from retail_panel.studies import Look, Nothing, asking
from retail_panel.studies.behaviour import STUDIES as BEHAVIOUR
from retail_panel.studies.insights import FINDINGS, SEGMENT_SHARES
from retail_panel.studies.trends import STUDIES as TRENDS
from studies import bench
from studies.bench import answered

SCOPE = {"ordered_at": "2026-01-01..2026-11-01"}
FILTERS = (
    {}, {"channel": Values(("Online",))}, {"segment": Values(("Loyal", "New"))}, {"category": Values(("Electronics",))},
)  # fmt: skip


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("study", [FINDINGS, SEGMENT_SHARES, *BEHAVIOUR, *TRENDS], ids=lambda study: study.name)
def test_both_ways_tell_the_same(scene, study, filters, monkeypatch):
    found = []
    for most in (asking.MOST_LINES, 0):
        monkeypatch.setattr(asking, "MOST_LINES", most)
        monkeypatch.setattr(asking, "MOST_IN_ORDERS", most)
        monkeypatch.setattr(asking, "MOST_DATED", most)
        fresh = replace(scene, _studied=OrderedDict(), _weights={})
        _, table, says = answered(fresh, study, **filters)
        found.append((table, says))
    (table, says), (by_engine, said) = found
    pd.testing.assert_frame_equal(table, by_engine, check_dtype=False)
    assert says == said


CHOICES = [
    (study, choice.name, each)
    for study in TRENDS for choice in study.choices if not callable(choice.options)
    for each in list(choice.options.values())[1:]
]  # fmt: skip


@pytest.mark.parametrize(("study", "name", "choice"), CHOICES, ids=lambda value: getattr(value, "name", value))
def test_trends_by_each_choice_tell_the_same_both_ways(scene, study, name, choice, monkeypatch):
    said = []
    for most in (asking.MOST_DATED, 0):
        monkeypatch.setattr(asking, "MOST_DATED", most)
        asks = bench.asking(replace(scene, _studied=OrderedDict(), _weights={}), study)
        asks.choices[name] = choice
        assert (asks.dated is None) == (most == 0)
        try:
            answer = study.answer(asks)
            said.append((study.table(answer, Look()), study.says(answer, Look())))
        except Nothing as nothing:
            said.append((pd.DataFrame(), str(nothing)))
    pd.testing.assert_frame_equal(said[0][0], said[1][0], check_dtype=False)
    assert said[0][1] == said[1][1]


# Segments over time are those of the scope, whatever is selected.
OF_SELECTION = [*BEHAVIOUR, *(study for study in TRENDS if study.name != "segment_evolution")]


@pytest.mark.parametrize("study", OF_SELECTION, ids=lambda study: study.name)
def test_nothing_selected_says_so_both_ways(scene, study, monkeypatch):
    said = []
    for most in (asking.MOST_IN_ORDERS, 0):
        monkeypatch.setattr(asking, "MOST_IN_ORDERS", most)
        monkeypatch.setattr(asking, "MOST_DATED", most)
        fresh = replace(scene, _studied=OrderedDict(), _weights={})
        with pytest.raises(Nothing) as nothing:
            answered(fresh, study, channel=Values(("Nowhere",)))
        said.append(str(nothing.value))
    assert said[0] == said[1]


def test_studies_of_a_page_read_the_lines_once(scene):
    fresh, asked = replace(scene, _studied=OrderedDict(), _weights={}), []
    for study in BEHAVIOUR:
        asks = bench.asking(fresh, study)
        study.answer(asks)
        assert asks.asked, study.name
        asked += [statement for statement in asks.asked if statement not in asked]
    assert len(asked) == 2
