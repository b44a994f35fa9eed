"""The behaviour page against pandas on the demo data."""

import math

import pandas as pd
import pytest
from scipy import stats
from trends.shop import shop_of

from retail_panel import demo, intake
from retail_panel.crossfilter.clause import Range, Values, day
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.insight.groups import group_moments
from retail_panel.store import Shelf, Store
from retail_panel.studies import Nothing
from retail_panel.studies.behaviour import STUDIES as ALL
from retail_panel.studies.behaviour.transactions import transactions
from retail_panel.studies.forms.treemap import placed
from studies import bench
from studies.bench import DEFINITION

STUDIES = {study.name: study for study in ALL}
SCOPE = {"ordered_at": "2026-03-15..2026-08-20", "brand": "Kestrel Row"}


@pytest.fixture(scope="module")
def rows(scene):
    """The lines in scope in pandas, with the segment of each customer."""
    found = demo.demo_order_lines(0)
    inside = found["ordered_at"].ge("2026-03-15") & found["ordered_at"].lt("2026-08-20")
    found = found[inside & (found["brand"] == "Kestrel Row")].copy()
    found["size"] = found["amount"].abs()
    store = scene.coded.store
    people = store.ask(store.customers).to_pandas().set_index("customer_key")["customer_id"]
    scored = store.ask(scene.population.table).to_pandas()
    names = [group.name for group in scene.population.segments]
    segment = pd.Series([names[i] for i in scored["segment"]], index=scored["customer_key"].map(people))
    return found.assign(segment=found["customer_id"].map(segment))


def answered(scene, name, *choices, **filters):
    return bench.answered(scene, STUDIES[name], *choices, **filters)


def average(rows, by):
    grouped = rows.groupby(by)
    return grouped["size"].sum() / grouped["order_id"].nunique()


def interval(rows):
    """The mean of transactions with the 95% interval of a mean in clusters, by hand."""
    cluster = rows["customer_id"].fillna(rows["order_id"])
    orders = rows.assign(cluster=cluster).groupby("order_id").agg(size=("size", "sum"), cluster=("cluster", "first"))
    mean = orders["size"].mean()
    left = (orders["size"] - mean).groupby(orders["cluster"]).sum()
    g = len(left)
    half = stats.t.ppf(0.975, g - 1) * math.sqrt(g / (g - 1) * (left**2).sum()) / len(orders)
    return mean, mean - half, mean + half, len(orders)


@pytest.mark.parametrize("filters", [{}, {"tier": Values(("Gold",))}])
def test_channels(scene, rows, filters):
    _, table, says = answered(scene, "channels", **filters)
    rows = rows[rows["tier"] == "Gold"] if filters else rows
    grouped, table = rows.groupby("channel"), table.set_index("Channel")
    assert table["Transactions"].to_dict() == grouped["order_id"].nunique().to_dict()
    assert table["Customers"].to_dict() == grouped["customer_id"].nunique().to_dict()
    assert table["Net sales"].to_dict() == pytest.approx(grouped["amount"].sum().to_dict())
    assert table["Average transaction value"].to_dict() == pytest.approx(average(rows, "channel").to_dict())
    counts = grouped["order_id"].nunique()
    assert says.startswith(f"{counts.idxmax()} has most transactions: {counts.max():,} of {counts.sum():,}")


def test_one_channel_is_not_called_the_one_with_most(scene):
    assert answered(scene, "channels", channel=Values(("Online",)))[2].endswith("transactions are those of Online.")


@pytest.mark.parametrize("name", ["tier", "category"])
def test_average_values(scene, rows, name):
    _, table, says = answered(scene, f"{name}_values")
    named = rows.assign(**{name: rows[name].fillna("(none)")})
    for row in table[table["Transactions"] > 0].itertuples(index=False):
        mean, low, high, number = interval(named[named[name] == row[0]])
        assert row[1:5] == pytest.approx((mean, low, high, number), rel=1e-6)
    largest = max(named[name].unique(), key=lambda value: average(named, name)[value])
    assert says.startswith(f"{largest} £{average(named, name)[largest]:,.2f} (95% £") and "above the rest" in says


def test_one_tier_has_nothing_to_be_compared_with(scene):
    says = answered(scene, "tier_values", tier=Values(("Gold",)))[2]
    assert says.startswith("Gold £") and says.endswith("there is no other group to compare it with.")


def test_tiers_drawn_at_random_are_not_told_apart():
    store = Store()
    intake.load(str(demo.folder().parent / "seed_layout.csv"), store)
    scene = Scenes(store, Shelf(), "GBP").take({}, DEFINITION)[1]
    assert answered(scene, "tier_values")[2].startswith("No difference beyond noise: from ")
    store.close()


