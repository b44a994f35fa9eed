"""A chart on the screen: what it draws, what changes when, and what the pointer makes of it."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from bokeh.core.validation import check_integrity
from bokeh.document import Document
from bokeh.events import MouseEnter, SelectionGeometry, Tap
from bokeh.models import BoxSelectTool, HoverTool
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.bins import category_bins, number_bins, time_bins
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.views.live import FADED, MOST_TICKS
from retail_panel.views.palette import GRID_LINE, PENDING_ALPHA, TEXT
from views.conftest import CHARTS


def values_of(live, low=1.0):
    """Return values for each piece, no two alike, in the shape that an answer has."""
    shape = tuple(cut.size for cut in live.bins)
    return np.arange(low, low + np.prod(shape)).reshape(shape)


def tools(live, kind):
    """Return a chart's tools of a kind."""
    return [tool for tool in live.figure.tools if isinstance(tool, kind)]


def ticks(live, place):
    """Return (positions, labels) of an axis."""
    axis = getattr(live.figure, f"{place}axis")[0]
    return list(axis.ticker.ticks), [axis.major_label_overrides[at] for at in axis.ticker.ticks]


def box(live, x, y=(0, 0), final=False):
    """Drag a box."""
    geometry = {"type": "rect", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    live.figure._trigger_event(SelectionGeometry(live.figure, geometry, final))
    return live.calls.pop()


def tap(live, x, y, **modifiers):
    """Click at a place."""
    live.figure._trigger_event(Tap(live.figure, x=x, y=y, modifiers=modifiers or None))
    return live.calls.pop() if live.calls else None


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_and_bokeh_finds_no_fault(draw, name):
    live = draw(name)
    live.show(values_of(live), values_of(live) / 2)
    live.mark({})
    issues = check_integrity(live.figure.references())
    assert issues.error == [] and issues.warning == []
    assert {len(column) for column in live.source.data.values()} == {values_of(live).size} == {len(live.labels)}
    renderers = live.figure.renderers
    assert len(renderers) == 2 and {renderer.data_source for renderer in renderers} == {live.source}
    assert [len(tools(live, kind)) for kind in (HoverTool, BoxSelectTool)] == [1, int(live.chart.brushed)]
    assert live.figure.output_backend == "canvas" and live.figure.toolbar.logo is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["money", "days", "count"]), st.integers(1, 80))
def test_ticks_of_numbers_are_few_and_apart(low, spread, unit, pieces):
    check_ticks(number_bins(low, low + spread, unit, pieces=pieces), MOST_TICKS["columns"])


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(0, 90_000))
def test_ticks_of_times_are_few_and_apart(first, days):
    check_ticks(time_bins(first, min(first + timedelta(days=days), datetime(2200, 1, 1))), MOST_TICKS["columns"])


@pytest.mark.parametrize("count", [1, 2, 7, 8, 13, 40])
def test_ticks_of_categories_are_few_and_apart(count):
    for most in set(MOST_TICKS.values()):
        check_ticks(category_bins([f"v{i}" for i in range(count)]), most)


def check_ticks(cut, most):
    """Check that ticks rise, lie on the axis and are no more than asked for."""
    found = [position for position, _ in cut.ticks(most)]
    assert len(found) <= most and all(a < b for a, b in zip(found, found[1:], strict=False))
    assert all(0 <= position <= cut.size for position in found)


@pytest.mark.parametrize("name", CHARTS)
def test_ticks_on_the_screen(draw, name):
    live = draw(name)
    for place in {"columns": "x", "bars": "y", "grid": "xy"}[live.chart.form]:
        positions, labels = ticks(live, place)
        assert 0 < len(positions) <= (8 if live.chart.form == "grid" else MOST_TICKS[live.chart.form])
        assert sorted(set(positions)) == positions and all(labels)


def test_categories_read_downward_numbers_and_scores_upward(draw):
    ends = {name: (live.figure.y_range.start, live.figure.y_range.end)
            for name in ("channel", "rhythm", "rfm_grid", "frequency_monetary") for live in [draw(name)]}  # fmt: skip
    up = draw("frequency_monetary").bins[1].size
    assert ends == {"channel": (3, 0), "rhythm": (7, 0), "rfm_grid": (0, 5), "frequency_monetary": (0, up)}
    live = draw("amount")
    assert (live.figure.x_range.start, live.figure.x_range.end) == (0, live.bins[0].size)
    assert draw("rfm_grid").figure.xaxis[0].axis_label == "R score"
    assert not draw("rhythm").figure.xaxis[0].axis_label


