"""The trends page against pandas on the demo data."""

import datetime as dt
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from trends.shop import shop_of

from retail_panel import demo
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.store import Shelf
from retail_panel.studies import Nothing
from retail_panel.studies.forms.bars import limits, month_ticks, ticks_of
from retail_panel.studies.span import span
from retail_panel.studies.trends import STUDIES as ALL
from retail_panel.studies.trends.change import Growth, growth_between, signed
from retail_panel.studies.trends.partial import partly
from studies import bench
from studies.bench import DEFINITION, LOOK, asking

STUDIES = {study.name: study for study in ALL}
#: From the middle of a month to the middle of another one.
SCOPE = {"ordered_at": "2025-03-15..2026-08-20", "brand": "Kestrel Row"}


@pytest.fixture(scope="module")
def rows():
    """The lines in scope in pandas."""
    found = demo.demo_order_lines(0)
    inside = found["ordered_at"].ge("2025-03-15") & found["ordered_at"].lt("2026-08-20")
    found = found[inside & (found["brand"] == "Kestrel Row")].copy()
    return found.assign(month=found["ordered_at"].dt.strftime("%b %Y"), day=found["ordered_at"].dt.normalize())


def answered(scene, name, *choices, **filters):
    return bench.answered(scene, STUDIES[name], *choices, **filters)


def between(since, until):
    return {"ordered_at": Range(dt.datetime.fromisoformat(since), dt.datetime.fromisoformat(until))}


@pytest.mark.parametrize("filters", [{}, {"channel": Values(("Online",))}])
def test_monthly(scene, rows, filters):
    answer, table, says = answered(scene, "monthly", **filters)
    rows = rows[rows["channel"] == "Online"] if filters else rows
    table, grouped = table.set_index("Month"), rows.groupby("month")
    assert table["Transactions"].to_dict() == grouped["order_id"].nunique().to_dict()
    assert table["Unique customers"].to_dict() == grouped["customer_id"].nunique().to_dict()
    assert list(table.index[table["Whole month"] == "no"]) == ["Mar 2025", "Aug 2026"]
    whole = table[table["Whole month"] == "yes"]["Transactions"]
    assert says.startswith(f"Most in {whole.idxmax()}: {whole.max():,} transactions")
    assert says.endswith("Mar 2025 and Aug 2026 are partial (drawn hollow) and left out.")
    clause = STUDIES["monthly"].publish(answer, 1.2, 50)["ordered_at"]
    assert (clause.low, clause.high) == (dt.datetime(2025, 4, 1), dt.datetime(2025, 5, 1))
    assert STUDIES["monthly"].publish(answer, 99, 50) is None


def test_channel_sales(scene, rows):
    answer, table, says = answered(scene, "channel_sales")
    net = rows.groupby(["month", "channel"])["amount"].sum()
    found = table.set_index(["Month", "Channel"])["Net sales"]
    assert found[found != 0].to_dict() == pytest.approx(net[net.ne(0)].to_dict())
    whole = net.drop(["Mar 2025", "Aug 2026"]).xs("Online", level="channel")
    assert f"Online {whole.idxmax()} (£{whole.max() / 1000:.1f}k)" in says
    height = found["Apr 2025", "App"]
    assert STUDIES["channel_sales"].publish(answer, 1.1, height + 1) == {"channel": Values(("App",))}


@pytest.mark.parametrize(("by", "form"), [("weekday", "%A"), ("hour", "%H:00"), ("month", "%B")])
def test_patterns(scene, rows, by, form):
    _, table, says = answered(scene, "patterns", {"by": by})
    place = rows["ordered_at"].dt.strftime(form)
    days = pd.Series(pd.date_range("2025-03-15", "2026-08-19")).dt.strftime(form).value_counts()
    days = days if by != "hour" else pd.Series(523, index=place.unique())
    counts = rows.groupby(place)["order_id"].nunique()
    found = table.set_index(by.capitalize())
    held = found[found["Transactions"] > 0]
    assert held["Transactions"].to_dict() == counts.to_dict()
    assert held["Transactions per day"].to_dict() == pytest.approx((counts / days[counts.index]).to_dict())
    best = (counts / days[counts.index]).idxmax()
    assert says.startswith(f"Transactions per day: {best} ")
    study, answer = STUDIES["patterns"], answered(scene, "patterns", {"by": by})[0]
    expected = {"weekday": {"weekday": Values(("Tue",))}, "hour": {"hour": Values(("01",))}, "month": None}[by]
    assert study.publish(answer, 1.3, 2.0) == expected


