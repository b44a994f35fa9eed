"""A drawing whose figures alone differ is changed without HoloViews, and one that differs in more is not."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
import pytest
from holoviews.streams import Pipe

from retail_panel.studies import Easel, Look

LOOK = Look()
SALES = pd.DataFrame({"place": [0.0, 1.0], "name": ["Online", "Store"], "sales": [3.0, 4.0], "ink": ["#111", "#222"]})


def dots(frame, top=5, **options):
    shape = {"xlim": (-0.5, 1.5), "ylim": (0, top), "hover_cols": ["name"]}
    return LOOK.dressed(frame.hvplot.scatter(x="place", y="sales", **shape | options), y="count", legend=None)


def bars(frame):
    return LOOK.dressed(frame.hvplot.barh(x="name", y="sales", ylim=(0, 9)), x="count", legend=None)


@pytest.fixture
def asked(monkeypatch):
    """Counts how often HoloViews is asked for an update."""
    count, event = [], Pipe.event
    monkeypatch.setattr(Pipe, "event", lambda *args, **named: (count.append(1), event(*args, **named)))
    return count


def drawn(*elements):
    easel = Easel()
    return [easel.draw(element, LOOK) for element in elements][-1]


def test_other_figures_and_another_height_of_the_axis(asked):
    figure = drawn(dots(SALES), dots(SALES.assign(sales=[30.0, 40.0]), top=50))
    source = figure.renderers[0].data_source
    assert (source.data["sales"].tolist(), source.data["name"].tolist()) == ([30, 40], ["Online", "Store"])
    assert (figure.y_range.start, figure.y_range.end, figure.y_range.reset_end) == (0, 50, 50)
    assert set(figure.yaxis[0].ticker.ticks) >= {20, 40}
    assert not asked


def test_names_along_an_axis_stay_in_their_order(asked):
    figure = drawn(bars(SALES), bars(SALES.assign(sales=[8.0, 1.0])))
    assert figure.renderers[0].data_source.data["sales"].tolist() == [8, 1]
    assert not asked
    drawn(bars(SALES), bars(SALES.assign(name=["Online", "App"])))
    assert asked


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (dots(SALES), dots(SALES, xticks=[(0, "a"), (1, "b")])),
        (dots(SALES, color="ink"), dots(SALES.assign(ink="#111"), color="ink")),
        (dots(SALES.assign(ink="#111"), color="ink"), dots(SALES, color="ink")),
        (dots(SALES, color="sales"), dots(SALES.assign(sales=[1.0, 4.0]), color="sales")),
        (dots(SALES, ylim=(None, None)), dots(SALES.assign(sales=[1.0, 2.0]), ylim=(None, None))),
    ],
    ids=["ticks", "a colour for all", "several colours", "colours of figures", "ends by figures"],
)
def test_what_differs_in_more_is_left_to_holoviews(before, after, asked):
    drawn(before, after)
    assert asked
