"""A session: what a visitor does, as a URL and as words; back, forth and cleared; rows that arrive."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from crossfilter.desk import CHARTS, Desk
from crossfilter.mirror import Mirror, as_batch, shop_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel import answers
from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.dimensions import DIMENSIONS
from retail_panel.store import Shelf, Store

ROWS = shop_rows(seed=31, lines=400)
LINES = Key((), "lines")


@pytest.fixture(scope="module")
def shop():
    """A store with order lines of ten weeks; tests only read it."""
    store = Store()
    store.append(as_batch(ROWS))
    yield store
    store.close()


@pytest.fixture(scope="module")
def scenes(shop):
    """Scenes that visitors one after the other share."""
    return Scenes(shop, Shelf(), "GBP")


@pytest.fixture
def desk(shop, scenes):
    """A visitor who has opened the page."""
    desk = Desk(shop, scenes)
    desk.open("rfm.k=3")
    yield desk
    desk.session.close()
    desk.settle()


def code_of(session, name, label):
    """Return the code of a bar."""
    return session.scene.coded.bins[name].labels.index(label)


def click(desk, label, add=False, name="channel"):
    """Click a bar and wait."""
    desk.session.click(CHARTS[name], code_of(desk.session, name, label), add)
    return desk.settle().selection.clauses.get(name)


def test_clicks_pick_add_and_let_go(desk):
    assert click(desk, "Online") == Values(("Online",))
    assert click(desk, "In-store") == Values(("In-store",))
    assert set(click(desk, "Online", add=True).values) == {"In-store", "Online"}
    assert click(desk, "In-store", add=True) == Values(("Online",))
    assert click(desk, "Online") is None
    assert click(desk, "Online", add=True) == Values(("Online",))
    click(desk, "In-store", add=True)
    assert click(desk, "(none)", add=True) is None
    assert desk.session.query == "rfm.k=3"


def test_clicking_other_picks_all_the_rest(desk):
    clause = click(desk, desk.session.scene.coded.bins["store"].labels[-1], name="store")
    assert clause.values == desk.session.scene.coded.bins["store"].rest
    parts = desk.screen.tiles[-1].now
    rest = ROWS.store.fillna("(none)").isin(clause.values)
    assert parts["net_sales"] == pytest.approx(ROWS.amount[rest].sum())


def test_clearing_one_and_all(desk):
    click(desk, "Online")
    desk.session.brush(CHARTS["rhythm"], ((9, 12), (0, 5)), True)
    desk.settle()
    assert set(desk.session.selection.clauses) == {"channel", "hour", "weekday"}
    desk.session.clear(CHARTS["rhythm"].dims)
    assert set(desk.settle().selection.clauses) == {"channel"}
    desk.session.clear()
    assert desk.settle().selection.clauses == {} and desk.screen.shown[-1][2] == {}


def test_undo_and_redo_restore_every_kind_of_state(desk):
    session = desk.session
    states = [session.query]
    for act in (
        lambda: session.click(CHARTS["channel"], 0, False),
        lambda: setattr(session.scope, "tier", ["Gold"]),
        lambda: setattr(session, "measure", "orders"),
        lambda: setattr(session.pipeline, "frequency", "days"),
        lambda: session.brush(CHARTS["time"], ((2, 5),), True),
    ):
        act()
        desk.settle()
        states.append(session.query)
    assert len(set(states)) == 6
    for state in [*reversed(states[:-1])]:
        session.undo()
        assert desk.settle().query == state == urlencode(session.state())
    assert desk.screen.shown[-1][2] == {} and session.scene.query == {}
    for state in states[1:]:
        session.redo()
        assert desk.settle().query == state
    session.redo()
    assert desk.settle().query == states[-1]
    assert list(desk.screen.shown[-1][2]) == ["channel", "ordered_at"]
    session.undo()
    session.clear()
    desk.settle()
    assert session.history.future == []


def test_a_link_restores_the_exact_view(desk, shop):
    session = desk.session
    session.scope.param.update(kind=["Full Price", "Discount"], leave_out=["guests"])
    desk.settle()
    session.brush(CHARTS["time"], ((5, 30),), True)
    click(desk, "(none)")
    session.param.update(measure="orders", compare="same period last year", page="segments")
    desk.settle()
    other = Desk(shop, desk.scenes)
    other.open(f"?{session.query}")
    assert other.session.query == session.query and other.session.problem == ""
    assert other.session.sentence() == session.sentence()
    for (one, two) in zip(desk.screen.shown[-1][:2], other.screen.shown[-1][:2], strict=True):
        assert {key: array.tolist() for key, array in one.items()} == {k: array.tolist() for k, array in two.items()}
    assert other.screen.tiles[-1].now == desk.screen.tiles[-1].now
    other.session.close()


def test_scope_and_selection_as_sentences(desk):
    desk.session.scope.param.update(channel=["Online"], leave_out=["zero-price", "guests"])
    desk.session.selection.set({"recency_days": Range(None, 30)})
    assert desk.session.sentence() == (
        "Channel is Online; without zero price; without guests", "Recency under 30\u00a0days",
    )  # fmt: skip
    desk.session.scope.channel = []
    desk.session.scope.leave_out = []
    assert desk.session.sentence()[0] == ""


parameters = st.sampled_from(
    [*DIMENSIONS, *(f"sel.{name}" for name in DIMENSIONS), "without", "within.scope", "within.selection", "rfm.k",
     "rfm.frequency", "rfm.method", "rfm.returns", "measure", "compare", "page", "sel.", "sel", "utm", ""]
)  # fmt: skip
values = st.text(max_size=12) | st.sampled_from(
    ["Online", "1..5", "..", "x..y", "2024-03-01..2024-04-01", "..0001-01-01", "2024-01-01..2023-01-01", "7",
     "²", "99", "orders", "guests", "guests,", "sel.amount=x", "channel=Online", "sel.segment=Lost", "1e999..", "nan..",
     "%ff", "-1"]
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(parameters, values), max_size=6) | st.text(max_size=60))
def test_no_address_is_too_odd(shop, given_address):
    address = given_address if isinstance(given_address, str) else urlencode(given_address)
    desk = Desk(shop)
    desk.session.restore(address)
    assert isinstance(desk.session.sentence(), tuple)
    again = Desk(shop)
    again.session.restore(desk.session.query)
    assert again.session.query == desk.session.query and again.session.problem == ""


ODD = (
    ("colour=red", ""), ("page=7", "page"), ("sel.colour=red", "colour"), ("measure=happiness", "measure"),
    ("rfm.k=99", "k="), ("rfm.k=²", "k="), ("rfm.k=many", "k="), ("without=tourists", "tourists"),
    ("amount=1", "LOW..HIGH"), ("sel.amount=5..1", "below"), ("sel.ordered_at=..0001-01-01", "a day such as"),
    ("within.scope=amount%3Dx", "LOW..HIGH"), ("within.selection=sel.x%3D1", "no such dimension"),
    ("within.scope=rfm.k%3D77", "rfm.k"), ("compare=mood", "compare"),
)  # fmt: skip


@pytest.mark.parametrize(("address", "word"), ODD)
def test_what_cannot_be_read_is_told_and_the_rest_is_taken(desk, address, word):
    session = desk.open(f"channel=Online&{address}&sel.kind=Return&rfm.frequency=days&without=guests"
                        if "without" not in address else f"channel=Online&{address}&sel.kind=Return&rfm.frequency=days")
    assert word in session.problem and bool(word) == bool(session.problem)
    assert (session.scope.channel, session.pipeline.frequency) == (["Online"], "days")
    assert session.selection.clauses == {"kind": Values(("Return",))}
    assert desk.screen.tiles[-1].now["net_sales"] == pytest.approx(_returns_online("without" not in address))


def _returns_online(known):
    keep = (ROWS.channel == "Online") & (ROWS.kind == "Return")
    return ROWS.amount[keep & ROWS.customer_id.notna() if known else keep].sum()


def test_garbage_on_every_dimension_still_shows_the_page(desk):
    query = {f"sel.{name}": "nonsense" for name, d in DIMENSIONS.items() if d.kind == "category"}
    session = desk.open(urlencode(query))
    assert session.problem == "" and desk.screen.tiles[-1].now["net_sales"] == 0
    assert all(not array.any() for array in desk.screen.shown[-1][1].values())


def test_the_problem_goes_with_the_next_act(desk):
    desk.open("sel.amount=x")
    assert desk.session.problem
    click(desk, "Online")
    assert desk.session.problem == ""


def test_a_filter_typed_by_hand_is_moved_to_whole_pieces(desk):
    session = desk.session
    session.filter("amount", "11.3..")
    desk.settle()
    clause = session.selection.clauses["amount"]
    assert clause.low in session.scene.coded.bins["amount"].edges
    assert session.query == urlencode({"sel.amount": clause.encode(DIMENSIONS["amount"]), "rfm.k": 3})
    mirror = Mirror(ROWS, session.scene)
    assert desk.screen.tiles[-1].now["net_sales"] == pytest.approx(
        mirror.figure("net_sales", mirror.mask({"amount": clause}))
    )
    session.undo()
    assert desk.settle().selection.clauses == {}
    session.redo()
    assert desk.settle().selection.clauses == {"amount": clause}
    session.filter("amount", "")
    assert desk.settle().selection.clauses == {}


def test_a_brush_follows_into_coarser_pieces_and_back(empty_store):
    empty_store.append(as_batch(shop_rows(seed=4, lines=300, days=200)))
    desk = Desk(empty_store)
    session = desk.open("ordered_at=2024-03-01..2024-03-31&rfm.k=3")
    session.brush(CHARTS["time"], ((4, 6),), True)
    fine = desk.settle().query
    assert parse_qs(fine)["sel.ordered_at"] == ["2024-03-05..2024-03-07"]
    session.scope.param.update(since=None, until=None)
    assert desk.settle().scene.coded.bins["ordered_at"].step == "week"
    assert parse_qs(session.query)["sel.ordered_at"] == ["2024-03-04..2024-03-11"]
    assert desk.screen.shown[-1][2] == session.selection.clauses
    session.undo()
    assert desk.settle().query == fine
    session.redo()
    assert "sel.ordered_at=2024-03-04..2024-03-11" in desk.settle().query
    session.close()


def test_a_selection_of_lines_made_scope(desk):
    session = desk.session
    session.scope.kind = ["Full Price", "Return"]
    desk.settle()
    session.selection.set({"kind": Values(("Return", "Discount")), "weekday": Values(("Mon",))})
    session.brush(CHARTS["time"], ((10, 20),), True)
    desk.settle()
    before, customers = desk.screen.tiles[-1].now, session.scene.population.customers
    session.make_scope()
    desk.settle()
    assert session.selection.clauses == {} and session.scope.kind == ["Return"]
    assert session.scope.others == {"weekday": Values(("Mon",))} and session.scope.since
    assert desk.screen.tiles[-1].now["net_sales"] == before["net_sales"]
    assert session.scene.population.customers < customers
    assert session.pipeline.k == 3
    session.undo()
    assert "kind" in desk.settle().selection.clauses


def test_a_selection_of_customers_made_scope(desk, shop):
    session = desk.session
    session.scope.brand = ["North"]
    desk.settle()
    click(desk, "Lost", name="segment")
    desk.session.brush(CHARTS["recency"], ((3, 40),), True)
    desk.settle()
    mirror = Mirror(ROWS, session.scene, ROWS.brand == "North")
    members = set(mirror.rows.customer_id[mirror.mask(session.selection.clauses)])
    assert members
    session.make_scope()
    desk.settle()
    inside = (ROWS.brand == "North") & ROWS.customer_id.isin(members)
    assert session.selection.clauses == {} and "customers of an earlier selection" in session.sentence()[0]
    assert session.scene.wholes([LINES])[LINES] == inside.sum()
    assert session.scene.population.customers <= len(members)
    other = Desk(shop, desk.scenes)
    other.open(session.query)
    assert other.session.query == session.query
    assert other.session.scene.wholes([LINES])[LINES] == inside.sum()
    other.session.pipeline.monetary = "gross"
    assert other.settle().scene.wholes([LINES])[LINES] == inside.sum()
    click(other, "Lost", name="segment")
    other.session.make_scope()
    assert other.settle().problem == "" and other.session.scope.within[0].count("within.scope") == 1
    assert 0 < other.session.scene.wholes([LINES])[LINES] <= inside.sum()
    other.session.close()


def test_customers_made_scope_stay_though_the_definition_changes(desk):
    session = desk.session
    name = session.scene.population.clusters[0].name
    session.selection.set({"cluster": Values((name,))})
    desk.settle()
    session.make_scope()
    lines = desk.settle().scene.wholes([LINES])[LINES]
    assert lines > 0
    session.pipeline.param.update(k=5, frequency="lines", monetary="gross")
    assert desk.settle().scene.wholes([LINES])[LINES] == lines


@pytest.mark.parametrize(("scope", "selection"), [
    ({"channel": "Online"}, {"channel": Values(("In-store",))}),
    ({"amount": "0..10"}, {"amount": Range(400_000, None)}),
    ({}, {"channel": Values(())}),
])  # fmt: skip
def test_a_selection_outside_the_scope_cannot_become_scope(desk, scope, selection):
    session = desk.open(urlencode(scope))
    session.selection.set(selection)
    desk.settle()
    before = session.query
    session.make_scope()
    assert desk.settle().query == before and "outside the scope" in session.problem


def test_no_selection_makes_no_scope(desk):
    before = desk.session.query
    desk.session.make_scope()
    assert desk.session.query == before and desk.jobs == []


@pytest.fixture
def growing(empty_store):
    """A visitor of a store that grows."""
    empty_store.append(as_batch(ROWS.iloc[:200]))
    desk = Desk(empty_store)
    desk.open("rfm.k=3")
    yield desk
    desk.session.close()
    desk.settle()


def more(desk, start=200, count=20):
    """Append some rows."""
    desk.store.append(as_batch(ROWS.iloc[start : start + count]))


def test_new_rows_are_noticed_and_the_brush_stays(growing):
    session = growing.session
    session.brush(CHARTS["recency"], ((0, 3),), True)
    growing.settle()
    assert not session.tick()
    more(growing)
    query = session.query
    assert session.tick() and not session.busy and not session.tick()
    growing.settle()
    assert (session.scene.version, session.query) == (2, query) and growing.screen.shown[-1][2]
    assert not session.tick() and growing.screen.tiles[-1].now
    assert session.scene.wholes([LINES])[LINES] == 220


def test_new_rows_wait_while_paused(growing):
    growing.session.paused = True
    more(growing)
    assert not growing.session.tick() and growing.session.answers.behind
    growing.session.paused = False
    assert growing.session.tick()


def test_a_fast_feed_never_keeps_the_screen_from_settling(growing):
    session = growing.session
    for place in range(3):
        more(growing, 200 + 20 * place)
        assert session.tick()
        growing.work()
        growing.show()
        more(growing, 300 + 20 * place)
        assert not session.busy and not session.tick()
        growing.settle()
        assert session.answers.settled and growing.screen.tiles[-1].span
    assert len(growing.screen.tiles) == 4


@pytest.mark.parametrize(("has_studies", "short"), [(False, 0.2), (True, 0.4)])
def test_the_screen_rests_a_part_of_what_a_refresh_took_but_not_longer_than_was_set(
    growing, monkeypatch, has_studies, short
):
    session, clock = growing.session, [time.monotonic()]
    if has_studies:
        session.answers.study(lambda ticket: iter(()))
        growing.settle()
    monkeypatch.setattr(answers.time, "monotonic", lambda: clock[0])
    session.rest_s = 1.0
    for took, rest in ((0.8, short), (30.0, 1.0)):
        more(growing, count=1)
        clock[0] += 60
        assert session.tick()
        clock[0] += took
        growing.settle()
        more(growing, count=1)
        clock[0] += rest - 0.01
        assert not session.tick()
        clock[0] += 0.02
        assert session.tick()
        growing.settle()


def _studied(ticket):
    yield lambda: None


def _failing(ticket):
    raise RuntimeError("this study fails")
    yield


@pytest.mark.parametrize("last", [_studied, _failing])
def test_rows_that_arrive_let_studies_end(growing, caplog, last):
    session = growing.session
    works = iter([_studied, _studied, last, last])
    more(growing)
    session.answers.study(lambda ticket: next(works)(ticket), at_once=2)
    assert not session.tick()
    session.answers.study(lambda ticket: next(works)(ticket), at_once=2)
    growing.settle()
    assert session.tick()
    growing.settle()
    session.answers.study(_studied, at_once=2)
    session.scope.channel = ["Online"]
    growing.settle()
    more(growing, count=300)
    assert session.tick()


def test_who_is_late_goes_on_with_the_others_and_all_wait_while_anybody_brushes(growing, monkeypatch):
    session, scenes, clock = growing.session, growing.session.answers.scenes, [time.monotonic()]
    monkeypatch.setattr(answers.time, "monotonic", lambda: clock[0])
    session.rest_s = 1.0
    for asked, brushed, rest in ((False, False, 0.2), (True, False, 0.05), (True, True, 2.0)):
        more(growing, count=1)
        clock[0] += 60
        assert session.tick()
        clock[0] += 0.8
        growing.settle()
        more(growing, count=1)
        if asked:
            scenes.give_back(scenes.take({}, definition_of(session.pipeline), newer_than=session.answers.key)[0])
        clock[0] += rest - 0.01
        if brushed:
            scenes.note_brush()
        assert not session.tick()
        clock[0] += 0.02
        assert session.tick()
        growing.settle()


def test_a_brush_meanwhile_does_not_begin_the_refresh_anew(growing):
    session = growing.session
    more(growing)
    assert session.tick()
    refresh, growing.jobs = growing.jobs, []
    session.brush(CHARTS["recency"], ((0, 3),), True)
    growing.settle()
    assert growing.screen.shown[-1][2] and not session.tick()
    growing.jobs = refresh
    growing.settle()
    assert session.scene.version == 2 and growing.screen.shown[-1][2] == session.selection.clauses


def test_an_empty_store_is_told_and_filled_later(empty_store, make_lines):
    desk = Desk(empty_store)
    session = desk.open("sel.channel=Online&ordered_at=2024-01-01..2024-02-01")
    assert not session.scene.has_rows and (session.problem, session.busy) == ("", False)
    assert desk.screen.shown[-1][:2] == ({}, {}) and desk.screen.tiles[-1].span is None
    session.brush(CHARTS["time"], ((0, 1),), True)
    session.click(CHARTS["channel"], 0, False)
    assert not desk.settle().tick() and session.problem == ""
    empty_store.append(make_lines(amount=[1, 2, 4], channel=["Online", "In-store", "Online"]))
    assert session.tick()
    desk.settle()
    assert session.scene.has_rows and desk.screen.tiles[-1].now["net_sales"] == 5
    session.close()


def test_a_source_without_customers_and_a_link_that_names_segments(empty_store, make_lines):
    days = [f"2024-01-0{day}" for day in range(1, 7)]
    empty_store.append(make_lines(ordered_at=days, amount=2, channel=["Online", "In-store"] * 3))
    desk = Desk(empty_store)
    session = desk.open("sel.segment=Lost&ordered_at=2024-01-04..2024-01-07")
    assert session.problem == "" and session.scene.population is None
    assert desk.screen.tiles[-1].now["net_sales"] == desk.screen.tiles[-1].before["net_sales"] == 0
    session.make_scope()
    assert desk.settle().problem == "" and session.scene.wholes([LINES])[LINES] == 0
    session.close()


def test_a_scope_without_lines(desk):
    session = desk.open("ordered_at=2031-01-01..2031-02-01&sel.segment=Lost")
    assert session.problem == "" and session.scene.has_rows
    assert desk.screen.tiles[-1].now["net_sales"] == 0 and desk.screen.tiles[-1].now["average_order_value"] is None
    session.scope.param.update(since=None, until=None)
    assert desk.settle().selection.clauses == {"segment": Values(("Lost",))}


def test_a_brush_on_days_outside_the_new_scope_selects_nothing(desk):
    session = desk.session
    session.brush(CHARTS["time"], ((0, 3),), True)
    desk.settle()
    session.scope.since = session.scene.catalogue.last.date() - timedelta(days=9)
    desk.settle()
    assert desk.screen.tiles[-1].now["net_sales"] == 0 and "ordered_at" in session.selection.clauses


def test_what_the_page_shows_agrees_with_its_address(desk):
    click(desk, "Online")
    desk.session.brush(CHARTS["amount"], ((2, 6),), True)
    session = desk.settle()
    fresh = Desk(desk.store, desk.scenes)
    fresh.open(dict(parse_qsl(session.query)))
    key = CHARTS["segment"].key("x")
    found = [histograms(d.store, d.session.scene.coded, [key], d.session.selection.clauses)[key] for d in (desk, fresh)]
    assert found[0].tolist() == found[1].tolist()
    fresh.session.close()


def test_two_visitors_share_no_state(shop):
    one, other = Desk(shop), Desk(shop)
    one.session.scope.channel.append("Online")
    one.session.selection.set({"kind": Values(("Return",))})
    one.session.history.visit("a")
    assert other.session.scope.channel == [] and other.session.selection.clauses == {}
    assert other.session.history.past == []