def test_kinds(scene, rows):
    _, table, says = answered(scene, "kinds")
    table, grouped = table.set_index("Kind"), rows.groupby("kind")
    assert table["Lines"].to_dict() == grouped.size().to_dict()
    assert table["Value"].to_dict() == pytest.approx(grouped["size"].sum().to_dict())
    assert table[["Share of lines", "Share of value"]].sum().tolist() == pytest.approx([1, 1])
    assert f"Return {table['Share of lines']['Return']:.1%}" in says


def test_category_revenue(scene, rows):
    answer, table, says = answered(scene, "category_revenue")
    table, named = table.set_index("Category"), rows.assign(category=rows["category"].fillna("(none)"))
    net = named.groupby("category")["amount"].sum()
    assert table["Net sales"].to_dict() == pytest.approx(net.to_dict())
    assert table["Average transaction value"].to_dict() == pytest.approx(average(named, "category").to_dict())
    assert table["Share of net sales"].sum() == pytest.approx(1)
    assert says.startswith(f"{net.idxmax()} brings most: ")
    cells = placed(answer, "net_sales")
    for row in (cells.iloc[0], cells.iloc[-1]):
        middle = (row.left + row.right) / 2, (row.top + row.bottom) / 2
        assert STUDIES["category_revenue"].publish(answer, *middle) == {"category": Values((row.category,))}


def test_returns_alone_have_no_revenue(scene):
    with pytest.raises(Nothing, match="returns outweigh sales"):
        answered(scene, "category_revenue", kind=Values(("Return",)))
    with pytest.raises(Nothing, match="returns alone"):
        answered(scene, "order_sizes", kind=Values(("Return",)))


@pytest.mark.parametrize("name", ["channel", "tier"])
@pytest.mark.parametrize("filters", [{}, {"category": Values(("Books",))}])
def test_segment_values(scene, rows, name, filters):
    _, table, says = answered(scene, f"segment_{name}s", **filters)
    rows = rows[rows["category"] == "Books"] if filters else rows
    known = rows[rows["segment"].notna()]
    grouped, table = known.groupby(["segment", name]), table.set_index(["Segment", name.capitalize()])
    held = table[table["Transactions"] > 0]
    assert held["Transactions"].to_dict() == grouped["order_id"].nunique().to_dict()
    assert held["Customers"].to_dict() == grouped["customer_id"].nunique().to_dict()
    expected = average(known, ["segment", name]).to_dict()
    assert held["Average transaction value"].to_dict() == pytest.approx(expected)
    assert table[table["Transactions"] == 0]["Average transaction value"].isna().all()
    at = held["Transactions"].idxmax()
    mean, low, high, _ = interval(known[(known["segment"] == at[0]) & (known[name] == at[1])])
    assert held.loc[at, ["From", "To"]].tolist() == pytest.approx([low, high], rel=1e-6)
    assert says.startswith(("Highest is", "No two cells differ beyond noise"))


def test_hours(scene, rows):
    _, table, says = answered(scene, "day_hours")
    table = table.set_index(["Weekday", "Hour"])
    where = [rows["ordered_at"].dt.strftime("%a"), rows["ordered_at"].dt.strftime("%H")]
    grouped = rows.groupby(where)
    assert table["Transactions"][table["Transactions"] > 0].to_dict() == grouped["order_id"].nunique().to_dict()
    days = pd.Series(pd.date_range("2026-03-15", "2026-08-19")).dt.strftime("%a").value_counts()
    assert table["Days"].groupby("Weekday").first().to_dict() == days.to_dict()
    net = grouped["amount"].sum()
    at = net.idxmax()
    assert table["Net sales per day"][at] == pytest.approx(net[at] / days[at[0]])
    by_hour = rows.groupby(where[1])["order_id"].nunique()
    assert f"between {by_hour.idxmax()}:00 and" in says


def test_order_sizes(scene, rows):
    sold = rows[rows["kind"] != "Return"]
    orders = sold.groupby("order_id").agg(amount=("amount", "sum"), lines=("amount", "size"), units=("quantity", "sum"))
    for measure in ("amount", "lines", "units"):
        _, table, says = answered(scene, "order_sizes", {"measure": measure})
        assert table["Orders"].sum() == len(orders) and table["Share of orders"].sum() == pytest.approx(1)
        assert says.startswith(f"{len(orders):,} orders: ")
        mean = f"£{orders[measure].mean():,.2f}" if measure == "amount" else f"{orders[measure].mean():.2f}"
        assert f" {mean} on average" in says and f"{(orders['lines'] == 1).mean():.1%} have one line" in says
    table = answered(scene, "order_sizes", {"measure": "lines"})[1]
    assert table["Orders"].iloc[0] == (orders["lines"] == 1).sum()


