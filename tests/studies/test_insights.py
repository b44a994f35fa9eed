"""The insights page against pandas on the demo data, and what a user does there."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest
from pages.visitor import read

from retail_panel import demo, intake
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.crossfilter.selection import Selection
from retail_panel.insight.actions import load_actions
from retail_panel.pages.action_editor import ActionEditor, OwnActions
from retail_panel.pages.finding_list import FindingList
from retail_panel.pages.segment_cards import SegmentCards, segment_html
from retail_panel.portal.person import LOCAL
from retail_panel.store import Shelf, Store
from retail_panel.studies import Nothing
from retail_panel.studies.insights import ACTION_WORTH, FINDINGS, SEGMENT_SHARES
from retail_panel.studies.insights.action_worth import worth_study
from retail_panel.studies.insights.findings import heading, periods
from studies.bench import DEFINITION, LOOK, answered

SCOPE = {"ordered_at": "2026-01-01..2026-11-01"}
ONLINE = Values(("Online",))


@pytest.fixture(scope="module")
def rows(scene):
    store = scene.coded.store
    found = store.ask(scene.scoped).to_pandas()
    scored = store.ask(scene.population.table).to_pandas().set_index("customer_key")
    names = dict(enumerate(group.name for group in scene.population.segments))
    return found.assign(segment=found["customer_key"].map(scored["segment"]).map(names), money=found["amount"] / 10_000)


@pytest.mark.parametrize("filters", [{}, {"channel": ONLINE}])
def test_findings_name_their_figures(scene, rows, filters):
    found, table, says = answered(scene, FINDINGS, **filters)
    rows = rows[rows["channel"] == "Online"] if filters else rows
    assert table["Finding"].tolist() == [finding.sentence for finding in found]
    electronics = next(f for f in found if f.name == "average_transaction_value.category.Electronics")
    own, rest = (
        part.groupby(["category", "order_key"])["money"].apply(lambda money: money.abs().sum()).mean()
        for part in (rows[rows["category"] == "Electronics"], rows[rows["category"] != "Electronics"])
    )
    assert [figure.value for figure in electronics.evidence.figures] == pytest.approx([own, rest])
    assert electronics.selection == {"category": Values(("Electronics",))}
    assert heading(electronics) == "Electronics: average transaction value"
    beyond = sum(finding.beyond_noise for finding in found)
    assert says.startswith(f"{beyond} findings are beyond noise") and says.endswith("corrected together.")


def test_no_finding_speaks_of_what_has_no_name(scene):
    found = answered(scene, FINDINGS)[0]
    assert not any("(none)" in finding.sentence or "Other (" in finding.sentence for finding in found)


def test_channels_whose_values_are_alike_are_not_told_apart(scene):
    quiet = [f for f in answered(scene, FINDINGS)[0] if not f.beyond_noise]
    assert [heading(f) for f in quiet if f.name.endswith("channel")] == ["Average transaction value"]


def test_a_finding_that_moves_more_comes_first(scene):
    strengths = [f.strength for f in answered(scene, FINDINGS)[0] if f.beyond_noise]
    assert strengths == sorted(strengths, reverse=True)


def test_what_is_drawn_at_random_is_not_told_apart(tmp_path):
    demo.demo_seed_layout(3).to_csv(tmp_path / "seed.csv", index=False)
    store = Store()
    intake.load(str(tmp_path / "seed.csv"), store)
    found = answered(Scenes(store, Shelf(), "GBP").take({}, DEFINITION)[1], FINDINGS)[0]
    store.close()
    quiet = {"channel", "category", "tier"}
    assert quiet <= {f.name.split(".")[1] for f in found if not f.beyond_noise and "." in f.name}
    assert not quiet & {f.name.split(".")[1] for f in found if f.beyond_noise and "." in f.name}


def test_periods():
    moment = dt.datetime
    assert periods(moment(2024, 1, 1), moment(2025, 12, 31, 12)) == (
        (dt.date(2024, 1, 2), dt.date(2025, 1, 1)), (dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    )  # fmt: skip
    assert periods(moment(2026, 1, 1), moment(2026, 3, 10)) == (
        (dt.date(2026, 1, 14), dt.date(2026, 2, 11)), (dt.date(2026, 2, 11), dt.date(2026, 3, 11)),
    )  # fmt: skip
    assert periods(moment(2026, 1, 1), moment(2026, 2, 1)) is None


@pytest.mark.parametrize("filters", [{}, {"channel": ONLINE}])
def test_shares_of_segments(scene, rows, filters):
    described, table, says = answered(scene, SEGMENT_SHARES, {"by": "segment"}, **filters)
    known = rows[rows["segment"].notna()]
    known = known[known["channel"] == "Online"] if filters else known
    groups, table = known.groupby("segment"), table.set_index("Group")
    customers, net = groups["customer_key"].nunique(), groups["money"].sum()
    assert table["Customers"].to_dict() == customers.to_dict()
    assert table["Share of customers"].to_dict() == pytest.approx((customers / customers.sum()).to_dict())
    assert table["Share of net sales"].to_dict() == pytest.approx((net / net.sum()).to_dict())
    assert table["Average transaction value"].to_dict() == pytest.approx(
        (groups["money"].apply(lambda money: money.abs().sum()) / groups["order_key"].nunique()).to_dict()
    )
    assert says.startswith(f"{net.idxmax()} bring most") and f"{net.max() / net.sum():.1%}" in says
    place = list(table.index).index("Loyal")
    click = SEGMENT_SHARES.publish(described, 0.1, len(table) - place - 0.5)
    assert click == {"segment": Values(("Loyal",))} and SEGMENT_SHARES.publish(described, 0.1, 40) is None


def test_segments_do_not_narrow_themselves(scene):
    whole = answered(scene, SEGMENT_SHARES, {"by": "segment"})[1]
    assert whole.equals(answered(scene, SEGMENT_SHARES, {"by": "segment"}, segment=Values(("Loyal",)))[1])


def test_worth(scene, rows):
    _, table, says = answered(scene, ACTION_WORTH, {"by": "segment"})
    days = (rows["ordered_at"].max().normalize() - rows["ordered_at"].min().normalize()).days + 1
    assert days == 304
    actions = {(action.group, action.action): action for action in load_actions()}
    spent = rows[rows["segment"].notna()].groupby("segment")
    for row in table.itertuples(index=False):
        people, net = spent["customer_key"].nunique()[row[0]], spent["money"].sum()[row[0]]
        change = actions[row[0], row[1]].change_percent / 100
        assert (row[3], row[7]) == pytest.approx((net * 365 / days * change, people))
        assert row[4] < row[3] < row[5]
    assert table["Gain"].is_monotonic_decreasing and says == table["Assumption"][0]
    assert "is an assumption" in says
    quarter = answered(scene, ACTION_WORTH, {"by": "segment", "horizon": "91"})[1]
    assert quarter["Gain"].sum() == pytest.approx(table["Gain"].sum() * 91 / 365)


def test_worth_follows_the_actions_of_the_user(scene):
    own = [action for action in load_actions() if action.group == "Loyal"][:1]
    study = worth_study(lambda: own)
    answer, table, _ = answered(scene, study, {"by": "segment"})
    assert table["Group"].tolist() == ["Loyal"]
    assert study.publish(answer, 1.0, -0.1) == {"segment": Values(("Loyal",))}
    assert study.publish(answer, 1.0, -3.0) is None
    empty = worth_study(tuple)
    assert "has none" in empty.says(answer, LOOK) and empty.draw(answer, LOOK) is not None


def test_a_day_is_not_stretched_to_a_year(demo_scenes):
    one_day = demo_scenes.take({"ordered_at": "2025-11-28..2025-11-29"}, DEFINITION)[1]
    with pytest.raises(Nothing, match="from 28 days of sales on; the scope holds 1 day"):
        answered(one_day, ACTION_WORTH)


@pytest.mark.parametrize("study", [FINDINGS, SEGMENT_SHARES, ACTION_WORTH], ids=lambda study: study.name)
def test_nobody_is_told(scene, study):
    with pytest.raises(Nothing, match="Clear the selection"):
        answered(scene, study, brand=Values(("Atlantis",)))


@pytest.fixture
def session(store):
    return SimpleNamespace(selection=Selection(), choices={}, currency="GBP", store=store, owner="ann", person=LOCAL)


def card_of(kind, study, session, **more):
    return kind(study, session, lambda: None, lambda card: None, lambda: LOOK, **more)


def test_a_finding_sets_the_selection_it_speaks_of(scene, session):
    card = card_of(FindingList, FINDINGS, session)
    found = answered(scene, FINDINGS)[0]
    card.show(found)
    texts = [row[0].object for row in card._place]
    assert all(finding.sentence[:20] in text for finding, text in zip(found, texts, strict=False))
    assert "corrected for all comparisons" in " ".join(texts)
    place = next(i for i, finding in enumerate(found) if "category" in finding.selection)
    card._place[place][1].param.trigger("clicks")
    assert session.selection.clauses == found[place].selection
    card.show(found[:2])
    assert [row.visible for row in card._place] == [True, True] + [False] * (len(card._place) - 2)
    card.show(Nothing("No order lines are selected."))
    assert not card._place.visible


def test_a_card_of_a_segment(scene, session):
    seen = []
    card = card_of(SegmentCards, SEGMENT_SHARES, session, actions=load_actions, described=seen.append)
    described = answered(scene, SEGMENT_SHARES, {"by": "segment"})[0]
    card.show(described)
    assert seen == [described] and len(card.cards) == len(described.facts)
    first = card.cards[0]
    assert "Champions" in first[0].object and "VIP programme" in first[0].object
    first[1].param.trigger("clicks")
    assert session.selection.clauses == {"segment": Values(("Champions",))}
    html = segment_html(described, described.facts[0], (), "GBP")
    assert "No action is in the table" in html and f"{described.facts[0].customers:,}" in html
    card.show(Nothing("No scored customer is selected."))
    assert not card.cards.visible


def test_actions_are_kept_for_one_user(store):
    ann, ben = OwnActions(store, "ann"), OwnActions(store, "ben")
    assert ann.present() == load_actions() and not ann.is_own
    ann.keep(load_actions()[:3])
    assert OwnActions(store, "ann").present() == load_actions()[:3] and OwnActions(store, "ann").is_own
    assert OwnActions(store, "ben").present() == ben.present() == load_actions()
    assert store.saved_views("ann") == {}
    ann.keep(None)
    assert OwnActions(store, "ann").present() == load_actions()


def test_editing_actions(store):
    own, told = OwnActions(store, "ann"), []
    editor = ActionEditor(own, lambda: told.append(own.present()))
    editor.offer(["Lost", "Loyal"])
    (line,) = editor._lines
    line._fields["change_percent"].value = "250"
    editor._save()
    assert editor._fault.visible and "Line 1, Sales rise, %: '250'; allowed:" in read(editor._fault.object) and not told
    line._fields["change_percent"].value = "12.5"
    editor._add()
    fresh = editor._lines[1]._fields
    fresh["action"].value, fresh["why"].value = "Postcard", "They <b>like</b> post."
    editor._save()
    assert not editor._fault.visible and len(told) == 1
    kept = [action for action in OwnActions(store, "ann").present() if action.group == "Lost"]
    assert [(action.action, action.change_percent) for action in kept] == [("Win-back", 12.5), ("Postcard", 5.0)]
    others = [action for action in load_actions() if action.group != "Lost"]
    assert [action for action in own.present() if action.group != "Lost"] == others
    editor.remove(editor._lines[0])
    editor._save()
    assert [action.action for action in own.present() if action.group == "Lost"] == ["Postcard"]
    editor._group.value = "Loyal"
    assert len(editor._lines) == len([action for action in others if action.group == "Loyal"])
    editor._reset()
    assert own.present() == load_actions() and len(told) == 3 and "built-in" in editor._words.object


def test_words_of_a_user_are_no_markup(scene):
    described = answered(scene, SEGMENT_SHARES, {"by": "segment"})[0]
    odd = [SimpleNamespace(action="<script>", why="<b>", channel="", group="Champions")]
    html = segment_html(described, described.facts[0], odd, "GBP")
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_tables_hold_figures(scene):
    _, table, _ = answered(scene, SEGMENT_SHARES)
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in SEGMENT_SHARES.units)
