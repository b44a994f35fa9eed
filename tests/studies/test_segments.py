"""The segments page: figures against pandas, and what a click and a brush do."""

import holoviews as hv
import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from customers.demo_sample import sample_batch
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.plotly_pane import PlotlyPane
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Shelf, Store
from retail_panel.studies import Asking, Look, Nothing
from retail_panel.studies.segments import STUDIES
from retail_panel.studies.segments.grouping import GROUPING
from retail_panel.studies.segments.silhouettes import structure

STUDY = {study.name: study for study in STUDIES}
DEFINITION = definition_of(CustomersPipeline(k=4))
MEASURES = {"recency_days": "Recency", "frequency": "Frequency", "monetary": "Monetary"}
ONLINE = {"channel": Values(("Online",))}


@pytest.fixture(scope="module")
def store(sample):
    return sample


@pytest.fixture(scope="module")
def scene(store):
    return Scenes(store, Shelf(), "GBP").take({}, DEFINITION)[1]


@pytest.fixture(scope="module")
def lines(store):
    """Order lines as pandas has them."""
    return store.ask(store.lines).to_pandas()


@pytest.fixture(scope="module")
def customers(store, scene, lines):
    """R, F and M worked out by pandas; segment and cluster as they were found."""
    known = lines[lines.customer_key.notna()].assign(day=lines.ordered_at.dt.normalize())
    bought = known[~known.is_return]
    table = pd.DataFrame({
        "recency_days": (lines.ordered_at.max().normalize() - bought.groupby("customer_key").day.max()).dt.days,
        "frequency": bought.groupby("customer_key").order_key.nunique(),
        "monetary": known.groupby("customer_key").amount.sum() / MONEY_SCALE,
    }).dropna()  # fmt: skip
    groups = store.ask(scene.population.table.select("customer_key", "segment", "cluster")).to_pandas()
    return table.join(groups.set_index("customer_key"), how="inner")


def asking(scene, filters=None, **choices):
    taken = {"by": "cluster", "measure": "recency_days", "scale": "log"} | choices
    return Asking(scene.coded.store, scene, filters or {}, DEFINITION, taken)


def answer(name, scene, filters=None, **choices):
    found = STUDY[name].answer(asking(scene, filters, **choices))
    return found, STUDY[name].table(found, Look())


def logged(table):
    money = np.sign(table.monetary) * np.log1p(table.monetary.abs())
    return pd.DataFrame({"recency_days": np.log1p(table.recency_days), "frequency": np.log1p(table.frequency),
                         "monetary": money})  # fmt: skip


def online(customers, lines):
    return customers[customers.index.isin(lines.customer_key[lines.channel == "Online"])]


@pytest.mark.parametrize("by", ["cluster", "segment"])
@pytest.mark.parametrize("filters", [{}, ONLINE])
def test_profiles_are_those_of_pandas(by, filters, scene, customers, lines):
    _, table = answer("profiles", scene, filters, by=by)
    some = online(customers, lines) if filters else customers
    whole = logged(customers)
    deviations = ((logged(some) - whole.mean()) / whole.std(ddof=0)).groupby(some[by]).mean()
    held = table[table.Customers > 0]
    assert held.Customers.tolist() == some.groupby(by).size().tolist()
    for measure, label in MEASURES.items():
        np.testing.assert_allclose(held[f"{label}, mean"], some.groupby(by)[measure].mean())
        np.testing.assert_allclose(held[f"{label}, deviations"], deviations[measure], atol=1e-9)


def test_a_group_selected_leaves_the_groups_beside_it(scene):
    names = scene.coded.bins["cluster"].labels
    _, whole = answer("profiles", scene)
    _, still = answer("profiles", scene, {"cluster": Values((names[0],))})
    pd.testing.assert_frame_equal(whole, still)
    _, others = answer("profiles", scene, {"cluster": Values((names[0],))}, by="segment")
    assert others.Customers.sum() == whole.Customers[0]


def test_a_click_on_a_profile_takes_its_group(scene):
    found, table = answer("profiles", scene)
    assert STUDY["profiles"].publish(found, 1.2, 2.1) == {"cluster": Values((table.Group[2],))}
    assert STUDY["profiles"].publish(found, -3, 0) is None


