"""The retention page: figures against pandas, and what a click and a brush do."""

import datetime as dt
import itertools

import holoviews as hv
import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from bokeh.models import Patches
from customers.demo_sample import sample_batch

from retail_panel.crossfilter.clause import Range, Values, day
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.evolution import month_ends
from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS, migration
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Shelf, Store
from retail_panel.studies import Asking, Look, Nothing
from retail_panel.studies.forms.sankey import DOWN, laid, sankey
from retail_panel.studies.retention import STUDIES
from retail_panel.studies.retention.cohort_retention import MARK
from retail_panel.studies.retention.moves import DAYS

STUDY = {study.name: study for study in STUDIES}
DEFINITION = definition_of(CustomersPipeline(k=4))
ONLINE = {"channel": Values(("Online",))}
SPRING = {"ordered_at": Range(day(dt.date(2025, 3, 3)), day(dt.date(2025, 6, 2)))}


@pytest.fixture(scope="module")
def store(sample):
    return sample


@pytest.fixture(scope="module")
def scene(store):
    return Scenes(store, Shelf(), "GBP").take({}, DEFINITION)[1]


@pytest.fixture(scope="module")
def lines(store):
    """Order lines of customers as pandas has them."""
    found = store.ask(store.lines).to_pandas()
    return found.assign(month=found.ordered_at.dt.year * 12 + found.ordered_at.dt.month - 1)


def asking(scene, filters=None, **choices):
    taken = {"grain": "month", "figure": "customers", "shown": "share", "second": "order", "width": "customers",
             "from": "2026-07-31", "to": "2026-10-31"} | choices  # fmt: skip
    return Asking(scene.coded.store, scene, filters or {}, DEFINITION, taken)


def answer(name, scene, filters=None, **choices):
    found = STUDY[name].answer(asking(scene, filters, **choices))
    return found, STUDY[name].table(found, Look())


def cut(lines, filters):
    """Return the lines that a selection leaves to follow customers through from their first purchase in them."""
    some = lines[lines.customer_key.notna()]
    some = some[some.channel == "Online"] if filters is ONLINE else some
    if filters is SPRING:
        firsts = some[~some.is_return].groupby("customer_key").ordered_at.min()
        clause = SPRING["ordered_at"]
        some = some[some.customer_key.isin(firsts.index[(firsts >= clause.low) & (firsts < clause.high)])]
    return some


