"""The baskets page against pandas and SciPy on the demo data."""

import datetime as dt
from itertools import combinations

import holoviews as hv
import numpy as np
import pytest
from bokeh.models import Text
from scipy import stats

from retail_panel.crossfilter.clause import Range, Values, day
from retail_panel.studies import Look, Nothing
from retail_panel.studies.baskets import STUDIES as ALL
from retail_panel.studies.baskets.bought_together import told_apart
from retail_panel.studies.forms.ranking import place_of
from studies import bench
from studies.bench import asking

STUDIES = {study.name: study for study in ALL}
SCOPE = {"ordered_at": "2026-01-01..2026-11-01"}
PEOPLE = Values(("Champions", "Loyal"))


@pytest.fixture(scope="module")
def rows(scene):
    """The sale lines in scope, with the segment of each customer's number."""
    store = scene.coded.store
    found = store.ask(scene.scoped).to_pandas()
    scored = store.ask(scene.population.table).to_pandas().set_index("customer_key")["segment"]
    return found[~found["is_return"]].assign(segment=found["customer_key"].map(scored))


def answered(scene, name, *choices, **filters):
    return bench.answered(scene, STUDIES[name], *choices, **filters)


def by_hand(rows, column):
    """Support, confidence, lift and adjusted p of every pair, by sets and SciPy."""
    baskets = rows.groupby("order_key")[column].agg(lambda values: frozenset(values.dropna()))
    alone = {value: int(baskets.map(lambda held, v=value: v in held).sum()) for value in rows[column].dropna().unique()}
    number, pairs, both = len(baskets), list(combinations(sorted(alone), 2)), {}
    for held in baskets:
        for pair in combinations(sorted(held), 2):
            both[pair] = both.get(pair, 0) + 1
    p = [stats.hypergeom.sf(both.get((a, b), 0) - 1, number, alone[a], alone[b]) for a, b in pairs]
    adjusted = stats.false_discovery_control(p)
    found = {}
    for (a, b), chance in zip(pairs, adjusted, strict=True):
        times = both.get((a, b), 0)
        found[frozenset((a, b))] = (times, alone, times * number / alone[a] / alone[b], chance)
    return found, number


@pytest.mark.parametrize("filters", [{}, {"channel": Values(("Online",))}])
def test_categories_bought_together(scene, rows, filters):
    _, table, says = answered(scene, "category_affinity", **filters)
    rows = rows[rows["channel"] == "Online"] if filters else rows
    pairs, number = by_hand(rows, "category")
    strong = {pair for pair, (both, _, _, chance) in pairs.items() if chance <= 0.05 and both >= max(10, number / 1000)}
    assert {frozenset(pair) for pair in zip(table["Category"], table["Together with"], strict=True)} == strong
    assert len(table) == 2 * len(strong)
    for row in table.itertuples(index=False):
        both, alone, lift, _ = pairs[frozenset(row[:2])]
        assert (row[2], row[3], row[4], row[5]) == pytest.approx((lift, both / number, both, both / alone[row[0]]))
    first = max(strong, key=lambda pair: pairs[pair][2])
    assert all(name in says.partition(" go together")[0] for name in first)
    assert f"{len(strong)} of {len(pairs)} pairs are beyond chance" in says and f"of {number:,} baskets" in says


def test_what_is_selected_of_categories_does_not_narrow_categories(scene):
    whole = answered(scene, "category_affinity")[1]
    assert whole.equals(answered(scene, "category_affinity", category=Values(("Books",)))[1])


def test_a_click_on_a_cell_picks_both_categories(scene):
    study = STUDIES["category_affinity"]
    answer = answered(scene, "category_affinity")[0]
    order = answer[-1]
    assert study.publish(answer, 2.2, 0.1) == {"category": Values((order[0], order[2]))}
    assert study.publish(answer, 1.0, 1.0) == {"category": Values((order[1],))}
    assert study.publish(answer, 99.0, 0.0) is None


def test_pairs_of_products(scene, rows):
    _, table, says = answered(scene, "product_pairs")
    pairs, number = by_hand(rows, "product")
    words = dict(zip(rows["description"], rows["product"], strict=True))
    least = max(10, number / 1000)
    strong = {pair for pair, (both, _, _, chance) in pairs.items() if chance <= 0.05 and both >= least}
    assert len(table) == len(strong) and f"{len(strong):,} of {len(pairs):,} pairs" in says
    assert table["Lift"].is_monotonic_decreasing
    for row in table.head(25).itertuples(index=False):
        bought, offer = words[row[0]], words[row[1]]
        both, alone, lift, _ = pairs[frozenset((bought, offer))]
        confidence = both / min(alone[bought], alone[offer])
        assert row[2:6] == pytest.approx((lift, confidence, both / number, both))
    assert f"Of the baskets with {table['Who buys'][0]}" in says
    by_support = answered(scene, "product_pairs", {"rank": "support"})[1]
    assert by_support["Support"].is_monotonic_decreasing and len(by_support) == len(table)