def test_axis_and_hover_speak_of_the_measure(draw):
    live = draw("time")
    (hover,) = tools(live, HoverTool)
    assert [words for words, _ in hover.tooltips] == ["", "Net sales, selected", "Net sales, all"]
    assert hover.tooltips[1][1] == "£@{part}{0,0.00}"
    size = live.bins[0].size
    live.show(np.full(size, 120_000.0), np.zeros(size))
    assert list(live.figure.yaxis[0].major_label_overrides.values()) == ["£0", "£50k", "£100k"]
    live.rebin(live.bins, "orders")
    (hover,) = tools(live, HoverTool)
    assert [words for words, _ in hover.tooltips][1:] == ["Orders, selected", "Orders, all"]
    assert hover.tooltips[2][1] == "@{whole}{0,0}"
    live.show(np.full(size, 2.0), np.zeros(size))
    assert list(live.figure.yaxis[0].major_label_overrides.values()) == ["0", "1", "2"]
    modes = {name: tools(draw(name), HoverTool)[0].mode for name in ("time", "kind", "rhythm")}
    assert modes == {"time": "vline", "kind": "hline", "rhythm": "mouse"}


def test_new_pieces_change_ticks_range_and_labels(draw, pieces):
    live = draw("channel")
    live.show(values_of(live), values_of(live))
    live.mark({"channel": Values(("Online",))})
    figure, source = live.figure, live.source
    live.rebin([category_bins(["Phone", "Online", "Kiosk", "Post"])], "orders")
    assert live.figure is figure and live.source is source
    assert live.labels == ["Phone", "Online", "Kiosk", "Post"] == ticks(live, "y")[1]
    assert (figure.y_range.start, figure.y_range.end) == (4, 0)
    assert {len(column) for column in source.data.values()} == {4}
    assert not any(source.data["whole"]) and set(source.data["alpha"]) == {1.0}
    live.show(values_of(live), values_of(live))
    assert {len(column) for column in source.data.values()} == {4}


@pytest.fixture
def news():
    """A function that puts a chart into a document and returns a list of what it sends."""

    def listen(live):
        document, sent = Document(), []
        document.add_root(live.figure)
        document.on_change(sent.append)
        return sent

    return listen


@pytest.mark.parametrize(("name", "columns"), [("time", {"part"}), ("channel", {"part"}),
                                               ("rhythm", {"part", "part_size"})])  # fmt: skip
def test_a_moving_brush_sends_one_message_with_the_selection_only(draw, news, name, columns):
    live = draw(name)
    live.show(values_of(live), values_of(live))
    sent = news(live)
    live.show(part=values_of(live) / 3)
    assert [type(event).__name__ for event in sent] == ["ColumnDataChangedEvent"]
    assert set(sent[0].cols) == columns
    assert live.source.data["part"] == (values_of(live) / 3).ravel().tolist()
    assert live.source.data["whole"] == values_of(live).ravel().tolist()


def test_exact_values_move_the_range_of_values(draw):
    live = draw("amount")
    live.show(values_of(live), values_of(live))
    top = live.figure.y_range.end
    assert (live.figure.y_range.start, top > live.bins[0].size) == (0, True)
    live.show(part=values_of(live) * 50)
    assert live.figure.y_range.end == top
    live.show(-values_of(live), -values_of(live))
    assert live.figure.y_range.start < -live.bins[0].size and live.figure.y_range.end > 0
    live.show(values_of(live) * 0, values_of(live) * 0)
    assert live.figure.y_range.end > live.figure.y_range.start


def test_an_axis_stays_as_rows_arrive_until_they_no_longer_fit(draw, news):
    live = draw("amount")
    live.show(values_of(live), values_of(live))
    top = live.figure.y_range.end
    sent = news(live)
    for growth in (1.001, 1.03, 0.9):
        live.show(values_of(live) * growth, values_of(live))
        assert live.figure.y_range.end == top
    assert {type(event).__name__ for event in sent} == {"ColumnDataChangedEvent"}
    live.show(values_of(live) * 1.2, values_of(live))
    assert live.figure.y_range.end > values_of(live).max() * 1.2 > top
    live.show(values_of(live) * 0.3, values_of(live))
    assert live.figure.y_range.end < top / 2
    live.rebin(live.bins, live.measure)
    live.show(values_of(live) * 0.25, values_of(live))
    assert live.figure.y_range.end == pytest.approx(values_of(live).max() * 0.25 * 1.06)


