"""Studies whose lines are in memory say what they say where the engine adds up."""

from collections import OrderedDict
from dataclasses import replace

import pandas as pd
import pytest

from retail_panel.crossfilter.clause import Values
from retail_panel.studies import asking
from retail_panel.studies.insights import FINDINGS, SEGMENT_SHARES
from studies.bench import answered

SCOPE = {"ordered_at": "2026-01-01..2026-11-01"}
FILTERS = (
    {}, {"channel": Values(("Online",))}, {"segment": Values(("Loyal", "New"))}, {"category": Values(("Electronics",))},
)  # fmt: skip


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("study", [FINDINGS, SEGMENT_SHARES], ids=lambda study: study.name)
def test_both_ways_tell_the_same(scene, study, filters, monkeypatch):
    found = []
    for most in (asking.MOST_LINES, 0):
        monkeypatch.setattr(asking, "MOST_LINES", most)
        fresh = replace(scene, _studied=OrderedDict(), _weights={})
        _, table, says = answered(fresh, study, **filters)
        found.append((table, says))
    (table, says), (by_engine, said) = found
    pd.testing.assert_frame_equal(table, by_engine, check_dtype=False)
    assert says == said
