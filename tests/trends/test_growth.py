import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.errors import UnusableInput
from retail_panel.trends.growth import growth, growth_by
from retail_panel.trends.monthly import OverTime, over_time
from retail_panel.trends.periods import periods


def series(amounts, first="2023-01-01", last=None, grain="month"):
    """Return figures over time of given net sales: one complete period each, or as the span says."""
    first = dt.date.fromisoformat(first)
    count = {"month": "ME", "quarter": "QE", "week": "W-SUN", "day": "D"}[grain]
    end = pd.date_range(first, periods=len(amounts), freq=count)[-1].date()
    calendar = periods(first, dt.date.fromisoformat(last) if last else end, grain)
    assert len(calendar) == len(amounts)
    table = pd.DataFrame(
        {
            "period": [period.first_day for period in calendar],
            "label": [period.label for period in calendar],
            "net_sales": amounts,
            "average_transaction_value": amounts,
            "is_partial": calendar.is_partial,
        }
    )
    return OverTime(calendar, None, table)


def test_months_by_hand(six):
    found = growth(over_time(six.ask, six.lines), "net_sales")
    # January began on the 5th. Complete: Feb 200, Mar 200, Apr 80, May 150, Jun 240, together 870.
    assert found.left_out == ("Jan 2024",)
    assert found.notes == ("Left out as partial: Jan 2024.",)
    assert (found.peak.label, found.peak.amount, found.peak.share) == ("Jun 2024", 240, 240 / 870)
    assert (found.lowest.label, found.lowest.amount, found.lowest.share) == ("Apr 2024", 80, 80 / 870)
    assert found.overall.words == "from Feb 2024 to Jun 2024"
    assert (found.overall.from_amount, found.overall.to_amount, found.overall.months) == (200, 240, 4)
    assert found.overall.ratio == pytest.approx(0.2)
    assert found.overall.monthly_ratio == pytest.approx(1.2**0.25 - 1)
    assert found.year_on_year is None


def test_growth_over_the_whole_is_not_growth_per_month():
    found = growth(series([100, 90, 95, 146.41]), "net_sales").overall
    assert found.ratio == pytest.approx(0.4641) and found.months == 3
    assert 100 * (1 + found.monthly_ratio) ** 3 == pytest.approx(146.41)


def test_partial_ends_are_left_out_of_everything():
    over = series([900, 100, 120, 110, 1], first="2023-01-02", last="2023-05-30")
    found = growth(over, "net_sales")
    assert found.left_out == ("Jan 2023", "May 2023")
    assert (found.peak.label, found.lowest.label) == ("Mar 2023", "Feb 2023")
    assert found.overall.words == "from Feb 2023 to Apr 2023"
    assert found.peak.share + found.lowest.share == pytest.approx(220 / 330)


def test_the_same_month_last_year():
    found = growth(series([10 + i for i in range(15)]), "net_sales").year_on_year
    assert found.words == "from Mar 2023 to Mar 2024"
    assert (found.from_amount, found.to_amount, found.months) == (12, 24, 12)
    assert found.ratio == 1


def test_no_same_month_last_year_where_it_was_partial():
    over = series([10] * 13, first="2023-01-15", last="2024-01-31")
    assert growth(over, "net_sales").year_on_year is None


@pytest.mark.parametrize(
    ("grain", "count", "first", "words"),
    [
        ("quarter", 5, "2023-01-01", "from Q1 2023 to Q1 2024"),
        ("week", 53, "2023-01-02", "from Week of 2 Jan 2023 to Week of 1 Jan 2024"),
        ("day", 365, "2023-01-02", "from 2 Jan 2023 to 1 Jan 2024"),
    ],
)
def test_a_year_back_in_other_grains_meets_the_same_weekday(grain, count, first, words):
    found = growth(series(list(range(1, count + 1)), first, grain=grain), "net_sales")
    assert found.year_on_year.words == words
    if grain != "quarter":
        assert found.year_on_year.from_period.weekday() == found.year_on_year.to_period.weekday()
        assert found.year_on_year.months == pytest.approx(364 / 30.436875)


def test_the_earliest_of_equal_periods_is_named():
    found = growth(series([5, 9, 2, 9, 2]), "net_sales")
    assert (found.peak.label, found.lowest.label) == ("Feb 2023", "Mar 2023")


def test_all_alike():
    found = growth(series([7, 7, 7]), "net_sales")
    assert found.overall.ratio == 0 and found.overall.monthly_ratio == 0
    assert found.notes == ("All complete months are equal, so none is the peak.",)
    assert found.peak.share == pytest.approx(1 / 3)


def test_one_month():
    found = growth(series([7]), "net_sales")
    assert (found.peak.label, found.peak.share, found.overall) == ("Jan 2023", 1, None)
    assert found.notes == ("Growth needs two complete months; there is one.",)


def test_only_a_partial_month(make_shop):
    shop = make_shop([("o1", "Ann", "2024-05-17 10:00", "Online", 5)])
    found = growth(over_time(shop.ask, shop.lines))
    assert (found.peak, found.lowest, found.overall, found.year_on_year) == (None, None, None, None)
    assert found.notes == ("Left out as partial: May 2024.", "There is no complete month to look at.")


