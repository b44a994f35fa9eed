import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, ttest_ind

from retail_panel.crossfilter.scope import Scope
from retail_panel.errors import UnusableInput
from retail_panel.measures import scoped_tables
from retail_panel.operations.shortage import COLUMNS, shortage


def test_demo_against_pandas(demo):
    found = shortage(demo.ask, demo.tables)
    counts = demo.stock.assign(out=demo.stock.on_hand <= 0, on=pd.to_datetime(demo.stock.day))
    counts = counts.groupby(["store", "on"]).out.mean().rename("run_out").reset_index().sort_values("on")
    sold = demo.lines[~demo.lines.is_return].groupby(["brand", "order_id"])
    sold = sold.agg(at=("ordered_at", "min"), store=("store", "min"))
    answers = demo.feedback.drop(columns="store").merge(sold.reset_index(), on=["brand", "order_id"])
    answers = answers.assign(on=answers["at"].dt.normalize()).sort_values("on")
    # Answers and counts side by side: the first count of the store from the order's day on.
    near = pd.merge_asof(
        answers.astype({"on": "datetime64[us]"}), counts.astype({"on": "datetime64[us]"}), on="on", by="store",
        direction="forward", tolerance=pd.Timedelta(days=6),
    ).dropna(subset="run_out")  # fmt: skip
    assert (found.answers, found.left_out, found.by_own_day) == (len(near), len(demo.feedback) - len(near), 0)
    short = near.run_out >= 0.1
    rows = found.rows.set_index("scale")
    csat, nps = near.scale == "CSAT", near.scale == "NPS"
    assert rows.answers_with.tolist() == [(csat & short).sum(), (nps & short).sum()]
    sides = [near[csat & side].score >= 4 for side in (short, ~short)]
    assert rows.loc["CSAT", ["with_", "without"]].tolist() == pytest.approx([side.mean() for side in sides])
    table = [[side.sum(), (~side).sum()] for side in sides]
    assert rows.loc["CSAT", "p_value"] == pytest.approx(fisher_exact(table).pvalue)
    points = 100 * ((near.score >= 9).astype(int) - (near.score <= 6).astype(int))
    worth = [points[nps & side] for side in (short, ~short)]
    test = ttest_ind(*worth, equal_var=False)
    assert rows.loc["NPS", ["with_", "without"]].tolist() == pytest.approx([side.mean() for side in worth])
    assert rows.loc["NPS", "p_value"] == pytest.approx(test.pvalue, abs=1e-12)
    assert rows.loc["NPS", ["low", "high"]].tolist() == pytest.approx(list(test.confidence_interval()))
    assert rows.beyond_noise.all() and (rows.difference < 0).all()
    assert found.bands.groupby("scale").answers.sum().to_dict() == {"CSAT": csat.sum(), "NPS": nps.sum()}
    best = near[csat & (near.run_out == 0)]
    assert found.bands.loc[0, ["answers", "figure"]].tolist() == [len(best), (best.score >= 4).mean()]


def test_demo_is_told_in_words(demo):
    words = shortage(demo.ask, demo.tables).rows.words
    assert words[0].startswith("CSAT of orders placed amid stock-outs is 35.0% (30.8% to 39.4%, 466 answers), of ")
    assert "points lower, beyond noise" in words[0] and "p < 0.001" in words[0]
    assert words[1].startswith("NPS of orders placed amid stock-outs is \u221251.2 ")


def shop(store, make_stock, make_feedback, score, days, **more):
    """Fill a store: two products, of which one has run out on even days; return its shortage."""
    on = [f"2024-01-{day:02d}" for day in range(1, 31)]
    with store.loading("shop") as load:
        for product, on_hand in (("x", [day % 2 for day in range(1, 31)]), ("y", [9] * 30)):
            load.append_stock(make_stock(day=on, store="Leeds", product=product, on_hand=on_hand))
        load.append_feedback(make_feedback(given_at=[on[day] for day in days], store="Leeds", score=score, **more))
    return shortage(store.ask, scoped_tables(store, Scope()))


def test_chance_is_not_sold_as_a_finding(make_stock, make_feedback):
    from retail_panel.store import Store

    claims = 0
    for seed in range(20):
        rng, store = np.random.default_rng(seed), Store()
        found = shop(store, make_stock, make_feedback, rng.integers(1, 6, 200).tolist(), rng.integers(0, 30, 200))
        claims += found.rows.beyond_noise.any()
        assert "no difference beyond noise" in found.rows.words[0] or found.rows.beyond_noise[0]
        store.close()
    assert claims <= 3


def test_by_their_own_day_where_the_order_is_unknown(empty_store, make_stock, make_feedback):
    found = shop(empty_store, make_stock, make_feedback, [1, 1, 5, 5], [1, 3, 0, 2], order_id=["a", None, "b", "c"])
    assert (found.answers, found.by_own_day, found.left_out) == (4, 4, 0)
    row = found.rows.iloc[0]
    assert (row.answers_with, row.with_, row.answers_without, row.without) == (2, 0, 2, 1)
    assert not row.beyond_noise and "too few answers to tell" in row.words


def test_the_orders_day_counts_before_the_answers(empty_store, make_lines, make_stock, make_feedback):
    # Ordered on the 2nd, when half had run out, and answered on the 3rd, when nothing had.
    empty_store.append(make_lines(order_id="a", ordered_at="2024-01-02 10:00", store="Leeds"))
    found = shop(empty_store, make_stock, make_feedback, [1, 5], [2, 2], order_id=["a", None])
    assert (found.answers, found.by_own_day) == (2, 1)
    assert found.bands[["upto", "answers", "figure"]].values.tolist() == [[0, 1, 1], [1, 1, 0]]


def test_answers_without_a_count_in_time_are_left_out(empty_store, make_stock, make_feedback):
    with empty_store.loading("shop") as load:
        load.append_stock(make_stock(day="2024-01-08", store="Leeds", on_hand=0))
        load.append_feedback(make_feedback(given_at=["2024-01-01", "2024-01-02", "2024-01-09", "2024-01-08"],
                                           store=["Leeds", "Leeds", "Leeds", "York"]))  # fmt: skip
    found = shortage(empty_store.ask, scoped_tables(empty_store, Scope()))
    assert (found.answers, found.left_out, len(found.rows)) == (1, 3, 0)
    assert shortage(empty_store.ask, scoped_tables(empty_store, Scope()), within_days=8).answers == 2


def test_nothing_to_compare(empty_store, six):
    for tables in ({}, {"stock": six.tables["stock"]}, {"feedback": six.tables["feedback"]}):
        found = shortage(six.ask, tables)
        assert (found.answers, found.rows.columns.tolist()) == (0, list(COLUMNS))
        assert found.rows.empty and found.bands.empty
    nobody = {**six.tables, "feedback": six.tables["feedback"].filter(six.tables["feedback"].score > 99)}
    assert shortage(six.ask, nobody).rows.empty


@pytest.mark.parametrize("limits", [{"least_share": 0}, {"least_share": 1.5}, {"within_days": 0}])
def test_limits_out_of_bounds_are_said(six, limits):
    with pytest.raises(UnusableInput, match="allowed: above 0 to 1, 1 or more"):
        shortage(six.ask, six.tables, **limits)
