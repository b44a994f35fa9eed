"""The compare page: which lines A and B stand for, what sets them apart, and what is only noise."""

from urllib.parse import urlencode

import numpy as np
import pytest
from crossfilter.desk import Desk
from crossfilter.mirror import MEASURED, Mirror, as_batch, shop_rows

from pages.visitor import all_of, one, press
from retail_panel.crossfilter.clause import Values
from retail_panel.pages.compare import ComparePage
from retail_panel.pages.compare_answer import COMPARED
from retail_panel.pages.compare_shapes import GAPS, SHAPE_STUDIES, shape_of
from retail_panel.pages.compare_sides import NO_OTHER, SAME
from retail_panel.pages.contents import PAGES
from retail_panel.pages.details import Details
from retail_panel.pages.plain_text import plain

CONTENTS = next(page for page in PAGES if page.name == "compare")
START = "page=compare&rfm.k=3"
ONLINE = {"channel": Values(("Online",))}
WEB = {"sel.channel": "Online"}


class Visit:
    """The page of a visitor."""

    def __init__(self, desk, **more):
        self.desk, self.session = desk, desk.session
        self.details = Details(self.session)
        self.page = ComparePage(CONTENTS, self.session, self.details)
        self.open(**more)

    def open(self, **more):
        """Open an address."""
        self.desk.open("&".join(filter(None, [START, urlencode(more)])))
        return self

    def choose(self, a=None, b=None):
        """Choose A, B or both."""
        for side, value in (("a", a), ("b", b)):
            if value is not None:
                self.page.selects[side].value = value
                self.desk.settle()
        return self

    def select(self, clauses):
        """Select."""
        self.session.selection.set(clauses)
        self.desk.settle()
        return self

    @property
    def found(self):
        """The comparison on the screen."""
        return self.page.cards[0].answer

    @property
    def figures(self):
        """A's and B's figure by measure."""
        return {row.name: (row.a, row.b) for row in self.found.rows}

    @property
    def nothing(self):
        """Why there is no comparison; empty where there is one."""
        return self.page._nothing.object.replace("\\", "") if self.page._nothing.visible else ""


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Compare a few figures and draw one chart, which is quicker."""
    names = ("net_sales", "customers", "orders", "average_order_value", "repeat_rate", "return_rate")
    assert set(names) < set(COMPARED)
    monkeypatch.setattr("retail_panel.pages.compare_answer.COMPARED", names)
    monkeypatch.setattr("retail_panel.pages.compare.SHAPE_STUDIES", ())


@pytest.fixture
def shapes(few, monkeypatch):
    """Draw the distributions too."""
    monkeypatch.setattr("retail_panel.pages.compare.SHAPE_STUDIES", SHAPE_STUDIES)


@pytest.fixture
def visit(desk):
    """A visitor who has the page open and has selected a channel."""
    return Visit(desk, **WEB)


@pytest.fixture
def own(own_desk):
    """A visitor of a store of their own, where views can be saved; nothing is compared yet."""
    return Visit(own_desk, **{"of.compare.a": "scope", "of.compare.b": "scope"})


def expected(mirror, keep):
    """Return figures computed in pandas."""
    figure = lambda name: mirror.figure(name, keep)  # noqa: E731
    return {
        "net_sales": figure("net_sales"), "customers": figure("customers"), "orders": figure("orders"),
        "average_order_value": figure("gross_sales") / figure("orders"),
        "repeat_rate": figure("repeat_customers") / figure("buyers"),
        "return_rate": -figure("returns_value") / figure("gross_sales"),
    }  # fmt: skip


def agree(found, side, wanted):
    """Whether one side's figures are those wanted."""
    return {name: found[name][side] for name in wanted} == pytest.approx(wanted)


def test_the_selection_is_set_beside_everything_else(visit, rows):
    mirror = Mirror(rows, visit.session.scene)
    keep = mirror.mask(ONLINE)
    assert agree(visit.figures, 0, expected(mirror, keep)) and agree(visit.figures, 1, expected(mirror, ~keep))
    assert visit.found.a == "the selection (Channel is Online)" and visit.found.b == "everything else in scope"
    assert [select.value for select in visit.page.selects.values()] == ["selection", "rest"]
    assert "construction" not in visit.page._says.object and visit.session.choices == {}


def test_without_a_selection_the_largest_segment_is_set_beside_the_rest(desk, rows):
    visit = Visit(desk)
    groups = visit.session.scene.population.segments
    largest = max(groups, key=lambda group: group.customers).name
    mirror = Mirror(rows, visit.session.scene)
    keep = mirror.mask({"segment": Values((largest,))})
    assert visit.found.a == f"segment {largest}" and agree(visit.figures, 0, expected(mirror, keep))
    assert agree(visit.figures, 1, expected(mirror, ~keep))
    assert "by construction" in visit.page._says.object