def test_a_click_near_a_line_of_the_snake_takes_it(scene):
    found, table = answer("snake", scene)
    at = table["Frequency, deviations"]
    order = list(dict.fromkeys(found.label))
    place = order.index("Frequency") + 0.5
    assert STUDY["snake"].publish(found, place, at[0]) == {"cluster": Values((table.Group[0],))}
    assert STUDY["snake"].publish(found, place, 50.0) is None
    assert STUDY["snake"].publish(found, 7.5, 0.0) is None
    best = table[["Frequency, deviations", "Monetary, deviations"]].mean(axis=1).idxmax()
    assert f"{table.Group[best]} lie highest" in STUDY["snake"].says(found, Look())


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("filters", [{}, ONLINE])
def test_distributions_count_each_customer_once(measure, filters, scene, customers, lines):
    found, table = answer("distributions", scene, filters, measure=measure)
    some = online(customers, lines) if filters else customers
    edges = np.array(scene.coded.bins[measure].edges, float) / (MONEY_SCALE if measure == "monetary" else 1)
    open_edges = np.concatenate([[-np.inf], edges[1:-1], [np.inf]])
    counted = pd.cut(some[measure], open_edges, right=False).value_counts(sort=False)
    assert table.Customers.tolist() == counted.tolist()
    assert table["All customers of the scope"].sum() == len(customers)
    np.testing.assert_allclose(found["quartiles"], some[measure].quantile([0.25, 0.5, 0.75]))
    assert found["mean"] == pytest.approx(some[measure].mean())


def test_a_click_on_a_column_takes_its_range(scene):
    found, _ = answer("distributions", scene)
    edges = scene.coded.bins["recency_days"].edges
    assert STUDY["distributions"].publish(found, 2.4, 0.01) == {"recency_days": Range(edges[2], edges[3])}
    assert STUDY["distributions"].publish(found, -1, 0.01) is None


@pytest.mark.parametrize("by", ["cluster", "segment"])
def test_summary_statistics_are_those_of_pandas(by, scene, customers):
    found, table = answer("spread", scene, by=by, measure="monetary")
    assert table.Group[0] == "All together" and table.Customers[0] == len(customers)
    held = table[table.Customers > 0].iloc[1:]
    for measure, label in MEASURES.items():
        groups = customers.groupby(by)[measure]
        np.testing.assert_allclose(held[f"{label}, mean"], groups.mean())
        np.testing.assert_allclose(held[f"{label}, standard deviation"], groups.std())
        np.testing.assert_allclose(held[f"{label}, median"], groups.median())
        np.testing.assert_allclose(held[f"{label}, lower quartile"], groups.quantile(0.25))
        np.testing.assert_allclose(held[f"{label}, upper quartile"], groups.quantile(0.75))
    assert held["How it reads"].str.contains("recency").all()
    said = STUDY["spread"].says(found, Look())
    assert "spend" in said and "£" in said


def test_a_click_on_a_band_takes_its_group_but_not_everybody(scene):
    found, table = answer("spread", scene)
    assert STUDY["spread"].publish(found, 0, len(table) - 1) is None
    assert STUDY["spread"].publish(found, 0, 0) == {"cluster": Values((table.Group.iloc[-1],))}


@pytest.mark.parametrize("filters", [{}, ONLINE])
def test_segments_beside_clusters(filters, scene, customers, lines):
    found, table = answer("cross_table", scene, filters)
    some = online(customers, lines) if filters else customers
    crossed = pd.crosstab(some.segment, some.cluster)
    held = table[table.Customers > 0]
    assert sorted(held.Customers) == sorted(crossed.to_numpy()[crossed.to_numpy() > 0])
    assert held.groupby("Segment")["Share of segment"].sum().to_numpy() == pytest.approx(1)
    index = adjusted_rand_score(some.segment, some.cluster)
    assert f"{index:.2f}" in STUDY["cross_table"].says(found, Look())


def test_a_click_on_the_cross_table_takes_segment_and_cluster(scene):
    found, table = answer("cross_table", scene)
    first = {"segment": Values((table.Segment[0],)), "cluster": Values((table.Cluster[0],))}
    assert STUDY["cross_table"].publish(found, 0, 0) == first
    still, _ = answer("cross_table", scene, first)
    pd.testing.assert_frame_equal(found["table"], still["table"])


def test_silhouettes_are_those_of_scikit_learn(scene, customers):
    found, table = answer("silhouettes", scene)
    points = logged(customers)
    points = ((points - points.mean()) / points.std(ddof=0)).to_numpy()
    own = pd.Series(silhouette_samples(points, customers.cluster)).groupby(customers.cluster.to_numpy()).mean()
    np.testing.assert_allclose(table["Mean silhouette"], own, atol=1e-4)
    assert table.Customers.tolist() == customers.groupby("cluster").size().tolist()
    assert f"{table.Cluster[own.idxmax()]} are held apart best" in STUDY["silhouettes"].says(found, Look())
    assert STUDY["silhouettes"].publish(found, 0.1, 0) == {"cluster": Values((table.Cluster.iloc[-1],))}


