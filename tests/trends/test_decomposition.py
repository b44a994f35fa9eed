import datetime as dt

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.seasonal import STL, seasonal_decompose

from retail_panel.errors import UnusableInput
from retail_panel.trends.decomposition import decomposition


def daily(rows, column="money"):
    """Return sums by day in pandas, zeros for days without lines."""
    found = rows.groupby("day")[column].sum() if column == "money" else rows.groupby("day")[column].nunique()
    whole = pd.date_range(found.index.min(), found.index.max()).date
    return found.reindex(whole, fill_value=0) / (10_000 if column == "money" else 1)


def taken_apart(series, period):
    """STL by statsmodels with a season that is the same in every cycle, and Hyndman's strengths."""
    fit = STL(series.to_numpy(float), period=period, seasonal=10 * len(series) + 1, seasonal_deg=0).fit()
    strengths = [1 - pd.Series(fit.resid).var(ddof=0) / pd.Series(p + fit.resid).var(ddof=0)
                 for p in (fit.trend, fit.seasonal)]  # fmt: skip
    return fit, [max(0, strength) for strength in strengths]


def sales_of(amounts, first="2023-01-01"):
    """Return order rows of one order a day; a day of zero has none."""
    days = pd.date_range(first, periods=len(amounts))
    return [
        (f"o{i}", "Ann", day, "Online", round(float(amount), 2))
        for i, (day, amount) in enumerate(zip(days, amounts, strict=True))
        if amount
    ]


@pytest.mark.parametrize(("measure", "column"), [("net_sales", "money"), ("transactions", "document")])
def test_days_of_the_demo_agree_with_statsmodels(demo, measure, column):
    found = decomposition(demo.ask, demo.lines, measure)
    series = daily(demo.rows, column)
    fit, strengths = taken_apart(series, 7)
    assert (found.grain, found.grains, found.reason) == ("day", ("day", "month"), "")
    assert found.table["period"].tolist() == series.index.tolist()
    for name, expected in (("observed", series), ("trend", fit.trend), ("season", fit.seasonal), ("rest", fit.resid)):
        np.testing.assert_allclose(found.table[name], expected, rtol=1e-9, atol=1e-6)
    assert [found.strength_of_trend, found.strength_of_season] == pytest.approx(strengths)


def test_months_of_the_demo_agree_with_statsmodels(demo):
    found = decomposition(demo.ask, demo.lines, grain="month")
    series = demo.rows.groupby(demo.rows["ordered_at"].dt.to_period("M"))["money"].sum() / 10_000
    fit, strengths = taken_apart(series, 12)
    assert found.grain == "month" and len(found.table) == 24
    np.testing.assert_allclose(found.table[["trend", "season", "rest"]].T, [fit.trend, fit.seasonal, fit.resid])
    assert [found.strength_of_trend, found.strength_of_season] == pytest.approx(strengths)
    # What was put in: December is the busiest month, August a quiet one.
    season = found.table.set_index("label")["season"]
    assert season.iloc[:12].idxmax() == "Dec 2024" and season["Aug 2025"] < season["Jul 2025"]


def test_uci_by_day_agrees_with_statsmodels_and_saturdays_are_zeros(uci):
    found = decomposition(uci.ask, uci.lines)
    fit, strengths = taken_apart(daily(uci.rows), 7)
    np.testing.assert_allclose(found.table["season"], fit.seasonal, rtol=1e-9, atol=1e-6)
    assert [found.strength_of_trend, found.strength_of_season] == pytest.approx(strengths)
    saturdays = found.table[[day.weekday() == 5 for day in found.table["period"]]]
    assert (saturdays["observed"] == 0).all() and (saturdays["season"] < 0).all()
    assert found.grains == ("day",)


def test_the_parts_add_up_and_the_season_is_the_same_every_week(demo):
    table = decomposition(demo.ask, demo.lines).table
    np.testing.assert_allclose(table["trend"] + table["season"] + table["rest"], table["observed"], atol=1e-6)
    spread = table.groupby([day.weekday() for day in table["period"]])["season"].agg(np.ptp)
    assert (spread < 0.01 * np.ptp(table["season"])).all()
    # A second opinion, by moving averages.
    classic = seasonal_decompose(table["observed"].to_numpy(), period=7).seasonal
    assert np.corrcoef(classic, table["season"])[0, 1] > 0.99


