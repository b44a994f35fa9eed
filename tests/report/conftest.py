"""A shop of ten weeks, names in it that would run if they could, and reports of it."""

from datetime import datetime
from types import SimpleNamespace

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
import pytest
from crossfilter.mirror import as_batch, shop_rows
from threadpoolctl import threadpool_limits

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.report import Report, State
from retail_panel.store import Shelf, Store
from retail_panel.studies import Choice, Nothing, Study
from retail_panel.views import OVERVIEW

MADE_AT = datetime(2026, 3, 4, 5, 6)
HOSTILE = ("<script>window.ran = 1</script>", '"><img src=x onerror="window.ran = 2">', "$$\\alpha$$", "</script>&amp;")
CHARTS = {chart.name: chart for chart in OVERVIEW}


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Keep scikit-learn's own threads from waiting for busy cores."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="package")
def rows():
    """The order lines of the shop; some of its categories have hostile names."""
    rows = shop_rows(seed=31, lines=400)
    named = dict(zip([f"Shop {i}" for i in range(4)], HOSTILE, strict=True))
    return rows.assign(store=rows.store.replace(named), customer_id="person-" + rows.customer_id.astype("string"))


@pytest.fixture(scope="package")
def shop(rows):
    """A store that holds them."""
    store = Store()
    store.append(as_batch(rows), source="shop.csv")
    yield store
    store.close()


@pytest.fixture(scope="package")
def scenes(shop):
    """Scenes that reports one after the other share."""
    return Scenes(shop, Shelf(), "GBP")


def study(name, answer=None, **more):
    """Return a study of net sales by store, or one with another answer."""

    def stores(asking):
        found = asking.ask(asking.lines.group_by("c_store").agg(lines=asking.lines.count())).to_pandas()
        labels = asking.labels("store")
        return found[found.c_store < len(labels)].assign(store=lambda t: [labels[code] for code in t.c_store])

    def draw(found, look):
        bars = found.hvplot.bar(x="store", y="lines", responsive=True, min_height=60, ylim=(0, 400))
        return look.dressed(bars, y="count", legend=None)

    return Study(name=name, title=name.capitalize(), **{
        "answer": answer or stores, "draw": draw,
        "table": lambda found, look: found[["store", "lines"]].rename(columns={"store": "Store", "lines": "Lines"}),
        "says": lambda found, look: f"{found.store.iloc[0]} has {look.write(found.lines.iloc[0])} lines.",
        "definition": "Order lines by store.", "units": {"Lines": "count"}, **more,
    })  # fmt: skip


def nothing(asking):
    """Answer that there is nothing."""
    raise Nothing("No two stores are alike. Widen the scope.")


def broken(*asked):
    """Fail."""
    raise ValueError("the <b>wheel</b> is off")


SIZES = Choice("size", "Size", {"Small": "s", "Large": "l"})
STUDIES = (
    study("stores"), study("alike", nothing), study("wheels", broken), study("shelves", needs=("description",)),
    study("torn", draw=broken), study("deep", backend="plotly"), study("sizes", choices=(SIZES,)),
)  # fmt: skip


def page(name="shops", charts=(), studies=STUDIES):
    """Return the contents of a page."""
    return SimpleNamespace(name=name, title=name.capitalize(), charts=tuple(CHARTS[c] for c in charts), studies=studies)


@pytest.fixture(scope="package")
def report(shop, scenes):
    """Makes a report of the shop; returns the file's text."""

    def make(query="rfm.k=3", pages=None, title="Shop", store=shop, scenes=scenes, **more):
        pages = [page("overview", ("time", "channel", "store", "rhythm"), ()), page()] if pages is None else pages
        made = Report(store, scenes, State.read(query), pages, title, MADE_AT, **more)
        for step in made.steps():
            step.draw()
        return made.html()

    return make


@pytest.fixture(scope="package")
def long_table():
    """Forty rows."""
    return pd.DataFrame({"Name": [f"n{i}" for i in range(40)], "Net sales": [1234.5] * 40})