def test_growth(scene, rows):
    answer, table, says = answered(scene, "growth")
    net = rows.groupby("month")["amount"].sum().drop(["Mar 2025", "Aug 2026"])
    found = table.set_index("Month")
    whole = found[found["Whole month"] == "yes"]
    assert whole["Net sales"].to_dict() == pytest.approx(net.to_dict())
    assert whole["Share of whole months"].to_dict() == pytest.approx((net / net.sum()).to_dict())
    changes = net[whole.index].pct_change().dropna()
    assert whole["On the month before"].dropna().to_dict() == pytest.approx(changes.to_dict())
    assert found.loc[["Mar 2025", "Aug 2026"], "On the month before"].isna().all()
    assert f"Peak {net.idxmax()}, £" in says and f"({net.max() / net.sum():.1%}); lowest {net.idxmin()}" in says
    change = net["Jul 2026"] / net["Apr 2025"] - 1
    assert f"from Apr 2025 to Jul 2026: {'+' if change > 0 else '−'}{abs(change):.1%} (95%" in says
    assert "from Jul 2025 to Jul 2026: " in says and says.endswith("Left out as partial: Mar 2025 and Aug 2026.")
    clause = STUDIES["growth"].publish(answer, 0, 0)["ordered_at"]
    assert (clause.low.date(), clause.high.date()) == (dt.date(2025, 3, 1), dt.date(2025, 4, 1))


def test_growth_of_the_average_transaction_value(scene, rows):
    """The seed's second growth figure, with the interval of a cluster-robust fit on customers."""
    _, table, says = answered(scene, "growth", {"measure": "average_transaction_value"})
    each = rows.assign(money=rows.amount.abs(), customer=rows.customer_id.fillna("guest " + rows.order_id))
    each = each.groupby(["month", "order_id"], as_index=False).agg(money=("money", "sum"), customer=("customer", "max"))
    means = each.groupby("month").money.mean()
    found = table.set_index("Month")
    assert found["Average transaction value"].to_dict() == pytest.approx(means.to_dict())
    assert found["Share of whole months"].isna().all()
    ratio = means["Jul 2026"] / means["Apr 2025"]
    two = each[each.month.isin(["Apr 2025", "Jul 2026"])]
    design = np.column_stack([two.month == "Apr 2025", two.month == "Jul 2026"]).astype(float)
    fit = sm.OLS(two.money.to_numpy(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(two.customer)[0], "use_correction": False})  # fmt: skip
    slope = np.array([-1 / fit.params[0], 1 / fit.params[1]])
    half = 1.96 * np.sqrt(slope @ fit.cov_params() @ slope)
    low, high = (ratio * np.exp(side * half) - 1 for side in (-1, 1))
    text = re.search(r"from Apr 2025 to Jul 2026: (\S+) \(95% (\S+) to ([^,)]+)", says).groups()
    said = [float(part.replace("\u2212", "-").rstrip("%")) / 100 for part in text]
    assert said == pytest.approx([ratio - 1, low, high], abs=0.003)
    assert says.startswith(f"Peak {means.drop(['Mar 2025', 'Aug 2026']).idxmax()}, £")


def test_channel_growth(scene, rows):
    answer, table, says = answered(scene, "channel_growth")
    net = rows.groupby(["channel", "month"])["amount"].sum().unstack()
    found = table.set_index("Channel")
    assert set(found["From"]) == {"Jul 2025"} and set(found["To"]) == {"Jul 2026"}
    assert found["Growth"].to_dict() == pytest.approx((net["Jul 2026"] / net["Jul 2025"] - 1).to_dict())
    assert (found["Growth at least"] < found["Growth"]).all() and (found["Growth"] < found["Growth at most"]).all()
    assert found["Growth"].idxmax() in says and "from Jul 2025 to Jul 2026" in says
    assert STUDIES["channel_growth"].publish(answer, 0.5, 1.2) == {"channel": Values((answer[0].label[1],))}
    first = answered(scene, "channel_growth", {"against": "first"})[1]
    assert set(first["From"]) == {"Apr 2025"}