def test_words_for_silhouettes():
    assert [structure(s) for s in (0.8, 0.6, 0.3, 0.0, -0.5)] == [
        "strong", "reasonable", "weak", "no substantial", "no substantial"
    ]  # fmt: skip


def test_stability_is_worked_out_once_and_tells_its_figures(scene):
    first, again = asking(scene), asking(scene, ONLINE)
    found = STUDY["steadiness"].answer(first)
    assert STUDY["steadiness"].answer(again)["stability"] is found["stability"]
    assert again.asked == first.asked != []
    table = STUDY["steadiness"].table(found, Look())
    assert table["Mean Jaccard index"].between(0, 1).all() and len(table) == 4
    assert f"{np.mean(found['stability'].adjusted_rand):.2f}" in STUDY["steadiness"].says(found, Look())


@pytest.mark.parametrize("name", ["bubbles", "space"])
def test_cells_hold_every_customer_once(name, scene, customers):
    _, table = answer(name, scene)
    spend = (table["Mean spend"] * table.Customers).sum()
    assert table.Customers.sum() == len(customers)
    assert spend == pytest.approx(customers.monetary.sum())
    assert (table["Mean recency"] * table.Customers).sum() == pytest.approx(customers.recency_days.sum())


def test_the_correlation_is_that_of_pandas(scene, customers):
    found, _ = answer("bubbles", scene)
    wanted = logged(customers)[["frequency", "monetary"]].corr().iloc[0, 1]
    assert found["correlation"] == pytest.approx(wanted)
    assert f"correlation {wanted:.2f}" in STUDY["bubbles"].says(found, Look())
    noise = {**found, "correlation": 0.001}
    assert "not linked beyond noise" in STUDY["bubbles"].says(noise, Look())


def test_a_click_on_a_bubble_takes_its_ranges(scene):
    found, _ = answer("bubbles", scene)
    cell = found["cells"].iloc[0]
    clauses = STUDY["bubbles"].publish(found, cell.frequency, cell.monetary)
    bins = scene.coded.bins
    assert clauses["frequency"] == bins["frequency"].clause([int(cell.frequency_code)])
    assert clauses["monetary"] == bins["monetary"].clause([int(cell.monetary_code)])
    assert STUDY["bubbles"].publish(found, -1e9, -1e9) is None


def test_three_dimensions_keep_the_camera_and_write_ticks_in_words(scene):
    found, table = answer("space", scene)
    drawn = STUDY["space"].draw(found, Look("GBP"))
    assert sum(len(trace["x"]) for trace in drawn["data"]) == len(table)
    layout = drawn["layout"]
    assert layout["uirevision"] == STUDY["space"].draw(found, Look(dark=True))["layout"]["uirevision"]
    assert any("£" in text for text in layout["scene"]["zaxis"]["ticktext"])
    linear, _ = answer("space", scene, scale="linear")
    assert STUDY["space"].draw(linear, Look())["layout"]["uirevision"] != layout["uirevision"]


def test_three_dimensions_say_when_points_hold_several_customers(scene):
    found, table = answer("space", scene)
    shared = {**found, "cells": found["cells"].assign(customers=2)}
    assert f"{2 * len(table):,} customers in {len(table):,} points" in STUDY["space"].says(shared, Look())
    alone = {**found, "cells": found["cells"].assign(customers=1)}
    assert "is one customer" in STUDY["space"].says(alone, Look())


def test_the_library_for_three_dimensions_is_served_by_panel():
    assert PlotlyPane(object={"data": [], "layout": {}}).file.startswith("bundled/plotlyplot/plotly-")


def test_groups_are_offered_as_the_sidebar_has_them(store):
    rules = definition_of(CustomersPipeline(method="rules", k=4))
    scene = Scenes(store, Shelf(), "GBP").take({}, rules)[1]
    assert list(GROUPING.options(asking(scene)).values()) == ["segment", "cluster"]


@pytest.mark.parametrize("name", STUDY)
def test_one_customer_alone_is_no_fault(name):
    """One order of one customer: no spread, no clusters, no correlation."""
    single, batch = Store(), sample_batch()
    known = batch.filter(pc.and_(batch["customer_id"].is_valid(), pc.invert(batch["is_return"])))
    single.append(known.slice(0, 1))
    scene = Scenes(single, Shelf(), "GBP").take({}, definition_of(CustomersPipeline()))[1]
    study = STUDY[name]
    try:
        found = study.answer(asking(scene))
    except Nothing as nothing:
        assert len(str(nothing)) > 20
    else:
        made = study.draw(found, Look())
        assert study.backend == "plotly" or hv.render(made, backend="bokeh")
        assert "nan" not in study.says(found, Look())
    finally:
        single.close()