def test_a_selected_category_keeps_the_pairs_with_one_of_its_products(scene, rows):
    whole = answered(scene, "product_pairs")[1].set_index(["Who buys", "also buys"])
    part = answered(scene, "product_pairs", category=Values(("Books",)))[1].set_index(["Who buys", "also buys"])
    books = set(rows.loc[rows["category"] == "Books", "description"])
    assert set(part.index) == {pair for pair in whole.index if books & set(pair)} and 0 < len(part) < len(whole)
    assert part["Lift"].to_dict() == whole["Lift"].loc[part.index].to_dict()


def test_offers(scene, rows):
    answer, table, says = answered(scene, "offers")
    names = [group.name for group in scene.population.segments]
    held = rows.dropna(subset=["segment"]).groupby("customer_key")["description"].agg(set)
    segment = rows.groupby("customer_key")["segment"].first()
    for row in table.head(4).itertuples(index=False):
        buyers = held[held.map(lambda goods, bought=row[2]: bought in goods)]
        both = buyers.map(lambda goods, offer=row[1]: offer in goods)
        inside = segment[buyers.index] == names.index(row[0])
        rate, others = both[inside].mean(), both[~inside].mean()
        assert row[3:7] == pytest.approx((inside.sum() * (others - rate), inside.sum(), rate, others))
        assert row[1] in row[-1] and row[2] in row[-1]
    assert says.startswith(table["Evidence"][0]) and "Assumed" in says
    assert len(table) > 4
    assert STUDIES["offers"].publish(answer, 1.0, -1.1) == {"segment": Values((table["Segment"][1],))}
    assert STUDIES["offers"].publish(answer, 1.0, 3.0) is None


def test_offers_of_one_segment_are_those_of_the_whole(scene):
    whole = answered(scene, "offers")[1]
    name = whole["Segment"][0]
    own = answered(scene, "offers", {"segment": name})[1]
    assert own["Offer"].tolist() == whole.loc[whole["Segment"] == name, "Offer"].tolist()


def test_the_selected_segment_is_offered_first(scene):
    options = STUDIES["offers"].choices[0].options
    assert next(iter(options(asking(scene, STUDIES["offers"], segment=PEOPLE)))) in PEOPLE.values
    assert next(iter(options(asking(scene, STUDIES["offers"])))) == "All segments"
    assert answered(scene, "offers", {"segment": "all"}, segment=PEOPLE)[1].equals(answered(scene, "offers")[1])


@pytest.mark.parametrize("name", STUDIES)
def test_returns_alone_are_no_baskets(scene, name):
    with pytest.raises(Nothing, match="No sales"):
        answered(scene, name, kind=Values(("Return",)))


@pytest.mark.parametrize("name", STUDIES)
def test_too_few_baskets_are_told(scene, name):
    one_day = Range(day(dt.date(2026, 6, 1)), day(dt.date(2026, 6, 2)))
    with pytest.raises(Nothing, match="scope|period"):
        answered(scene, name, ordered_at=one_day, channel=Values(("App",)))


def test_labels_are_told_apart():
    labels = told_apart(["Sock", "Shoe", "Sock"])
    assert len(set(labels)) == 3 and [label.strip("\u200b") for label in labels] == ["Sock", "Shoe", "Sock"]


def test_a_phone_has_two_lines_for_words_that_do_not_fit_one(scene):
    answer = answered(scene, "offers")[0]
    goods = {"bought": "Trail Running Shoes", "offer": "Running Socks 3-Pack"}
    long = answer[1].assign(who="Customers Needing Attention", **goods)
    figure = hv.render(STUDIES["offers"].draw((answer[0], long, "all"), Look("GBP", narrow=True)))
    texts = next(each for each in figure.renderers if isinstance(each.glyph, Text)).data_source.data
    assert set(texts["text"]) == {"Customers Needing Attention:\nTrail Running Shoes \u2192 Running Socks 3-Pack"}
    short = STUDIES["offers"].draw((answer[0], long.assign(who="New"), "all"), Look("GBP", narrow=True))
    line = next(each for each in hv.render(short).renderers if isinstance(each.glyph, Text)).data_source.data
    assert set(line["text"]) == {"New: Trail Running Shoes \u2192 Running Socks 3-Pack"}
    assert (np.asarray(texts["y"]) > np.asarray(line["y"])).all()


def test_places_of_a_ranking():
    assert [place_of(y, 3) for y in (0.4, -0.2, -2.4, -2.6, 0.6)] == [0, 0, 2, None, None]
