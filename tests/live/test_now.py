"""Now against usual days: by hand, and against pandas on the demo."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from trends.shop import Shop, shop_of

from retail_panel.demo import demo_order_lines
from retail_panel.live.expected import ABOVE, BELOW, UNKNOWN, USUAL, expectations
from retail_panel.live.latest_orders import latest_orders
from retail_panel.live.leaders import leaders
from retail_panel.live.moment import moment
from retail_panel.live.usual_day import usual_day

SATURDAY = datetime(2026, 11, 21)


def open_shop(rows):
    """Return (shop, moment) of rows (weeks before today, hour, pounds), an order each, and a Friday to ignore."""
    told = [
        (f"o{place}", "ann", SATURDAY - timedelta(weeks=week) + timedelta(hours=hour), "Web", amount)
        for place, (week, hour, amount) in enumerate(rows)
    ]
    shop = shop_of([*told, ("friday", "bob", SATURDAY - timedelta(days=8) + timedelta(hours=10), "Web", 9_999.0)])
    return shop, moment(shop.ask, shop.lines)


def test_now_is_the_last_line_and_usual_days_share_its_weekday():
    shop, now = open_shop([(0, 10.5, 1.0), (3, 9, 1.0)])
    assert now.now == SATURDAY + timedelta(hours=10.5) and now.minute == 630
    assert now.usual == [date(2026, 11, 14), date(2026, 11, 7), date(2026, 10, 31)]
    shop.store.close()


def test_no_lines_no_moment(empty_store):
    assert moment(empty_store.ask, empty_store.lines) is None


def test_the_day_by_hour():
    usual = [(week, 9.2, pounds) for week, pounds in ((1, 10), (2, 20), (3, 30), (4, 40))]
    shop, now = open_shop([(0, 9.1, 7.0), (0, 9.8, 5.0), (0, 10.5, 3.0), *usual, (2, 15, 8.0)])
    found = usual_day(shop.ask, shop.lines, now, 60).set_index("minute")
    assert len(found) == 24
    assert found.loc[[480, 540, 600], "today"].tolist() == [0.0, 12.0, 3.0]
    assert found.loc[660:, "today"].isna().all()
    assert found.loc[540, ["usual", "low", "high"]].tolist() == [25.0, pytest.approx(13.0), pytest.approx(37.0)]
    assert found.loc[900, "usual"] == 0.0
    shop.store.close()


def test_without_an_earlier_day_nothing_is_usual():
    shop = shop_of([("o", "ann", SATURDAY + timedelta(hours=9), "Web", 1.0)])
    now = moment(shop.ask, shop.lines)
    assert usual_day(shop.ask, shop.lines, now).usual.isna().all()
    assert {one.state for one in expectations(shop.ask, shop.lines, now)} == {UNKNOWN}
    shop.store.close()


@pytest.mark.parametrize(
    ("today", "states"),
    [
        ([(0, 9.9, 20.0)] * 10, (USUAL, USUAL, USUAL)),
        ([(0, 9.9, 20.0)] * 40, (ABOVE, ABOVE, USUAL)),
        ([(0, 9.9, 200.0)] * 10, (ABOVE, USUAL, ABOVE)),
        ([(0, 9.9, 1.0)] * 1, (BELOW, USUAL, USUAL)),
    ],
)
def test_states(today, states):
    usual = [(week, 9.5, 20.0) for week in range(1, 7) for _ in range(9 + week % 3)]
    shop, now = open_shop([*usual, *today, *[(week, 5, 500.0) for week in range(1, 7)]])
    found = expectations(shop.ask, shop.lines, now, minutes=60, deviations=3.0)
    assert tuple(one.state for one in found[:3]) == states
    sales, orders = found[:2]
    assert (sales.expected, orders.expected) == (200.0, 10.0)
    assert orders.high == pytest.approx(10 + 3 * np.sqrt(10)) and orders.low == pytest.approx(10 - 3 * np.sqrt(10))
    shop.store.close()


def test_sales_that_stay_away_are_below():
    usual = [(week, 9.5, 20.0) for week in range(1, 7) for _ in range(100)]
    shop, now = open_shop([*usual, *[(0, 9.9, 20.0)] * 10])
    assert [one.state for one in expectations(shop.ask, shop.lines, now)[:2]] == [BELOW, BELOW]
    shop.store.close()


def test_returns_count_as_a_share_of_what_was_sold():
    usual = [(week, 9.5, 20.0) for week in range(1, 7) for _ in range(50)]
    shop, now = open_shop([*usual, *[(0, 9.8, 20.0)] * 50, *[(0, 9.9, -20.0)] * 25])
    rate = expectations(shop.ask, shop.lines, now)[3]
    assert (rate.name, rate.value, rate.state) == ("return_rate", 0.5, ABOVE)
    shop.store.close()


@pytest.fixture(scope="module")
def demo():
    rows = demo_order_lines(0)
    shop = Shop(rows.assign(is_return=rows["kind"] == "Return"))
    yield shop
    shop.store.close()


def test_the_demo_agrees_with_pandas(demo):
    now = moment(demo.ask, demo.lines)
    rows, last = demo.rows, demo.rows.ordered_at.max()
    found = usual_day(demo.ask, demo.lines, now, 15)
    at = rows.ordered_at
    slot = (at.dt.hour * 60 + at.dt.minute) // 15
    by = rows.assign(slot=slot).groupby(["day", "slot"]).amount.sum().unstack(fill_value=0.0)
    usual = [last.date() - timedelta(weeks=week) for week in range(1, 9)]
    wanted = by.reindex(index=usual, columns=range(96)).fillna(0.0)
    assert np.allclose(found.usual, wanted.median()) and np.allclose(found.low, wanted.quantile(0.1))
    assert np.allclose(found.today, by.loc[last.date()].reindex(range(96), fill_value=0.0))

    minute = at.dt.hour * 60 + at.dt.minute
    here = rows[(minute > now.minute - 180) & (minute <= now.minute)]
    sales, orders, average, rate = expectations(demo.ask, demo.lines, now, minutes=180)
    today = here[here.day == last.date()]
    assert sales.value == pytest.approx(today.amount.sum())
    assert orders.value == today[~today.is_return].document.nunique()
    assert average.value == pytest.approx(today[~today.is_return].amount.sum() / orders.value)
    per_day = [here[here.day == day].amount.sum() for day in usual]
    assert sales.expected == pytest.approx(np.median(per_day))


def test_leaders_and_latest_agree_with_pandas(demo):
    now = moment(demo.ask, demo.lines)
    names = sorted(demo.rows.channel.dropna().unique())
    codes = demo.lines.channel.cases(*((name, place) for place, name in enumerate(names)), else_=len(names))
    found = leaders(demo.ask, demo.lines.mutate(c_channel=codes), now, "channel", names, minutes=600)
    rows, last = demo.rows, demo.rows.ordered_at.max()
    minute = rows.ordered_at.dt.hour * 60 + rows.ordered_at.dt.minute
    here = rows[minute > now.minute - 600]
    today = here[here.day == last.date()].groupby("channel").amount.sum().sort_values(ascending=False)
    assert found.label.tolist() == today.index.tolist() and np.allclose(found.now, today)
    usual = here[here.day.isin([last.date() - timedelta(weeks=week) for week in range(1, 9)])]
    assert np.allclose(found.usual, usual.groupby("channel").amount.sum().reindex(found.label) / 8)

    latest = latest_orders(demo.ask, demo.lines, most=5)
    tail = rows.tail(60)
    wanted = list(dict.fromkeys(reversed(tail.document.tolist())))[:5]
    assert [row["order_id"] for row in latest] == wanted
    sums = rows[rows.document.isin(wanted)].groupby("document").amount.sum()
    assert [row["amount"] for row in latest] == [pytest.approx(sums[name]) for name in wanted]
    assert latest[0]["ordered_at"] == pd.Timestamp(last) and latest[0]["units"] is None