def test_a_grid_draws_squares_by_share_of_the_fullest(draw):
    live = draw("rfm_grid")
    whole = np.zeros((5, 5))
    whole[1, 3], whole[2, 2], whole[4, 4] = 100, 25, -3
    live.show(whole, whole / 100)
    sizes = np.array(live.source.data["whole_size"]).reshape(5, 5)
    assert sizes[1, 3] == 2 * sizes[2, 2] > 0 and np.count_nonzero(sizes) == 2
    assert np.array(live.source.data["part_size"]).reshape(5, 5)[2, 2] == 2
    assert live.labels[1 * 5 + 3] == "4, 2"


def test_pending_pales_the_selection_and_sends_nothing_twice(draw, news):
    live = draw("segment")
    front = live.figure.renderers[1].glyph
    sent = news(live)
    live.pending(True)
    live.pending(True)
    assert front.fill_alpha == PENDING_ALPHA and len(sent) == 1
    live.pending(False)
    live.pending(False)
    assert front.fill_alpha == "alpha" and len(sent) == 2


def marked(live, clauses):
    """Return the pieces in full colour after a filter is marked."""
    live.mark(clauses)
    live.show(values_of(live), values_of(live))
    alpha = np.array(live.source.data["alpha"]).reshape([cut.size for cut in live.bins])
    assert set(alpha.ravel()) <= {1.0, FADED}
    return alpha == 1.0


def test_marking_categories(draw):
    live = draw("channel")
    both = {"channel": Values(("In-store",)), "kind": Values(("Return",))}
    assert marked(live, both).tolist() == [False, True, False]
    assert not marked(live, {"channel": Values(("Nowhere",))}).any()
    assert marked(live, {}).all()
    assert marked(draw("store"), {"store": Values(("Shop 19",))}).nonzero()[0].tolist() == [12]


def test_marking_a_range_places_the_box(draw):
    live = draw("time")
    rest = tools(live, BoxSelectTool)[0].overlay
    assert not rest.visible
    clause = Range(datetime(2024, 3, 6), datetime(2024, 3, 9))
    assert marked(live, {"ordered_at": clause}).nonzero()[0].tolist() == [2, 3, 4]
    assert (rest.visible, rest.left, rest.right) == (True, 2, 5)
    assert (rest.bottom, rest.top) == (live.figure.y_range.start, live.figure.y_range.end)
    marked(live, {"ordered_at": Range(None, datetime(2024, 3, 6))})
    assert (rest.left, rest.right) == (0, 2)
    assert not marked(live, {"ordered_at": Range(datetime(2025, 1, 1), None)}).any() and not rest.visible
    assert marked(live, {}).all() and not rest.visible


def test_marking_two_dimensions(draw):
    live = draw("rhythm")
    rest = tools(live, BoxSelectTool)[0].overlay
    inside = marked(live, {"hour": Values(("09", "10")), "weekday": Values(("Sat", "Sun"))})
    assert inside.sum() == 4 and inside[9:11, 5:7].all()
    assert (rest.left, rest.right, rest.top, rest.bottom) == (9, 11, 5, 7)
    assert marked(live, {"weekday": Values(("Mon",))}).sum() == 24
    assert (rest.left, rest.right, rest.top, rest.bottom) == (0, 24, 0, 1)
    assert not marked(live, {"hour": Values(("25",))}).any() and not rest.visible


def test_the_pointer_comes_in(draw):
    live = draw("kind")
    live.figure._trigger_event(MouseEnter(live.figure))
    assert live.calls == [("enter", live.chart)]