def test_two_segments_obey_the_selection(visit, rows):
    big = sorted(visit.session.scene.population.segments, key=lambda group: -group.customers)[:2]
    visit.open(**WEB, **{f"of.compare.{s}": f"segment:{group.name}" for s, group in zip("ab", big, strict=True)})
    mirror = Mirror(rows, visit.session.scene)
    for side, group in enumerate(big):
        keep = mirror.mask({"segment": Values((group.name,)), **ONLINE})
        assert agree(visit.figures, side, {"net_sales": mirror.figure("net_sales", keep)})
    assert visit.found.a == f"segment {big[0].name} within the selection"
    assert visit.session.choices == {f"compare.{s}": f"segment:{g.name}" for s, g in zip("ab", big, strict=True)}


def test_a_cluster_beside_the_scope(visit, rows):
    name = visit.session.scene.population.clusters[0].name
    visit.open(**{"of.compare.a": "scope", "of.compare.b": f"cluster:{name}"})
    mirror = Mirror(rows, visit.session.scene)
    assert agree(visit.figures, 0, expected(mirror, np.ones(len(rows), bool)))
    assert agree(visit.figures, 1, expected(mirror, mirror.mask({"cluster": Values((name,))})))


def test_swapping_turns_the_differences_round(visit):
    before = visit.figures
    press(one(visit.page.layout, "Button", label="Swap"))
    visit.desk.settle()
    assert visit.figures == {name: (b, a) for name, (a, b) in before.items()}
    assert visit.session.choices == {"compare.a": "rest", "compare.b": "selection"}
    visit.session.undo()
    visit.session.undo()
    visit.desk.settle()
    assert visit.figures == before


def test_distributions_count_the_transactions_and_customers_of_each_side(shapes, visit, rows):
    mirror = Mirror(rows, visit.session.scene)
    keep = mirror.mask(ONLINE)
    for name, cut in (("a", keep), ("b", ~keep)):
        own = mirror.rows[cut]
        counts = getattr(shape_of(visit.found, "transaction"), name)
        assert sum(counts) == own["order"].nunique()
        buyers = mirror.rows[mirror.rows.kind != "Return"].customer_id
        scored = own[own.customer_id.isin(buyers)].customer_id.nunique()
        for measure in ("recency_days", "frequency", "monetary"):
            assert sum(getattr(shape_of(visit.found, measure), name)) == scored
    shares = shape_of(visit.found, "monetary").shares
    assert [sum(side) for side in shares] == pytest.approx([1, 1])
    for card in visit.page.cards:
        table = card.study.table(visit.found, card.look())
        assert len(table) and set(card.study.units) <= set(table.columns) and card.figure is not None
        assert "nan" not in card._says.object and card.statements
    visit.details.open_study(visit.page.cards[1])
    assert visit.details.drawer.open


def test_a_saved_view_of_another_scope_is_compared_and_its_scene_given_back(own, rows):
    own.session.store.save_view("local", "North web", "brand=North&sel.channel=Online&rfm.k=3&page=trends")
    holders = own.desk.holders
    own.open(**{"of.compare.a": "view:North web", "of.compare.b": "scope"})
    scene = own.session.scene
    mirror = Mirror(rows.iloc[:200], scene)
    keep = mirror.mask({"brand": Values(("North",)), **ONLINE})
    assert agree(own.figures, 0, {name: MEASURED[name](mirror.rows[keep]) for name in ("net_sales", "orders")})
    assert agree(own.figures, 1, {"net_sales": mirror.figure("net_sales")})
    assert own.found.a == "view North web" and own.desk.holders == holders
    assert own.page.selects["a"].groups["Saved views"] == {"View North web": "view:North web"}


def test_what_cannot_be_compared_says_why(own):
    own.session.store.save_view("local", "Broken", "channel=Online&rfm.k=many")
    own.session.store.save_view("local", "Later", "ordered_at=2031-01-01..2031-02-01&rfm.k=3")
    holders = own.desk.holders
    for a, b, why in (
        ("selection", "rest", "Nothing is selected. Select something"),
        ("scope", "scope", SAME),
        ("scope", "rest", NO_OTHER),
        ("rest", "view:Later", NO_OTHER),
        ("segment:Kings", "rest", "This scope has no segment Kings."),
        ("view:Gone", "scope", "There is no saved view called Gone any more."),
        ("view:Broken", "scope", "The saved view Broken cannot be read"),
        ("nonsense", "scope", NO_OTHER),
        ("scope", "view:Later", "B (view Later) has no order lines."),
    ):
        own.open(**{"of.compare.a": a, "of.compare.b": b})
        assert own.nothing.startswith(why), (a, b)
        assert not own.page._tiles.visible and own.desk.holders == holders
        assert [select.value for select in own.page.selects.values()] == [a, b]
    own.open(**{"of.compare.a": "scope", "of.compare.b": "segment:Loyal"})
    assert own.nothing == "" and own.page._tiles.visible