@pytest.mark.parametrize("filters", [{}, ONLINE, SPRING])
@pytest.mark.parametrize("grain", ["month", "quarter"])
def test_cohorts_are_those_of_pandas(grain, filters, scene, lines):
    _, table = answer("cohort_retention", scene, filters, grain=grain)
    some = cut(lines, filters).assign(period=lambda t: t.month // (3 if grain == "quarter" else 1))
    firsts = lines[~lines.is_return].groupby("customer_key").month.min() // (3 if grain == "quarter" else 1)
    some = some.assign(born=some.customer_key.map(firsts), since=lambda t: t.period - t.born)
    some = some[some.since >= 0]
    sizes = some.groupby("born").customer_key.nunique()
    bought = some[~some.is_return].groupby(["born", "since"])
    held = table[table.Customers > 0]
    assert held.Customers.tolist() == bought.customer_key.nunique().tolist()
    assert held.Orders.tolist() == bought.order_key.nunique().tolist()
    money = some.groupby(["born", "since"]).amount.sum() / MONEY_SCALE
    np.testing.assert_allclose(held["Net sales"], money.loc[list(bought.groups)])
    held_sizes = sizes.loc[[born for born, _ in bought.groups]].to_numpy()
    assert held["Customers of the cohort"].tolist() == held_sizes.tolist()
    np.testing.assert_allclose(held["Share"], held.Customers / held_sizes)
    if not filters:
        assert (held.Share[held["Periods since"] == 0] == 1).all()
    _, money = answer("cohort_retention", scene, filters, grain=grain, figure="net_sales")
    began = money[money["Periods since"] == 0].set_index("First purchase")["Net sales"]
    based = money[money["First purchase"].map(began) > 0]
    np.testing.assert_allclose(based.Share, based["Net sales"] / based["First purchase"].map(began))


@pytest.mark.parametrize("others", [{}, ONLINE])
@pytest.mark.parametrize(("grain", "name"), [("month", "Mar 2026"), ("quarter", "Q1 2026")])
def test_a_click_on_a_cohort_selects_its_customers(grain, name, others, scene, lines):
    study = STUDY["cohort_retention"]
    found, table = answer("cohort_retention", scene, others, grain=grain)
    figure = hv.render(study.draw(found, Look()), backend="bokeh")
    rows = list(figure.yaxis[0].major_label_overrides.values())
    place = next(i for i, label in enumerate(rows) if label.startswith(name))
    clauses = study.publish(found, 1.2, place - 0.3)
    size = table["Customers of the cohort"][table["First purchase"] == name].iloc[0]
    people = asking(scene, others | clauses)
    assert people.ask(people.lines.aggregate(n=people.lines.customer_key.nunique()))["n"][0].as_py() == size > 0
    firsts = lines[~lines.is_return].groupby("customer_key").ordered_at.min().dt
    born = firsts.strftime("%b %Y") if grain == "month" else "Q" + firsts.quarter.astype(str) + " 2026"
    keys = people.ask(people.lines.select("customer_key").distinct())["customer_key"].to_pylist()
    assert set(born[keys]) == {name}
    # It ignores its own filter, marks it, and a second click gives the same clause, which takes it back.
    after, same = answer("cohort_retention", scene, others | clauses, grain=grain)
    pd.testing.assert_frame_equal(same, table)
    assert study.publish(after, 1.2, place - 0.3) == clauses
    figure = hv.render(study.draw(after, Look()), backend="bokeh")
    marked = [label for label in figure.yaxis[0].major_label_overrides.values() if label.startswith(MARK)]
    assert [label.removeprefix(MARK).partition(" \u00b7")[0] for label in marked] == [name]
    assert study.publish(found, 1, 99) is None


def test_a_brush_on_time_picks_cohorts_and_cuts_nothing_off(scene):
    _, whole = answer("cohort_retention", scene, {}, grain="quarter")
    _, spring = answer("cohort_retention", scene, SPRING, grain="quarter")
    assert set(spring["First purchase"]) == {"Q1 2025", "Q2 2025"}
    assert spring["Periods since"].max() == 7 < whole["Periods since"].max() == 8


def test_cohorts_say_the_weighted_mean_and_what_is_not_drawn(scene):
    found, table = answer("cohort_retention", scene)
    said = STUDY["cohort_retention"].says(found, Look())
    after = table[(table["Periods since"] == 1) & ~table["Not over yet"]]
    mean = after.Customers.sum() / after["Customers of the cohort"].sum()
    assert f"{100 * mean:.1f}% in month 1" in said
    assert f"{table['First purchase'].nunique() - 12} cohorts" in said
    absolute, _ = answer("cohort_retention", scene, shown="figure", figure="net_sales")
    assert hv.render(STUDY["cohort_retention"].draw(absolute, Look()), backend="bokeh")


@pytest.mark.parametrize("filters", [{}, ONLINE, SPRING])
@pytest.mark.parametrize("second", ["order", "day"])
def test_the_second_purchase_against_kaplan_and_meier_by_hand(second, filters, scene, lines):
    found, table = answer("second_purchase", scene, filters, second=second)
    bought = cut(lines, filters)
    bought = bought[~bought.is_return].assign(day=lambda t: t.ordered_at.dt.normalize())
    by = "order_key" if second == "order" else "day"
    days = bought.groupby(["customer_key", by]).day.min().reset_index(name="at").sort_values(["customer_key", "at"])
    turns = days.groupby("customer_key")["at"]
    ends = pd.DataFrame({"first": turns.nth(0).to_numpy(), "second": turns.apply(
        lambda own: own.iloc[1] if len(own) > 1 else pd.NaT).to_numpy()})  # fmt: skip
    last = lines.ordered_at.max().normalize()
    wait = (ends.second.fillna(last) - ends["first"]).dt.days
    waiting, shares = 1.0, {}
    for at in range(366):
        waiting *= 1 - ((wait == at) & ends.second.notna()).sum() / max((wait >= at).sum(), 1)
        shares[at] = 1 - waiting
    known = table.dropna()
    np.testing.assert_allclose(known["Have bought again"], [shares[at] for at in known["Within days"]])
    assert found.customers == len(ends)
    assert f"{100 * shares[90]:.1f}%" in STUDY["second_purchase"].says(found, Look())


@pytest.mark.parametrize("filters", [{}, ONLINE])
def test_the_pareto_curve_is_that_of_pandas(filters, scene, lines):
    found, table = answer("concentration", scene, filters)
    bought = lines.customer_key[~lines.is_return].dropna().unique()
    net = lines.groupby("customer_key").amount.sum().loc[np.sort(bought)].sort_values(ascending=False, kind="stable")
    some = cut(lines, filters).groupby("customer_key").amount.sum()
    spent = some.reindex(net.index, fill_value=0) / MONEY_SCALE
    best = spent.iloc[: int(0.2 * len(spent))].sum() / spent.sum()
    row = table[table["Best customers"] == 0.2].iloc[0]
    assert row["Share of net sales"] == pytest.approx(best)
    needed = int(np.argmax(spent.cumsum().to_numpy() >= 0.8 * spent.sum())) + 1
    said = STUDY["concentration"].says(found, Look())
    assert f"bring {100 * best:.1f}%" in said and f"{needed:,} (" in said
    assert ("Of the net sales selected" in said) == bool(filters)


@pytest.mark.parametrize("others", [{}, ONLINE])
def test_a_click_and_a_box_on_the_curve_select_the_customers_there(others, scene, lines):
    study, (found, table) = STUDY["concentration"], answer("concentration", scene, others)
    net = lines.groupby("customer_key").amount.sum()
    bought = lines.customer_key[~lines.is_return].dropna().unique()
    ranked = net.loc[np.sort(bought)].sort_values(ascending=False, kind="stable").index
    present = set(cut(lines, others).customer_key)
    for clauses, low, high in (
        (study.publish(found, 0.19, 0.4), 0, 20),
        (study.brush(found, -0.3, 0.07), 0, 7),
        (study.brush(found, 0.12, 0.31), 12, 31),
        (study.brush(found, 0.9, 2), 90, 100),
    ):
        picked = asking(scene, others | clauses)
        keys = set(picked.ask(picked.lines.select("customer_key").distinct())["customer_key"].to_pylist())
        assert keys == set(ranked[len(ranked) * low // 100 : len(ranked) * high // 100]) & present
        after, same = answer("concentration", scene, others | clauses)
        pd.testing.assert_frame_equal(same, table)
        assert after.picked == (low, high)
    assert study.publish(found, 0.2, 0) == study.publish(found, 0.21, 0.9)
    assert study.brush(found, 0, 1) is study.brush(found, 0.3, 0.3) is study.publish(found, -0.1, 0) is None


@pytest.mark.parametrize("filters", [{}, ONLINE])
def test_new_and_returning_are_those_of_pandas(filters, scene, lines):
    found, table = answer("new_and_returning", scene, filters)
    firsts = lines[~lines.is_return].groupby("customer_key").month.min()
    some = lines[lines.channel == "Online"] if filters else lines
    some = some.assign(born=some.customer_key.map(firsts))
    known, bought = some[some.customer_key.notna()], some[~some.is_return & some.customer_key.notna()]
    new = bought.month == bought.born
    months = sorted(lines.month.unique())
    for group, side in (("new", new), ("returning", ~new)):
        counted = bought[side].groupby("month").customer_key.nunique().reindex(months, fill_value=0)
        assert table[f"Customers, {group}"].tolist() == counted.tolist()
    money = known[known.month == known.born].groupby("month").amount.sum().reindex(months, fill_value=0) / MONEY_SCALE
    np.testing.assert_allclose(table["Net sales, new"], money)
    later = found["table"][found["table"].period >= dt.date(2025, 2, 1)]
    later = later[~later.is_partial]
    assert later.label[later.new_customers.idxmax()] in STUDY["new_and_returning"].says(found, Look())


def test_a_click_on_a_month_takes_its_days(scene):
    found, table = answer("new_and_returning", scene)
    publish = STUDY["new_and_returning"].publish
    assert table.Month[1] == "Dec 2024"
    assert publish(found, 1.3, 10) == {"ordered_at": Range(day(dt.date(2024, 12, 1)), day(dt.date(2025, 1, 1)))}
    assert publish(found, -2, 10) is None and publish(found, len(table), 10) is None


def test_moves_are_those_of_the_migration(scene):
    found, table = answer("segment_flows", scene)
    asked = asking(scene)
    wanted = migration(asked.ask, asked.scope_lines, RFMDefinition(), dt.date(2026, 7, 31), dt.date(2026, 10, 31))
    pd.testing.assert_frame_equal(found["moves"].table, wanted.table, check_dtype=False)
    assert table.Customers.sum() == wanted.customers
    known = wanted.table[wanted.table.source != NOT_YET]
    moved = known[known.source != known.target]
    said = STUDY["segment_flows"].says(found, Look())
    assert f"{moved.customers.sum():,} of {known.customers.sum():,} customers" in said
    most = moved.loc[moved.customers.idxmax()]
    assert f"from {most.source} to {most.target}" in said


def test_moves_obey_the_selection_and_score_nobody_anew(scene, store, lines):
    """Whoever bought online keeps the segments that they have among everybody."""
    found, _ = answer("segment_flows", scene, ONLINE)
    people = set(lines.customer_key[lines.channel == "Online"].dropna())
    bought = lines[~lines.is_return & (lines.ordered_at < pd.Timestamp("2026-11-01"))]
    assert found["moves"].customers == len(people & set(bought.customer_key.dropna()))
    now = store.ask(scene.population.table.select("customer_key", "segment")).to_pandas()
    now = now[now.customer_key.isin(people)].segment.map(SOURCES.__getitem__).value_counts()
    after = found["moves"].table.groupby("target").customers.sum()
    assert after.to_dict() == now.to_dict()


def test_flows_and_matrix_share_an_answer(scene):
    first, second = asking(scene, SPRING), asking(scene, SPRING, figure="gained")
    flows, matrix = STUDY["segment_flows"].answer(first), STUDY["segment_matrix"].answer(second)
    assert flows["moves"] is matrix["moves"] and second.asked == first.asked != []


def test_days_to_compare_are_month_ends_the_latest_first(scene, lines):
    ends = [end.isoformat() for end in month_ends(lines.ordered_at.min().date(), lines.ordered_at.max().date(), 60)]
    since, until = (choice.options(asking(scene)) for choice in DAYS)
    assert list(until.values()) == ends[::-1]
    assert next(iter(since.values())) == ends[-4] and sorted(since.values()) == ends
    for name in ("segment_flows", "segment_matrix"):
        with pytest.raises(Nothing, match="before the second"):
            answer(name, scene, **{"from": ends[-1], "to": ends[3]}, figure="customers")


def test_one_month_is_said_to_be_too_short_to_move_in(store):
    short = Scenes(store, Shelf(), "GBP").take({"ordered_at": "2026-03-04..2026-03-20"}, DEFINITION)[1]
    day = next(iter(DAYS[1].options(asking(short)).values()))
    with pytest.raises(Nothing, match="reaches over one only"):
        answer("segment_flows", short, **{"from": day, "to": day})


def test_the_matrix_says_what_the_best_segments_lost_and_won(scene):
    found, table = answer("segment_matrix", scene, figure="gained")
    known = table[table.From != NOT_YET]
    best = ["Champions", "Loyal"]
    won = known[~known.From.isin(best) & known.To.isin(best)]
    assert f"won {won.Customers.sum():,} customers" in STUDY["segment_matrix"].says(found, Look())
    gained = (table["Monetary value after"] - table["Monetary value before"]).sum()
    held = found["moves"].table
    assert gained == pytest.approx((held.monetary - held.monetary_before).sum())
    assert hv.render(STUDY["segment_matrix"].draw(found, Look()), backend="bokeh")


def people_of(scene, clauses):
    asked = asking(scene, clauses)
    return set(asked.ask(asked.lines.select("customer_key").distinct())["customer_key"].to_pylist())


@pytest.mark.parametrize("others", [{}, ONLINE])
def test_a_click_on_a_cell_selects_who_moved(others, scene):
    study, (found, table) = STUDY["segment_matrix"], answer("segment_matrix", scene, others)
    for row in table[table.Customers > 0].iloc[::9].itertuples():
        clauses = study.publish(found, TARGETS.index(row.To) + 0.2, SOURCES.index(row.From) - 0.4)
        people = people_of(scene, others | clauses)
        assert len(people) == row.Customers
        now = scene.population.table.filter(scene.population.table.customer_key.isin(list(people)))
        # The second day is the last one of the data, and scored as the scope is.
        segments = scene.coded.store.ask(now.select("segment").distinct())["segment"].to_pylist()
        assert [TARGETS[i] for i in segments] == [row.To]
        after, same = answer("segment_matrix", scene, others | clauses)
        pd.testing.assert_frame_equal(same, table)
        assert study.publish(after, TARGETS.index(row.To), SOURCES.index(row.From)) == clauses
        assert hv.render(study.draw(after, Look()), backend="bokeh")
    nobody = set(itertools.product(SOURCES, TARGETS)) - set(zip(table.From, table.To, strict=True))
    source, target = sorted(nobody)[0]
    assert study.publish(found, TARGETS.index(target), SOURCES.index(source)) is None
    assert study.publish(found, 40, 0) is None


def test_a_click_on_a_band_or_a_bar_selects_who_took_it(scene):
    study, (found, table) = STUDY["segment_flows"], answer("segment_flows", scene)
    bands, flows = drawn_bands(study.draw(found, Look())), found["moves"].table
    assert len(bands["xs"]) == len(flows)
    met = []
    for xs, ys in zip(bands["xs"], bands["ys"], strict=True):
        clauses = study.publish(found, 500, ys[xs == 500].mean())
        met.append((clauses["moved"].source, clauses["moved"].target))
    # Where bands cross, the one that is drawn last is taken.
    shown = list(zip(bands["tip0"], bands["tip1"], strict=True))
    assert set(met) <= set(shown) == set(zip(flows.source, flows.target, strict=True)) and len(set(met)) > 5
    assert met[-1] == shown[-1]
    ends = [bands["ys"][3][bands["xs"][3] == x].mean() for x in (16, 984)]
    left, right = (study.publish(found, x, y)["moved"] for x, y in zip((4, 996), ends, strict=True))
    assert (left.source, left.target, right.source, right.target) == (shown[3][0], "", "", shown[3][1])
    assert len(people_of(scene, {"moved": left})) == table.Customers[table.From == left.source].sum()
    assert len(people_of(scene, {"moved": right})) == table.Customers[table.To == right.target].sum()
    assert study.publish(found, 500, -40) is None and study.publish(found, 1200, 100) is None
    after, _ = answer("segment_flows", scene, {"moved": left})
    alphas = list(drawn_bands(study.draw(after, Look()))["alpha"])
    assert sorted(set(alphas)) == [0.15, 0.75] and alphas.count(0.75) == sum(flows.source == left.source)


def drawn_bands(drawn):
    figure = hv.render(drawn, backend="bokeh")
    return next(each.data_source.data for each in figure.renderers if isinstance(each.glyph, Patches))


def test_a_sankey_has_a_bar_for_each_name_of_each_side():
    flows = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "A", "A"], "customers": [3, 2, 1000]})
    drawn = sankey(flows, "customers", Look(dark=True), "count", {"A": "#111111", "B": "#222222"}, order=("A", "B"))
    figure = hv.render(drawn, backend="bokeh")
    bars, bands, *texts = figure.renderers
    assert sorted(bands.data_source.data["tip2"]) == ["1,000", "2", "3"]
    assert figure.hover.renderers == [bands] and figure.hover.tooltips[2][1] == "@tip2"
    assert len(bars.data_source.data["top"]) == 4
    labels = list(itertools.chain.from_iterable(text.data_source.data["text"] for text in texts))
    assert sorted(labels) == ["A", "B"]
    assert {text.glyph.text_color for text in texts} == {Look(dark=True).text}