def test_a_channel_that_does_not_lead_beyond_noise_is_not_said_to():
    months, rng = pd.date_range("2024-01-01", "2024-03-31 23:00", freq="3h"), np.random.default_rng(0)
    lines = [(f"o{i}", f"c{rng.integers(200)}", str(when), ("Online", "In-store")[i % 2], float(rng.gamma(2, 30)))
             for i, when in enumerate(months)]  # fmt: skip
    shop = shop_of(lines)
    scene = Scenes(shop.store, Shelf(), "GBP").take({}, DEFINITION)[1]
    assert answered(scene, "channel_growth")[2].startswith("No channel leads beyond noise in net sales from Jan 2024")
    assert "within noise" in answered(scene, "patterns", {"measure": "average_transaction_value"})[2]
    shop.store.close()


def test_years(scene, rows):
    _, table, says = answered(scene, "years")
    net = rows.groupby("month")["amount"].sum()
    assert table.set_index("Month")["Net sales"].to_dict() == pytest.approx(net.to_dict())
    assert set(table["Year"]) == {"2025", "2026"}
    held = ["Apr", "May", "Jun", "Jul"]
    old, new = (sum(net[f"{month} {year}"] for month in held) for year in (2025, 2026))
    assert says.startswith("Net sales of Apr to Jul: £") and f"{abs(new / old - 1):.1%} (95%" in says


def test_segments_at_the_end_are_those_of_the_scope(scene):
    _, table, says = answered(scene, "segment_evolution")
    last = table[table["Month"] == "Aug 2026"].set_index("Segment")
    assert set(last["As of"]) == {"19 Aug 2026"}
    assert last["Customers"].to_dict() == {group.name: group.customers for group in scene.population.segments}
    assert table.groupby("Month")["Share of customers"].sum().tolist() == pytest.approx([1] * 12)
    assert says.endswith("The last month is not over.")


def test_segments_over_time_know_no_selection(scene):
    everything, table, _ = answered(scene, "segment_evolution")
    assert table.equals(answered(scene, "segment_evolution", channel=Values(("Online",)))[1])
    study = STUDIES["segment_evolution"]
    assert study.publish(everything, 11, 1) == {"segment": Values(("Champions",))}
    first = table[table["Month"] == "Sep 2025"]["Customers"].sum()
    assert study.publish(everything, 0, first - 0.5) == {"segment": Values(("Lost",))}
    assert study.publish(everything, 0, first + 5) is None and study.publish(everything, 12.4, 1) is None


@pytest.mark.parametrize("filters", [{}, {"channel": Values(("In-store",))}])
def test_decomposition(scene, rows, filters):
    answer, table, says = answered(scene, "decomposition", **filters)
    rows = rows[rows["channel"] == "In-store"] if filters else rows
    daily = rows.groupby("day")["amount"].sum().reindex(pd.date_range("2025-03-15", "2026-08-19"), fill_value=0)
    assert table["Observed"].tolist() == pytest.approx(daily.tolist())
    assert (table["Trend"] + table["Season"] + table["Rest"]).tolist() == pytest.approx(daily.tolist())
    assert table["Season"][:7].sum() == pytest.approx(0, abs=daily.mean() / 10)
    assert f"({answer.strength_of_season:.2f} of 1)" in says
    with pytest.raises(Nothing, match="24 complete months"):
        answered(scene, "decomposition", {"grain": "month"}, **filters)