def test_a_name_from_outside_runs_nothing(own):
    name = "<img src=x onerror=alert(1)>"
    own.session.store.save_view("local", name, "channel=Online&rfm.k=3")
    own.open(**{"of.compare.a": f"view:{name}", "of.compare.b": "scope"})
    assert plain(name) in own.page._says.object and name not in own.page._says.object
    own.open(**{"of.compare.a": f"view:{name}2", "of.compare.b": "scope"})
    assert name not in own.page._nothing.object and own.page._nothing.visible


def two_kinds_of_shoppers(factor):
    """Return lines of 400 customers whose orders come to ``factor`` times as much online."""
    rng = np.random.default_rng(8)
    rows = shop_rows(seed=5, lines=1600)
    rows["customer_id"] = [f"c{i % 400}" for i in range(len(rows))]
    rows["order_id"] = [f"o{i}" for i in range(len(rows))]
    rows["kind"], rows["quantity"] = "Full Price", 1
    rows["channel"] = np.where(rng.random(len(rows)) < 0.5, "Online", "In-store")
    rows["amount"] = np.round(rng.gamma(4, 10, len(rows)) * np.where(rows.channel == "Online", factor, 1), 2)
    return rows


@pytest.mark.parametrize(("factor", "beyond"), [(1, False), (1.5, True)])
def test_a_difference_is_claimed_only_where_there_is_one(empty_store, factor, beyond):
    empty_store.append(as_batch(two_kinds_of_shoppers(factor)))
    desk = Desk(empty_store)
    visit = Visit(desk, **WEB)
    said, tiles = visit.page._says.object, visit.page._tiles.object
    gap = next(row for row in visit.found.rows if row.name == "average_order_value")
    assert gap.beyond_noise is beyond and (gap.low > 0) is beyond
    assert ("Average order value: £" in said) is beyond
    assert ("Within noise, or too small to matter: average order value" in said) is not beyond
    if not beyond:
        assert "No difference that could be tested is beyond noise." in said
    assert ("Beyond noise" in tiles) is beyond and tiles.count("<li") == len(visit.found.rows)
    table = GAPS.table(visit.found, visit.page.cards[0].look()).set_index("Figure")
    row = table.loc["Average order value"]
    assert row.From <= row["A against B"] <= row.To and row["A against B"] == pytest.approx(gap.a / gap.b - 1)
    desk.session.close()
    desk.settle()


def test_too_few_customers_are_said_to_be_too_few(own):
    small = min((g for g in own.session.scene.population.segments if g.customers), key=lambda g: g.customers)
    own.choose(f"segment:{small.name}", "rest")
    assert "Too few customers on a side to test" in own.page._says.object
    assert "Too few customers to test" in own.page._tiles.object and "Beyond noise" not in own.page._tiles.object


def test_without_customers_amounts_alone_are_compared(shapes, empty_store, rows):
    empty_store.append(as_batch(rows.assign(customer_id=None)))
    desk = Desk(empty_store)
    visit = Visit(desk)
    assert visit.nothing.startswith("Nothing is selected.")
    visit.select(ONLINE)
    assert "customers" not in visit.figures and [shape.name for shape in visit.found.shapes] == ["transaction"]
    assert [card.study.name for card in visit.page.cards if card.layout.visible] == [
        "compare_gaps", "compare_transaction",
    ]  # fmt: skip
    assert list(visit.page.selects["a"].groups) == ["Here"]
    desk.session.close()
    desk.settle()


def test_the_same_comparison_is_asked_once_and_only_while_the_page_is_open(visit):
    before = visit.found
    visit.page.ask()
    visit.desk.settle()
    assert visit.found is before
    visit.desk.open("page=overview&rfm.k=3")
    visit.page.ask()
    assert not visit.desk.jobs and visit.found is before


def test_charts_follow_the_dark_paper(shapes, visit):
    visit.page.theme(True)
    assert {card.figure.xaxis[0].major_label_text_color for card in visit.page.cards} == {"#cbd5e1"}
    assert all(not isinstance(card.answer, Exception) for card in visit.page.cards)
    assert len(all_of(visit.page.layout, "Select")) == 2