def test_no_lines(empty_store):
    found = growth(over_time(empty_store.ask, empty_store.lines))
    assert found.peak is None and found.notes == ("There is no complete month to look at.",)
    assert growth_by(over_time(empty_store.ask, empty_store.lines, by="channel")) == ()


def test_growth_from_nothing_or_below_is_none():
    for start in (0, -5):
        found = growth(series([start, 3, 8]), "net_sales")
        assert (found.overall.ratio, found.overall.monthly_ratio) == (None, None)
        assert found.notes == ("Jan 2023 had nothing to grow from.",)
    fallen = growth(series([5, 3, -5]), "net_sales").overall
    assert (fallen.ratio, fallen.monthly_ratio) == (-2, None)
    gone = growth(series([5, 3, 0]), "net_sales").overall
    assert (gone.ratio, gone.monthly_ratio) == (-1, -1)


def test_less_than_a_month_makes_no_monthly_rate():
    found = growth(series([1, 1_000_000], grain="day"), "net_sales").overall
    assert found.ratio == 999_999 and found.monthly_ratio is None


def test_an_average_has_no_share_and_skips_periods_without_one():
    found = growth(series([5.0, 8.0, 2.0, float("nan")]), "average_transaction_value")
    assert (found.peak.label, found.peak.share) == ("Feb 2023", None)
    assert found.overall.words == "from Jan 2023 to Mar 2023"


def test_a_sum_of_zero_has_no_shares():
    assert growth(series([5, -5]), "net_sales").peak.share is None


def test_the_fastest_growing_channel_comes_first(make_shop):
    rows, order = [], 0
    for month, amounts in enumerate(((10, 40, None), (15, 44, 7), (30, 60, 9)), start=1):
        for channel, amount in zip(("In-store", "Online", "App"), amounts, strict=True):
            for day in ("01", "28") if amount else ():
                order += 1
                rows.append((f"o{order}", "Ann", f"2023-0{month}-{day}", channel, amount))
    shop = make_shop(rows)
    over = over_time(shop.ask, shop.lines, by="channel", span=(dt.date(2023, 1, 1), dt.date(2023, 3, 31)))
    found = growth_by(over, "net_sales")
    assert [one.value for one in found] == ["In-store", "Online", "App"]
    assert [one.overall.ratio for one in found] == [2, 0.5, None]
    assert {one.overall.words for one in found} == {"from Jan 2023 to Mar 2023"}
    assert found[2].notes == ("Jan 2023 had nothing to grow from.",)
    assert growth(over, "net_sales", "Online") == found[1]


def test_demo_agrees_with_pandas(demo):
    months = demo.rows.groupby(demo.rows["ordered_at"].dt.to_period("M"))
    found = growth(over_time(demo.ask, demo.lines), "transactions")
    expected = months["document"].nunique()
    assert found.left_out == ()
    assert found.peak.amount == expected.max() and found.lowest.amount == expected.min()
    assert found.peak.label == f"{expected.idxmax():%b %Y}" == "Dec 2025"
    assert found.peak.share == pytest.approx(expected.max() / expected.sum())
    assert found.overall.ratio == pytest.approx(expected.iloc[-1] / expected.iloc[0] - 1)
    assert found.year_on_year.ratio == pytest.approx(expected.iloc[-1] / expected.iloc[-13] - 1)
    assert (1 + found.overall.monthly_ratio) ** 23 == pytest.approx(expected.iloc[-1] / expected.iloc[0])


def test_uci_leaves_the_nine_days_of_december_2011_out(uci):
    found = growth(over_time(uci.ask, uci.lines), "transactions")
    expected = uci.rows.groupby(uci.rows["ordered_at"].dt.to_period("M"))["document"].nunique().iloc[:-1]
    assert found.left_out == ("Dec 2011",)
    assert found.peak.label == f"{expected.idxmax():%b %Y}" == "Nov 2011"
    assert found.lowest.label == f"{expected.idxmin():%b %Y}"
    assert found.overall.words == "from Dec 2010 to Nov 2011"
    assert found.overall.ratio == pytest.approx(expected.iloc[-1] / expected.iloc[0] - 1)
    assert found.year_on_year is None


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_shares_lie_around_the_even_one(amounts):
    found = growth(series(amounts), "net_sales")
    assert found.lowest.amount == min(amounts) and found.peak.amount == max(amounts)
    if sum(amounts):
        assert 0 <= found.lowest.share <= 1 / len(amounts) + 1e-12
        assert 1 / len(amounts) - 1e-12 <= found.peak.share <= 1
    if found.overall and found.overall.ratio is not None:
        assert amounts[0] * (1 + found.overall.ratio) == pytest.approx(amounts[-1])


def test_what_is_not_there_is_said(six):
    over = over_time(six.ask, six.lines, by="channel", measures=["net_sales", "orders"])
    with pytest.raises(UnusableInput, match="measure 'transactions'; allowed here: orders, net_sales"):
        growth(over, value="Online")
    with pytest.raises(UnusableInput, match="channel None; allowed: 'In-store', 'Online'"):
        growth(over, "net_sales")
