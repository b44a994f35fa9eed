"""Whatever a visitor asks, a store with rows that they may not see answers as one without those rows does."""

from dataclasses import replace

import numpy as np
from crossfilter.desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portal.two_shops import permitted, person

from retail_panel.pages.contents import PAGES
from retail_panel.pages.customer_lookup import customer_key
from retail_panel.portal.person import LOCAL
from retail_panel.store import RowPolicy
from retail_panel.studies import Asking

SLY = (
    "' OR 1=1 --", "x'); DROP TABLE order_line; --", '"', "South", "Silver", "order_line", "scratch.main.s1_lines",
    "\x00",
)  # fmt: skip
NAMES = ("brand", "channel", "store", "country", "category", "tier", "ordered_at", "amount", "segment", "kind")
TEXTS = ("South", "North", "Online", "In-store", "2024-02-20..2024-03-20", "..", "10..", "Champions", "Gold", *SLY)


def seen(desk):
    """Return all that is on the screen of a visitor, in plain values."""
    session, screen = desk.session, desk.screen
    scene = session.scene
    if scene is None:
        return {"problem": session.problem}
    known = scene.catalogue
    wholes, parts, _ = screen.shown[-1]
    return {
        "catalogue": (known.rows, known.counts, known.worth, known.first, known.last, known.amounts, known.marks,
                      known.columns),
        "bins": {name: repr(cut) for name, cut in scene.coded.bins.items()},
        "charts": {key: np.round(array, 6).tolist() for found in (wholes, parts) for key, array in found.items()},
        "tiles": repr(screen.tiles[-1]),
        "scores": scene.population and (scene.population.customers, scene.population.edges, scene.population.held,
                                        scene.population.reference_day, repr(scene.population.segments)),
        "rows": scene.rows, "problem": session.problem, "words": session.sentence(),
    }  # fmt: skip


QUERIES = st.fixed_dictionaries(
    {}, optional={
        **{name: st.sampled_from(TEXTS) for name in NAMES},
        **{f"sel.{name}": st.sampled_from(TEXTS) for name in NAMES},
        "page": st.sampled_from([page.name for page in PAGES] + list(SLY)),
        "measure": st.sampled_from(("customers", "net_sales", *SLY)),
        "within.scope": st.sampled_from(("", "brand=South", "rfm.k=3", *SLY)),
        "within.selection": st.sampled_from(("sel.brand=South", "sel.tier=Silver", "sel.segment=Champions", *SLY)),
        "of.customers.who": st.sampled_from(("c1", *SLY)),
        "owner": st.just("local"), "policy": st.just("EVERYTHING"),
    },
)  # fmt: skip


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, then=st.lists(st.sampled_from(("make_scope", "undo", "redo", "clear", "page")), max_size=3))
def test_no_address_no_selection_and_no_cache_tells_of_other_rows(shops, query, then):
    policy, both, _ = shops
    found = []
    for store, scenes in both:
        desk = Desk(store, scenes, person=person(policy))
        try:
            desk.open({"rfm.k": "3", **query})
            for what in then:
                if what == "page":
                    desk.session.page = "data"
                else:
                    getattr(desk.session, what)()
                desk.settle()
            found.append(seen(desk))
        finally:
            desk.session.close()
            desk.settle()
    assert found[0] == found[1]


def test_a_brush_moves_over_permitted_rows_only(shops):
    policy, both, _ = shops
    moved = []
    for store, scenes in both:
        desk = Desk(store, scenes, person=person(policy))
        session = desk.open("rfm.k=3")
        chart = desk.screen.charts[0]
        session.answers.brush.activate(chart)
        desk.settle()
        session.brush(chart, ((0, 4),), final=False)
        desk.settle()
        moves = [parts for _, parts in desk.screen.moves]
        moved.append([{key: np.round(array, 6).tolist() for key, array in parts.items()} for parts in moves])
        session.close()
        desk.settle()
    assert moved[0] == moved[1] and moved[0]


def test_saved_views_are_ones_own_and_opening_one_of_others_shows_no_row_of_theirs(shops):
    policy, both, _ = shops
    store, scenes = both[0]
    desk = Desk(store, scenes, person=person(policy))
    session = desk.open("rfm.k=3")
    assert session.store.saved_views(session.owner) == {}
    session.restore(session.store.saved_views("local")["a view of all"])
    desk.settle()
    shown = session.scene.coded.table
    lines = session.store.ask(session.store.lines.filter(session.store.lines.brand == "South"))
    assert permitted(lines.to_pandas(), policy).all()
    assert session.store.ask(shown.count().as_table()).column(0)[0].as_py() == session.scene.rows <= lines.num_rows
    session.close()
    desk.settle()


def test_nobody_is_looked_up_beyond_permitted_rows(shops):
    policy, both, others = shops
    store, scenes = both[0]
    desk = Desk(store, scenes, person=person(policy))
    session = desk.open("rfm.k=3")
    theirs = set(session.store.ask("SELECT customer_id FROM customer").column(0).to_pylist())
    asking = Asking(session.store, session.scene)
    for who in set(others.customer_id.dropna()):
        assert (customer_key(asking, who) is not None) == (who in theirs)
    masked = Desk(store, scenes, person=person(replace(policy, masked=True)))
    hidden = masked.open("rfm.k=3")
    asking = Asking(hidden.store, hidden.scene)
    who = sorted(theirs)[0]
    assert customer_key(asking, who) is None
    assert customer_key(asking, store.pseudonyms.of(who)) is not None
    assert hidden.scene is not session.scene
    for each in (desk, masked):
        each.session.close()
        each.settle()


def test_what_visitors_hold_has_no_way_past_the_policy(shops):
    policy, both, _ = shops
    store, scenes = both[0]
    desk = Desk(store, scenes, person=person(policy))
    session = desk.open("rfm.k=3")
    for other in (LOCAL.policy, RowPolicy((("brand", ("South",)),))):
        key, scene = None, None
        try:
            key, scene = session.answers.scenes.take({}, {}, other)
        except Exception as error:
            assert "one row policy" in str(error) or "unexpected" in str(error)
        if scene is not None:
            assert scene.policy == policy
            session.answers.scenes.give_back(key)
    assert not {name for name in dir(session.store) if name in ("engine", "loading", "append", "audit", "add_audit")}
    session.close()
    desk.settle()