def test_the_span_is_that_of_the_scope_and_of_a_brush_on_time(scene):
    study = STUDIES["monthly"]
    assert span(asking(scene, study)) == (dt.date(2025, 3, 15), dt.date(2026, 8, 19))
    brushed = asking(scene, study, **between("2025-12-01", "2026-02-02"))
    first, last = span(brushed)
    assert abs((first - dt.date(2025, 12, 1)).days) <= 4 and abs((last - dt.date(2026, 2, 1)).days) <= 4
    assert span(brushed, selected=False) == (dt.date(2025, 3, 15), dt.date(2026, 8, 19))
    quiet = asking(scene, study, product=Values(("nothing of the kind",)))
    assert span(quiet) == (dt.date(2025, 3, 15), dt.date(2026, 8, 19))
    with pytest.raises(Nothing):
        span(asking(scene, study, **between("1999-01-01", "1999-01-02")))


def test_too_short_a_brush_says_what_is_missing(scene):
    brush = between("2026-04-06", "2026-04-20")
    with pytest.raises(Nothing, match="two whole months"):
        answered(scene, "channel_growth", **brush)
    with pytest.raises(Nothing, match="takes 42 days"):
        answered(scene, "decomposition", **brush)
    assert answered(scene, "monthly", **brush)[2].startswith("There is no whole month to look at.")
    with pytest.raises(Nothing, match="Growth needs two whole months.* hold 0 whole months"):
        answered(scene, "growth", **brush)
    assert answered(scene, "years", **brush)[2].startswith("No whole month comes in two years in a row")


def test_figures_by_month_are_asked_for_once(scene):
    asked = asking(scene, STUDIES["monthly"], channel=Values(("App",)))
    STUDIES["monthly"].answer(asked)
    again = replace(asked, store=None, asked=[])
    STUDIES["monthly"].answer(again)
    assert again.asked == asked.asked


@pytest.mark.parametrize("lines", [
    [("o1", "Ada", "2024-01-10 20:15", "Online", 10.0)],
    [("o1", None, "2024-01-10 20:15", "Online", 10.0), ("o2", None, "2024-03-11 10:00", None, 10.0)],
    [("r1", "Ada", "2024-01-10 20:15", "Online", -10.0), ("o1", "Ada", "2025-03-10 20:15", "Online", 5.0)],
    [("o1", "Ada", "2024-01-10 20:15", "Online", 0.0)],
])  # fmt: skip
def test_hardly_any_lines(lines):
    bench.check_on_hardly_any_lines(ALL, lines)


def test_growth_in_words():
    assert Growth(0.12, 0.04, 0.2).words(LOOK) == "+12.0% (95% +4.0% to +20.0%)"
    assert Growth(0.05, -0.01, 0.11).words(LOOK) == "+5.0% (95% −1.0% to +11.0%, within noise)"
    assert "too few customers" in Growth(0.1).words(LOOK) and Growth(None).beyond_noise is None
    assert signed(0.0, LOOK) == signed(-0.00001, LOOK) == "0.0%" and signed(-1.5, LOOK) == "−150.0%"


def test_growth_of_counts_has_the_interval_of_a_ratio_of_poisson_counts():
    found = growth_between(None, "transactions", None, None, (100, 150))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.1648, 0.9316), abs=1e-3)
    assert growth_between(None, "transactions", None, None, (0, 5)).value is None


def test_ticks_are_few():
    assert ticks_of("abcdef", most=3) == [(0, "a"), (2, "c"), (4, "e")]
    assert ticks_of(["0", "25"], first=-0.5) == [(-0.5, "0"), (0.5, "25")]
    months = [dt.date(2024, month, 1) for month in range(1, 13)]
    assert month_ticks(months, 2) == [(0, "Jan \u201924"), (6, "Jul \u201924")]


def test_limits_hold_every_value():
    assert limits([1.0, 10.0]) == (0.0, pytest.approx(10.6))
    low, high = limits([-5.0, 10.0, np.nan])
    assert low < -5 and high > 10
    low, high = limits([100.0, 101.0], from_zero=False)
    assert 99 < low < 100 and 101 < high < 102
    low, high = limits([])
    assert low < high


def test_partial_months_in_words():
    assert partly([]) == ""
    assert partly(["Mar"]) == " Mar is partial (drawn hollow) and left out."
    assert partly(["Mar", "Apr", "May"]).startswith(" Mar, Apr and May are partial")