def test_clicks_select_what_they_are_on(scene):
    answer = answered(scene, "channels")[0]
    assert STUDIES["channels"].publish(answer, 0.5, 10) == {"channel": Values((answer.channel[0],))}
    assert STUDIES["channels"].publish(answer, -0.2, 10) is None
    assert STUDIES["channels"].publish(answer, len(answer), 10) is None
    answer = answered(scene, "kinds")[0]
    assert STUDIES["kinds"].publish(answer, 2.5, 0.1) == {"kind": Values((answer.kind[2],))}
    answer = answered(scene, "tier_values")[0]
    assert STUDIES["tier_values"].publish(answer, 100.0, 0.4) == {"tier": Values((answer[0].label[0],))}
    assert STUDIES["tier_values"].publish(answer, 100.0, 9.0) is None
    answer = answered(scene, "segment_channels")[0]
    labels = list(dict.fromkeys(answer.label))
    found = STUDIES["segment_channels"].publish(answer, 1.0, 1.0)
    assert found == {"channel": Values((labels[1],)), "segment": Values(("Loyal",))}
    answer = answered(scene, "day_hours")[0]
    assert STUDIES["day_hours"].publish(answer, 13.2, 4.9) == {"hour": Values(("13",)), "weekday": Values(("Sat",))}
    assert STUDIES["day_hours"].publish(answer, 24.0, 4.9) is None


def test_a_brush_on_time_narrows_the_days_of_a_week(scene):
    week = {"ordered_at": Range(day(pd.Timestamp("2026-04-06").date()), day(pd.Timestamp("2026-04-20").date()))}
    table = answered(scene, "day_hours", **week)[1]
    assert set(table["Days"]) == {2}


@pytest.mark.parametrize("dimension", ["tier", "category"])
def test_orders_added_up_once_say_what_their_lines_do(scene, dimension):
    asked = bench.asking(scene, STUDIES["category_values"])
    found = transactions(asked, dimension).groups(dimension)
    lines = asked.lines.filter(asked.lines[f"c_{dimension}"] < len(asked.labels(dimension)))
    expected = group_moments(asked.ask, lines, f"c_{dimension}", name=dimension)
    pd.testing.assert_frame_equal(found.table, expected.table, check_dtype=False, rtol=1e-9)
    assert found.covariance == pytest.approx(expected.covariance, rel=1e-6, abs=1e-12)


def test_orders_whose_lines_differ_are_counted_once_in_each_channel_and_in_all():
    shop = shop_of([
        ("o1", "Ada", "2024-01-10 20:15", "Online", 10.0), ("o1", "Ada", "2024-01-10 20:15", "Shop", 5.0),
        ("o1", "Ada", "2024-01-10 20:15", "Online", 3.0), ("o2", "Bob", "2024-01-11 10:00", "Online", 20.0),
        ("o3", None, "2024-01-11 10:00", "Online", 2.0), ("o3", "Bob", "2024-01-12 10:00", "Shop", -2.0),
    ])  # fmt: skip
    torn = Scenes(shop.store, Shelf(), "GBP").take({}, DEFINITION)[1]
    table = answered(torn, "channels")[1].set_index("Channel")
    assert table.loc["Online", ["Transactions", "Customers", "Net sales"]].tolist() == [3, 2, 35.0]
    assert table.loc["Shop", ["Transactions", "Customers", "Net sales"]].tolist() == [2, 2, 3.0]
    assert answered(torn, "order_sizes", {"measure": "lines"})[1]["Orders"].tolist() == [2, 0, 1]
    cells = answered(torn, "segment_channels")[1]
    assert cells.groupby("Channel")[["Transactions", "Customers"]].sum().loc["Shop"].tolist() == [2, 2]
    shop.store.close()


@pytest.mark.parametrize("lines", [
    [("o1", "Ada", "2024-01-10 20:15", "Online", 10.0)],
    [("o1", None, "2024-01-10 20:15", "Online", 10.0), ("o2", None, "2024-01-11 10:00", None, 10.0)],
    [("r1", "Ada", "2024-01-10 20:15", "Online", -10.0)],
    [("o1", "Ada", "2024-01-10 20:15", "Online", 0.0)],
])  # fmt: skip
def test_hardly_any_lines(lines):
    bench.check_on_hardly_any_lines(ALL, lines)
