"""Studies whose lines are in memory say what they say where the engine adds up."""

from collections import OrderedDict
from dataclasses import replace

import pandas as pd
import pytest

from retail_panel.crossfilter.clause import Values
from retail_panel.studies import Nothing, asking
from retail_panel.studies.behaviour import STUDIES as BEHAVIOUR
from retail_panel.studies.insights import FINDINGS, SEGMENT_SHARES
from studies import bench
from studies.bench import answered

SCOPE = {"ordered_at": "2026-01-01..2026-11-01"}
FILTERS = (
    {}, {"channel": Values(("Online",))}, {"segment": Values(("Loyal", "New"))}, {"category": Values(("Electronics",))},
)  # fmt: skip


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("study", [FINDINGS, SEGMENT_SHARES, *BEHAVIOUR], ids=lambda study: study.name)
def test_both_ways_tell_the_same(scene, study, filters, monkeypatch):
    found = []
    for most in (asking.MOST_LINES, 0):
        monkeypatch.setattr(asking, "MOST_LINES", most)
        monkeypatch.setattr(asking, "MOST_IN_ORDERS", most)
        fresh = replace(scene, _studied=OrderedDict(), _weights={})
        _, table, says = answered(fresh, study, **filters)
        found.append((table, says))
    (table, says), (by_engine, said) = found
    pd.testing.assert_frame_equal(table, by_engine, check_dtype=False)
    assert says == said


@pytest.mark.parametrize("study", BEHAVIOUR, ids=lambda study: study.name)
def test_nothing_selected_says_so_both_ways(scene, study, monkeypatch):
    said = []
    for most in (asking.MOST_IN_ORDERS, 0):
        monkeypatch.setattr(asking, "MOST_IN_ORDERS", most)
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
