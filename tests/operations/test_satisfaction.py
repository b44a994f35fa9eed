import datetime as dt

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from retail_panel.crossfilter.scope import Scope
from retail_panel.customers import CustomersPipeline
from retail_panel.errors import UnusableInput
from retail_panel.measures import scoped_tables
from retail_panel.operations.satisfaction import COLUMNS, satisfaction, satisfaction_by_group, satisfaction_by_month


def figures_of(answers):
    """Return the counts and figures of a frame of answers."""
    csat, nps = (answers[answers.scale == scale].score for scale in ("CSAT", "NPS"))
    return {
        "responses": len(answers),
        "csat_responses": len(csat),
        "satisfied": (csat >= 4).sum(),
        "nps_responses": len(nps),
        "csat": (csat >= 4).mean(),
        "csat_mean": csat.mean(),
        "nps": 100 * ((nps >= 9).mean() - (nps <= 6).mean()),
    }


def agrees(found, groups):
    rows = found.rows.set_index("value")
    for value, answers in groups:
        for name, figure in figures_of(answers).items():
            assert rows.loc[value, name] == pytest.approx(figure, nan_ok=True), (value, name)
        low, high = proportion_confint(rows.loc[value, "satisfied"], rows.loc[value, "csat_responses"], method="wilson")
        assert (rows.loc[value, "csat_low"], rows.loc[value, "csat_high"]) == pytest.approx((low, high))
    assert len(rows) == len(groups)
    assert (rows.nps_low <= rows.nps).all() and (rows.nps <= rows.nps_high).all()


def test_the_six_by_hand(six):
    row = satisfaction(six.ask, six.tables).rows.iloc[0]
    assert row[["responses", "csat", "csat_mean", "nps"]].tolist() == [7, 2 / 3, 11 / 3, 25]
    by_channel = satisfaction(six.ask, six.tables, "channel").rows
    assert by_channel.value.tolist() == ["In-store", "Online"]
    assert by_channel.csat.tolist() == [1, 0.5] and by_channel.nps.tolist() == [pytest.approx(200 / 3), -100]


@pytest.mark.parametrize("by", ["channel", "store"])
def test_demo_by_column_against_pandas(demo, by):
    found = satisfaction(demo.ask, demo.tables, by)
    agrees(found, list(demo.feedback.groupby(by)))
    assert found.rows.responses.is_monotonic_decreasing and found.left_out == 0


def test_demo_by_month_against_pandas(demo):
    found = satisfaction_by_month(demo.ask, demo.tables)
    month = demo.feedback.given_at.dt.to_period("M").dt.start_time.dt.date
    agrees(found, list(demo.feedback.groupby(month)))
    assert found.rows.value.tolist() == sorted(found.rows.value)


def test_demo_by_segment_against_pandas(demo):
    population = CustomersPipeline(method="rules").run(demo.store, demo.store.lines, "population")
    found = satisfaction_by_group(demo.ask, demo.tables, population.table)
    segment = demo.ask(population.table).to_pandas().set_index("customer_key").segment
    of = demo.feedback.customer_key.map(segment)
    agrees(found, list(demo.feedback.groupby(of.dropna().astype(int))))
    assert found.left_out == of.isna().sum() > 0
    assert found.rows.responses.sum() + found.left_out == len(demo.feedback)


def test_months_without_answers_are_there(empty_store, make_feedback):
    with empty_store.loading("answers") as load:
        when = ["2023-11-30 23:59", "2024-02-01"]
        load.append_feedback(make_feedback(given_at=when, scale=["CSAT", "NPS"], score=[5, 9]))
    rows = satisfaction_by_month(empty_store.ask, scoped_tables(empty_store, Scope())).rows
    assert rows.value.tolist() == [dt.date(2023, 11, 1), dt.date(2023, 12, 1), dt.date(2024, 1, 1), dt.date(2024, 2, 1)]
    assert rows.responses.tolist() == [1, 0, 0, 1]
    assert rows.csat.isna().tolist() == [False, True, True, True]
    assert rows.nps_low.isna().tolist() == [True, True, True, False]


def test_answers_without_a_value_are_counted(empty_store, make_feedback):
    with empty_store.loading("answers") as load:
        load.append_feedback(make_feedback(channel=["Online", None, None], score=[5, 1, 2]))
    found = satisfaction(empty_store.ask, scoped_tables(empty_store, Scope()), "channel")
    assert (found.rows.value.tolist(), found.rows.csat.tolist(), found.left_out) == (["Online"], [1], 2)


def test_later_answers_change_no_earlier_month(demo):
    before = satisfaction_by_month(demo.ask, scoped_tables(demo.store, Scope(until=dt.date(2025, 7, 1)))).rows
    after = satisfaction_by_month(demo.ask, demo.tables).rows
    assert len(before) < len(after)
    pd.testing.assert_frame_equal(before, after.head(len(before)))


def test_no_answers(empty_store, six, make_lines):
    nowhere = {name: table for name, table in six.tables.items() if name != "feedback"}
    for found in (satisfaction(six.ask, nowhere), satisfaction_by_month(six.ask, nowhere),
                  satisfaction_by_group(six.ask, nowhere, None)):  # fmt: skip
        assert found.rows.columns.tolist() == list(COLUMNS) and found.rows.empty
    none = {"feedback": six.tables["feedback"].filter(six.tables["feedback"].score > 99)}
    assert satisfaction_by_month(six.ask, none).rows.empty and satisfaction(six.ask, none, "store").rows.empty
    assert satisfaction(six.ask, none).rows.responses.tolist() == [0]


def test_what_answers_cannot_be_split_by_is_said(six):
    with pytest.raises(UnusableInput, match="answers by 'category': allowed: .*channel"):
        satisfaction(six.ask, six.tables, "category")
