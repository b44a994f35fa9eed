import numpy as np
import pandas as pd
import pytest

from retail_panel.demo.feedback import COLUMNS


@pytest.fixture(scope="module")
def answers(feedback, stock, sales):
    """Return the answers with ``out``, the share of the store's products out of stock in the week of the order."""
    ordered_at = sales.drop_duplicates("order_id").set_index("order_id")["ordered_at"].reindex(feedback["order_id"])
    days = np.sort(stock["day"].unique())
    day = days[np.searchsorted(days, ordered_at.dt.normalize().to_numpy().astype(days.dtype))]
    share = stock.assign(out=stock["on_hand"] == 0).groupby(["store", "day"])["out"].mean()
    out = share.reindex(pd.MultiIndex.from_arrays([feedback["store"], day])).to_numpy()
    return feedback.assign(ordered_at=ordered_at.to_numpy(), out=out)


def test_answers_follow_their_orders(feedback, answers):
    assert tuple(feedback.columns) == COLUMNS
    assert feedback["order_id"].is_unique
    later = feedback["given_at"].to_numpy() - answers["ordered_at"].to_numpy()
    assert later.min() >= np.timedelta64(1, "D") and later.max() <= np.timedelta64(5, "D")
    assert feedback["given_at"].max() < pd.Timestamp("2026-11-01")


def test_scores_keep_to_their_scale(feedback):
    score = feedback.groupby("scale")["score"].agg(set)
    assert score["CSAT"] == set(range(1, 6))
    assert set(range(1, 11)) <= score["NPS"] <= set(range(11))


def test_feedback_sags_where_stock_ran_out(answers):
    scarce = answers["out"] > 0.15
    score = answers.groupby(["scale", scarce])["score"]
    mean, spread, count = score.mean(), score.std(), score.size()
    assert (count > 200).all()
    assert [round(mean["CSAT", out], 1) for out in (False, True)] == [4.0, 3.1]
    assert round(mean["NPS", False] - mean["NPS", True], 1) == 1.8
    for scale in ("CSAT", "NPS"):
        gap = mean[scale, False] - mean[scale, True]
        noise = np.sqrt((spread[scale] ** 2 / count[scale]).sum())
        assert gap > 10 * noise and gap / spread[scale, False] > 0.8


def test_channels_differ(answers):
    plenty = answers[(answers["out"] < 0.05) & (answers["scale"] == "CSAT")]
    assert list(plenty.groupby("channel")["score"].mean().sort_values().index) == ["Online", "App", "In-store"]
