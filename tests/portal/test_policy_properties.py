"""Ways past a row policy, each tried at random: a shop with rows that one may not see answers as one without them."""

import re
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from crossfilter.desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages.test_workbench import Visit
from pages.visitor import parts
from portal.test_row_policies import NAMES, SLY, TEXTS, seen
from portal.two_shops import EITHER, FORBIDDEN, NORTH, person

from retail_panel.pages.book import NAMES as PAGE_NAMES
from retail_panel.pages.contents import PAGES
from retail_panel.report import Report, State
from retail_panel.server import READY, ServerState
from retail_panel.settings import Settings
from retail_panel.store import RowPolicy
from retail_panel.visitors import Visitors

# Bokeh 3.9 hands tables on in a way that pandas 3.1 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEWER = settings(FEW, max_examples=2)
#: Whole pages take long, so that these are tried under one of the two policies.
one_policy = pytest.mark.parametrize("shops", [EITHER], indirect=True, ids=["two ways"])
SELECTIONS = st.dictionaries(st.sampled_from([f"sel.{name}" for name in NAMES]), st.sampled_from(TEXTS), min_size=1,
                             max_size=2)  # fmt: skip
SQL = st.sampled_from((
    *SLY, "SELECT * FROM order_line", "'; ATTACH 'x' AS y; --", "1) UNION SELECT customer_id FROM customer --", "%",
    "_", "c1' OR '1'='1", FORBIDDEN, "*", "<img src=x onerror=alert(1)>", "{{7*7}}", "South' --",
))  # fmt: skip


def at_both(shops, do):
    """Return what a visitor of each shop finds who does something at a desk; the shop of all rows first."""
    policy, both, _ = shops
    found = []
    for store, scenes in both:
        desk = Desk(store, scenes, person=person(policy))
        try:
            found.append(do(desk))
        finally:
            desk.session.close()
            desk.settle()
    return found


@FEW
@given(query=SELECTIONS, then=SELECTIONS)
def test_what_was_selected_made_into_scope(shops, query, then):
    def do(desk):
        session = desk.open({"rfm.k": "3", **query})
        session.make_scope()
        desk.settle()
        first = seen(desk)
        session.restore(session.state() | then)
        desk.settle()
        session.make_scope()
        desk.settle()
        return first, seen(desk), session.query

    one, other = at_both(shops, do)
    assert one == other


@FEW
@given(name=st.one_of(SQL, st.text(min_size=1, max_size=8)), query=SELECTIONS)
def test_views_that_somebody_saved(shops, name, query):
    # An administrator, who has seen every row, saves a view with those that others may not see.
    words = "&".join(f"{key}={text}" for key, text in query.items())
    for store, _ in shops[1]:
        store.save_view("local", name, f"{words}&sel.product={FORBIDDEN}")

    def do(desk):
        session = desk.open("rfm.k=3")
        assert session.owner != "local" and session.store.saved_views(session.owner) == {}
        session.restore(session.store.saved_views("local")[name])
        desk.settle()
        theirs = seen(desk)
        session.store.save_view(session.owner, name, session.query)
        own = session.store.saved_views(session.owner)
        session.restore(own[name])
        desk.settle()
        again = seen(desk)
        session.store.save_view(session.owner, name, None)
        return theirs, own, again

    try:
        one, other = at_both(shops, do)
        assert one == other and FORBIDDEN not in str(one[0]["catalogue"])
    finally:
        for store, _ in shops[1]:
            store.save_view("local", name, None)


#: What one may see who looks at the same shop before, so that scenes and cubes of theirs are in every cache.
OTHERS = st.sampled_from((
    None, RowPolicy((("brand", ("South",)),)), RowPolicy((("brand", ("North", "South")),)),
    RowPolicy((("tier", ("Gold", "Silver")),)), RowPolicy(NORTH.allowed, masked=True),
))  # fmt: skip


@FEW
@given(other=OTHERS, chart=st.integers(0, 4), low=st.integers(0, 3), width=st.integers(1, 5), query=SELECTIONS)
def test_cubes_that_another_visitor_left_in_the_caches(shops, other, chart, low, width, query):
    store, scenes = shops[1][0]
    before = Desk(store, scenes, **({} if other is None else {"person": person(other)}))

    def brush(desk):
        session = desk.open({"rfm.k": "3", **query})
        if session.scene is None:
            return session.problem
        brushed = desk.screen.charts[chart]
        session.answers.brush.activate(brushed)
        desk.settle()
        session.brush(brushed, ((low, low + width),) * len(brushed.dims), final=False)
        desk.settle()
        moves = [{key: np.round(array, 6).tolist() for key, array in parts.items()} for _, parts in desk.screen.moves]
        return moves, seen(desk)

    try:
        brush(before)
        # The other one is still there, with all that they hold.
        one, alone = at_both(shops, brush)
    finally:
        before.session.close()
        before.settle()
    assert one == alone


