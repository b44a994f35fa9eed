"""Every chart obeys the filters on others and ignores its own; every figure agrees with pandas."""

import ibis
import numpy as np
import pytest

from crossfilter.mirror import middle, shop_rows
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.histogram import Key, histograms, supported
from retail_panel.errors import RetailPanelError
from retail_panel.measures import MEASURES
from retail_panel.store import Superseded, Ticket
from retail_panel.views import OVERVIEW, SEGMENTS

CHARTS = {chart.name: chart for chart in (*OVERVIEW, *SEGMENTS)}
DISTINCT = ("orders", "customers", "transactions", "buyers", "customer_orders", "new_customers")
OTHERS = (("channel",), ("recency_days", "category"), ("ordered_at", "segment", "store"))


def asked(shop, scene, key, filters):
    """Return the answer to one key."""
    return histograms(shop, scene.coded, [key], filters)[key]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_ignores_its_own_filter(shop, scene, mirror, name):
    key = CHARTS[name].key("orders")
    whole = asked(shop, scene, key, {})
    np.testing.assert_allclose(whole, mirror.histogram(key, {}), atol=1e-6)
    own = {dim: middle(scene, dim) for dim in key.dims}
    assert np.array_equal(asked(shop, scene, key, own), whole)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("names", OTHERS, ids=" ".join)
def test_a_chart_obeys_the_filters_on_others(shop, scene, mirror, name, names):
    key = CHARTS[name].key("net_sales")
    others = {dim: middle(scene, dim) for dim in names if dim not in key.dims}
    found = asked(shop, scene, key, others)
    np.testing.assert_allclose(found, mirror.histogram(key, others), atol=1e-6)
    assert not others or not np.array_equal(found, asked(shop, scene, key, {}))


@pytest.mark.parametrize("measure", ["net_sales", "gross_sales", "returns_value", "units", "lines", "gross_margin"])
def test_pieces_of_lines_add_up_to_the_figure(shop, scene, mirror, measure):
    names = [d for d in scene.coded.bins if d in mirror.values and d not in ("segment", "cluster", "r", "f", "m")]
    names = [d for d in names if d not in ("recency_days", "frequency", "monetary")]
    assert {"ordered_at", "amount", "channel", "store", "tier", "hour", "weekday"} <= set(names)
    answers = histograms(shop, scene.coded, [Key((name,), measure) for name in names], {})
    for key, array in answers.items():
        assert array.sum() == pytest.approx(mirror.figure(measure)), key


@pytest.mark.parametrize("measure", DISTINCT)
def test_distinct_counts_agree_by_piece_and_as_a_whole(shop, scene, mirror, measure):
    filters = {"amount": middle(scene, "amount")}
    keys = [Key((), measure), Key(("category",), measure), Key(("weekday", "channel"), measure)]
    answers = histograms(shop, scene.coded, keys, filters)
    assert answers[keys[0]] == mirror.figure(measure, mirror.mask(filters))
    for key in keys[1:]:
        assert np.array_equal(answers[key], mirror.histogram(key, filters))


def test_missing_values_and_the_word_for_them_are_one_bar(scene, mirror, shop):
    key = Key(("channel",), "lines")
    code = scene.coded.bins["channel"].labels.index("(none)")
    channel = shop_rows().channel
    assert asked(shop, scene, key, {})[code] == (channel.isna() | (channel == "(none)")).sum() > channel.isna().sum()


def test_a_filter_on_what_the_source_lacks_matches_no_line(shop, scene):
    filters = {"description": Values(("x",))} | {"nothing": Range(1, 2)}
    assert asked(shop, scene, Key((), "lines"), filters) == 0


def test_unknown_values_match_no_line_and_known_ones_beside_them_do(shop, scene, mirror):
    key = Key((), "lines")
    assert asked(shop, scene, key, {"kind": Values(("Nonsense",))}) == 0
    found = asked(shop, scene, key, {"kind": Values(("Nonsense", "Return"))})
    assert found == (mirror.rows.kind == "Return").sum()


def test_scattered_and_running_codes_pick_alike(scene):
    codes = [repr(condition) for condition in among(scene.coded, {"hour": Values(("03", "04", "05"))})]
    scattered = [repr(condition) for condition in among(scene.coded, {"hour": Values(("03", "05"))})]
    assert "Between" in codes[0] and "InValues" in scattered[0]


def test_measures_of_several_parts_or_levels_have_no_histogram(scene):
    for name in ("average_order_value", "repeat_customers", "first_day", "stock_outs", "counted_units"):
        assert not supported(scene.coded, Key((), name)), name
    assert not supported(scene.coded, Key(("description",), "lines"))


@pytest.fixture
def broken(monkeypatch):
    """A measure whose question the engine refuses."""
    failing = MEASURES["units"].__class__("broken", "Broken", "count", "Fails.", row=lambda t: _refused(t))
    monkeypatch.setitem(MEASURES, "broken", failing)


def _refused(table):
    text = ibis.literal("no number").cast("string").concat(table.order_key.cast("string"))
    return text.cast("int64")


def test_a_key_that_fails_has_its_error_and_the_others_carry_on(shop, scene, mirror, broken):
    keys = [Key(("channel",), "lines"), Key(("channel",), "broken"), Key(("kind",), "broken"), Key(("kind",), "lines")]
    found = histograms(shop, scene.coded, keys, {})
    assert isinstance(found[keys[1]], RetailPanelError) and isinstance(found[keys[2]], RetailPanelError)
    assert found[keys[0]].sum() == found[keys[3]].sum() == len(mirror.rows)


def test_a_failed_whole_is_asked_again(shop, scene, broken, monkeypatch):
    key = Key(("brand",), "broken")
    assert isinstance(scene.wholes([key])[key], RetailPanelError)
    monkeypatch.setitem(MEASURES, "broken", MEASURES["lines"].__class__(
        "broken", "Mended", "count", "Works.", row=MEASURES["lines"].row))
    assert scene.wholes([key])[key].sum() > 0


def test_a_cancelled_question_is_superseded_and_no_view_fails(shop, scene):
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Superseded):
        histograms(shop, scene.coded, [Key((), "lines")], {}, ticket)