def test_a_week_that_is_there_is_strong_and_chance_is_not(make_shop):
    week = np.tile([100, 100, 100, 100, 160, 220, 40], 20)
    shop = make_shop(sales_of(week))
    found = decomposition(shop.ask, shop.lines)
    assert found.strength_of_season > 0.99
    assert found.table["season"].groupby([d.weekday() for d in found.table["period"]]).mean().idxmax() == 4
    chance = make_shop(sales_of(np.random.default_rng(3).normal(100, 10, 280)))
    assert decomposition(chance.ask, chance.lines).strength_of_season < 0.15


def test_months_of_chance_have_no_season(make_shop):
    days = pd.date_range("2020-01-01", "2023-12-31")
    monthly = np.random.default_rng(5).normal(100, 10, 48)
    rows = sales_of([monthly[(d.year - 2020) * 12 + d.month - 1] if d.day == 15 else 0 for d in days], "2020-01-01")
    shop = make_shop(rows)
    span = dt.date(2020, 1, 1), dt.date(2023, 12, 31)
    assert decomposition(shop.ask, shop.lines, grain="month", span=span).strength_of_season < 0.6
    growing = shop.lines.mutate(amount=shop.lines.amount + (shop.lines.ordered_at.year() - 2020) * 5_000_000)
    assert decomposition(shop.ask, growing, grain="month", span=span).strength_of_trend > 0.9


def test_all_alike_and_nothing_sold_have_no_strength(make_shop):
    shop = make_shop(sales_of([5] * 60))
    found = decomposition(shop.ask, shop.lines)
    assert found.table["trend"].tolist() == pytest.approx([5] * 60)
    assert (found.strength_of_trend, found.strength_of_season) == pytest.approx((0, 0))
    span = dt.date(2021, 1, 1), dt.date(2022, 12, 31)
    quiet = decomposition(shop.ask, shop.lines, span=span)
    assert (len(quiet.table), quiet.strength_of_trend, quiet.strength_of_season) == (730, 0, 0)


def test_partial_months_are_left_out(demo):
    span = dt.date(2024, 10, 20), dt.date(2026, 11, 3)
    found = decomposition(demo.ask, demo.lines, grain="month", span=span)
    assert found.table["label"].tolist()[:1] == ["Nov 2024"] and len(found.table) == 24
    pd.testing.assert_frame_equal(found.table, decomposition(demo.ask, demo.lines, grain="month").table)


def test_lines_after_the_span_change_nothing(demo):
    span = dt.date(2024, 11, 1), dt.date(2025, 5, 31)
    past = demo.lines.filter(demo.lines.ordered_at < dt.datetime(2025, 6, 1))
    found, expected = (decomposition(demo.ask, lines, span=span) for lines in (demo.lines, past))
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_too_little_is_said_in_words(make_shop, empty_store):
    shop = make_shop(sales_of([5] * 41))
    found = decomposition(shop.ask, shop.lines)
    assert found.table.empty and (found.grain, found.grains, found.strength_of_trend) == (None, (), None)
    assert found.reason == (
        "To tell trend from season takes 42 days or 24 complete months; here are 41 days and 1 complete month."
    )
    longer = make_shop(sales_of([5] * 42))
    assert decomposition(longer.ask, longer.lines).grain == "day"
    asked = decomposition(longer.ask, longer.lines, grain="month")
    assert (asked.grain, asked.grains) == (None, ("day",)) and "takes 24 complete months; here" in asked.reason
    assert "here are 0 days and 0 complete months." in decomposition(empty_store.ask, empty_store.lines).reason


def test_a_span_of_many_years_is_taken_apart_by_month(make_shop):
    shop = make_shop([("o1", "Ann", "1960-01-01", "Online", 5), ("o2", "Ann", "2024-12-31", "Online", 5)])
    found = decomposition(shop.ask, shop.lines)
    assert (found.grain, found.grains, len(found.table)) == ("month", ("month",), 65 * 12)
    asked = decomposition(shop.ask, shop.lines, grain="day")
    assert asked.reason == "More than 20,000 days are too many to take apart; choose fewer."


def test_what_cannot_be_taken_apart_is_said(six):
    with pytest.raises(UnusableInput, match="measure 'average_transaction_value'; allowed to take apart: trans"):
        decomposition(six.ask, six.lines, "average_transaction_value")
    with pytest.raises(UnusableInput, match="grain 'week'; allowed to take apart: day, month"):
        decomposition(six.ask, six.lines, grain="week")