@one_policy
@FEWER
@given(
    name=st.sampled_from([page.name for page in PAGES if page.charts or page.studies]),
    query=st.one_of(st.just({}), SELECTIONS),
)  # fmt: skip
def test_reports_of_any_page(shops, name, query):
    def do(desk):
        session = desk.open({"rfm.k": "3", **query})
        if session.scene is None:
            return session.problem
        report = Report(session.store, session.answers.scenes, State.read(session.state()),
                        [page for page in PAGES if page.name == name], "Shop", datetime(2024, 7, 1), "GBP",
                        session.policy)  # fmt: skip
        for step in report.steps():
            step.draw()
        return told(report.html())

    one, other = at_both(shops, do)
    assert FORBIDDEN not in str(one) and one == other


def told(html):
    """Return what a report says in words and tables; pictures have numbers of their own in them."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<img\b[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


@pytest.fixture
def workbenches(shops, monkeypatch):
    """Open the whole workbench of each shop at an address."""
    policy, both, _ = shops
    visits = []
    monkeypatch.setattr("retail_panel.pages.workbench.current_person", lambda: person(policy))

    def opened(address):
        for each in visits:
            each.leave()
        visits.clear()
        for store, scenes in both:
            process = SimpleNamespace(
                store=store, shelf=scenes._shelf, scenes=scenes, workers=Jobs(), pump=None, visitors=Visitors(500, 20),
                settings=Settings(title="Shop", refresh_ms=1000), state=ServerState(READY, "Ready", 1.0, 160),
            )  # fmt: skip
            visits.append(Visit(process, address).settle())
        return list(visits)

    yield opened
    for each in visits:
        each.leave()


class Jobs:
    """Jobs that wait until a test does them."""

    def __init__(self):
        self.jobs = []

    def submit(self, job):
        self.jobs.append(job)


#: What is new each time; and the number of commits, which grows with rows of others (docs/security.md).
MARKS = re.compile(r"\bp?\d{4,}\b|0x[0-9a-f]+|[0-9a-f]{32}|version \d+")


def shown(visit):
    """Return all words, tables and choices of the workbench, without the marks that are new each time."""
    found = []
    for part in parts([*visit.workbench.page.main, *visit.workbench.page.sidebar]):
        for name in ("object", "value", "options", "label", "html", "rows", "tiles"):
            value = getattr(part, name, None)
            if isinstance(value, str | list | tuple | dict | int | float):
                found.append((type(part).__name__, name, MARKS.sub("#", repr(value))))
            elif hasattr(value, "to_csv"):
                found.append((type(part).__name__, name, value.to_csv()))
    return found


@one_policy
@FEWER
@given(walk=st.lists(st.sampled_from(PAGE_NAMES), min_size=2, max_size=2), query=st.one_of(st.just({}), SELECTIONS))
def test_page_after_page(shops, workbenches, walk, query):
    found = []
    for visit in workbenches("?" + "&".join(f"{key}={text}" for key, text in {"rfm.k": "3", **query}.items())):
        seen_here = []
        for name in walk:
            if visit.session.page != name:
                visit.session.page = name
            visit.settle()
            session, charts = visit.session, PAGES[PAGE_NAMES.index(name)].charts
            wholes = session.scene.wholes([chart.key(session.measure) for chart in charts]) if session.scene else {}
            drawn = {key: str(each) if isinstance(each, Exception) else each.round(6).tolist()
                     for key, each in wholes.items()}  # fmt: skip
            seen_here.append((name, session.problem, drawn, shown(visit)))
        found.append(seen_here)
    assert FORBIDDEN not in str(found[0])
    for one, other in zip(*found, strict=True):
        assert one == other


@one_policy
@FEWER
@given(page=st.sampled_from(PAGE_NAMES), text=SQL)
def test_sql_in_every_box_that_takes_text(shops, workbenches, page, text):
    found, boxes = [], []
    for visit in workbenches(f"?rfm.k=3&page={page}"):
        here = [part for part in parts([*visit.workbench.page.main, *visit.workbench.page.sidebar])
                if "Text" in type(part).__name__ and hasattr(part, "value_input")]  # fmt: skip
        boxes.append([box.label for box in here])
        for box in here:
            box.value_input = text
            box.param.trigger("enter_pressed")
            box.value = text
            visit.settle()
        found.append((visit.session.problem, shown(visit)))
    # What was typed is still in its box, and is no row.
    assert FORBIDDEN not in str(found[0]).replace(repr(text), "").replace(text, "")
    assert boxes[0] == boxes[1] and {"Name of this view", "Link to this view"} <= set(boxes[0])
    assert found[0] == found[1]