@pytest.mark.parametrize(("dragged", "codes"), [
    ((2.0, 5.0), (2, 5)), ((1.8, 5.2), (2, 5)), ((1.7, 5.3), (1, 6)), ((5.0, 2.0), (2, 5)),
    ((-30.0, 2.0), (0, 2)), ((15.1, 99.0), (15, 17)), ((-9.0, -4.0), (0, 1)), ((40.0, 90.0), (16, 17)),
    ((3.4, 3.5), (3, 4)), ((7.0, 7.0), (7, 8)),
])  # fmt: skip
def test_a_dragged_box_becomes_whole_pieces(draw, dragged, codes):
    live = draw("time")
    assert box(live, dragged) == ("brush", live.chart, (codes,), False)
    assert box(live, dragged, final=True) == ("brush", live.chart, (codes,), True)
    rest = tools(live, BoxSelectTool)[0].overlay
    assert (rest.visible, rest.left, rest.right) == (True, *codes)


def test_a_box_over_two_dimensions(draw):
    live = draw("rhythm")
    assert box(live, (8.9, 17.0), (7.9, -2.0))[2:] == (((9, 17), (0, 7)), False)
    assert box(live, (8.9, 17.0), (2.1, 1.1), final=True)[2:] == (((9, 17), (1, 2)), True)
    rest = tools(live, BoxSelectTool)[0].overlay
    assert (rest.left, rest.right, rest.top, rest.bottom) == (9, 17, 1, 2)


def test_a_click_beside_the_box_takes_it_away(draw):
    live = draw("time")
    assert tap(live, 3, 1) is None
    box(live, (2, 5), final=True)
    assert tap(live, 3, 1) is None
    assert tap(live, 9, 1) == ("brush", live.chart, None, True)
    assert tap(live, 9, 1) is None


def test_a_click_picks_a_bar_and_keys_add(draw):
    live = draw("channel")
    assert tap(live, 10, 1.99) == ("click", live.chart, 1, False)
    assert tap(live, 0, 0.0) == ("click", live.chart, 0, False)
    for key in ("ctrl", "shift", "meta"):
        assert tap(live, 10, 2.5, **{key: True}) == ("click", live.chart, 2, True)
    assert tap(live, 10, 2.5, alt=True, ctrl=False) == ("click", live.chart, 2, False)
    assert tap(live, 10, 3.0) is None and tap(live, 10, -0.01) is None


def test_with_a_finger_a_drag_scrolls_the_page(draw):
    live = draw("time", touch=True)
    assert live.figure.toolbar.active_drag is None and len(tools(live, BoxSelectTool)) == 1
    assert isinstance(draw("time").figure.toolbar.active_drag, BoxSelectTool)


def test_no_tool_takes_the_wheel_or_moves_the_picture(draw):
    for name in ("time", "channel", "rhythm"):
        assert {type(tool) for tool in draw(name).figure.tools} <= {HoverTool, BoxSelectTool}


def test_paper_light_and_dark(draw):
    live = draw("amount")
    for dark, tone in ((True, "dark"), (False, "light")):
        live.theme(dark)
        assert {axis.major_label_text_color for axis in live.figure.axis} == {TEXT[tone]}
        assert live.figure.ygrid[0].grid_line_color == GRID_LINE[tone]
        assert not live.figure.xgrid[0].visible


def test_no_change_of_values_or_bins_makes_the_document_walk_over_its_models(draw, monkeypatch):
    live = draw("amount")
    live.show(values_of(live), values_of(live))
    document = Document()
    document.add_root(live.figure)
    walks = []
    monkeypatch.setattr(type(document.models), "recompute", lambda models: walks.append(1))
    live.show(values_of(live) * 40, values_of(live))
    live.show(part=values_of(live) / 2)
    assert not walks


def test_exact_values_that_the_browser_has_are_not_sent_again(draw, news):
    live = draw("channel")
    live.show(values_of(live), values_of(live))
    sent = news(live)
    live.show(values_of(live), values_of(live))
    assert sent == []
    live.show(values_of(live), values_of(live) / 2)
    assert len(sent) == 1
    live.mark({"channel": live.bins[0].clause([0])})
    live.show(values_of(live), values_of(live) / 2)
    assert len(sent) == 2


def test_exact_values_are_sent_again_after_a_brush_that_the_browser_may_have_answered(draw, news):
    live = draw("channel")
    live.show(values_of(live), values_of(live))
    live.brushed()
    sent = news(live)
    live.show(values_of(live), values_of(live))
    assert len(sent) == 1