def test_bands_of_a_sankey_are_as_wide_as_their_flows_and_fill_their_bars():
    flows = pd.DataFrame({"source": ["A", "B", "A"], "target": ["B", "A", "A"], "customers": [30, 50, 20]})
    found = laid(flows, "customers", ("A", "B"))
    for ends in (found.bands[:, :2], found.bands[:, 2:]):
        widths = ends[:, 1] - ends[:, 0]
        np.testing.assert_allclose(widths / widths.sum(), [0.3, 0.5, 0.2])
    bars = found.bars.set_index(["side", "name"])
    assert bars.top["source", "A"] == 0 and bars.bottom["target", "B"] == pytest.approx(DOWN)
    # From A the band to A leaves first, then the one to B; B reaches A below what stayed.
    a_to_b, b_to_a, a_to_a = found.bands
    assert (a_to_a[0], a_to_a[1], a_to_b[1]) == pytest.approx((0, a_to_b[0], bars.bottom["source", "A"]))
    assert (a_to_a[3], b_to_a[3]) == pytest.approx((b_to_a[2], bars.bottom["target", "A"]))


@pytest.mark.parametrize("name", STUDY)
def test_one_customer_alone_is_no_fault(name):
    """One order of one customer, on one day."""
    single, batch = Store(), sample_batch()
    known = batch.filter(pc.and_(batch["customer_id"].is_valid(), pc.invert(batch["is_return"])))
    single.append(known.slice(0, 1))
    scene = Scenes(single, Shelf(), "GBP").take({}, definition_of(CustomersPipeline()))[1]
    study, asked = STUDY[name], asking(scene)
    for choice in study.choices:
        options = choice.options(asked) if callable(choice.options) else choice.options
        asked.choices[choice.name] = next(iter(options.values()))
    try:
        found = study.answer(asked)
    except Nothing as nothing:
        assert len(str(nothing)) > 20
    else:
        assert hv.render(study.draw(found, Look()), backend="bokeh")
        assert "nan" not in study.says(found, Look())
    finally:
        single.close()
