"""The customers page: whom it lists and in which order, what a card says, and what can be taken home."""

import io

import pandas as pd
import pytest
from crossfilter.desk import Desk
from crossfilter.mirror import Mirror, as_batch

from pages.visitor import one, press, rows_of, words
from retail_panel.crossfilter.clause import Values
from retail_panel.errors import UnusableInput
from retail_panel.pages.contents import PAGES
from retail_panel.pages.customer_facts import ranks_html
from retail_panel.pages.customers import CustomersPage
from retail_panel.pages.details import Details
from retail_panel.pages.month_ticks import month_ticks
from retail_panel.pages.plain_text import plain
from retail_panel.schema import MONEY_SCALE

# Bokeh 3.9 hands tables on in a way that pandas 3.1 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index")
CONTENTS = next(page for page in PAGES if page.name == "customers")
START = "page=customers&rfm.k=3"


class Visit:
    """The page of a visitor."""

    def __init__(self, desk, address=START, touch=False):
        self.desk, self.session = desk, desk.session
        self.details = Details(self.session)
        self.page = CustomersPage(CONTENTS, self.session, self.details, touch)
        self.open(address)

    def open(self, address):
        """Open an address."""
        self.desk.open(address)
        return self

    @property
    def frame(self):
        """What the table shows."""
        return self.page.table.table.value

    @property
    def counted(self):
        """What is said of how many there are."""
        return self.page.table.counted.object

    def find(self, text):
        """Type into the field, then Enter."""
        search = self.page.table.search
        search.value_input = text
        search.param.trigger("enter_pressed")
        search.value = text
        self.desk.settle()

    def click(self, row):
        """Click a row of the table."""
        self.page.open_card(self.page.table.ids[row])
        self.desk.settle()


@pytest.fixture
def visit(desk):
    """A visitor who has the page open."""
    return Visit(desk)


def people(rows, scene, keep=None):
    """Return R, F and M of the customers, computed in pandas, largest monetary value first."""
    lines = Mirror(rows, scene).rows
    known = lines[lines.customer_id.notna()]
    sold = known[known.kind != "Return"].groupby("customer_id")
    last_day = lines.ordered_at.dt.normalize().max()
    found = pd.DataFrame({
        "recency": (last_day - sold.ordered_at.max().dt.normalize()).dt.days,
        "frequency": sold["order"].nunique(),
        "monetary": known.groupby("customer_id").amount.sum().reindex(sold.size().index) / MONEY_SCALE,
        "last": sold.ordered_at.max().dt.normalize(),
    })  # fmt: skip
    if keep is not None:
        found = found[found.index.isin(lines[keep].customer_id)]
    return found.sort_values("monetary", ascending=False)


def money(value):
    """Write money as the page does."""
    return f"{'−' if value < 0 else ''}£{abs(value):,.2f}"


def test_the_first_page_lists_the_customers_of_most_spend(visit, rows):
    expected = people(rows, visit.session.scene)
    frame = visit.frame
    assert len(frame) == 25 and visit.counted == f"1–25 of {len(expected)} customers"
    assert frame.monetary.tolist() == [money(value) for value in expected.monetary.head(25)]
    mine = expected.loc[frame.customer_id]
    assert frame.frequency.tolist() == [str(value) for value in mine.frequency]
    assert frame.recency_days.tolist() == [f"{days}\xa0day{'' if days == 1 else 's'}" for days in mine.recency]
    assert frame.last_day.tolist() == [f"{day.day} {day:%b %Y}" for day in mine["last"]]


def test_the_next_page_goes_on_where_the_first_ends(visit, rows):
    expected = people(rows, visit.session.scene)
    visit.page.table.pages.value = 1
    visit.desk.settle()
    assert visit.frame.monetary.tolist() == [money(value) for value in expected.monetary.iloc[25:50]]
    assert visit.counted == f"26–50 of {len(expected)} customers"


def test_a_header_or_the_list_sorts_and_the_link_says_so(visit, rows):
    expected = people(rows, visit.session.scene)
    visit.page.table.pages.value = 1
    visit.desk.settle()
    visit.page.table.table.sorters = [{"field": "recency_days", "dir": "asc"}]
    visit.desk.settle()
    days = [int(text.split("\xa0")[0]) for text in visit.frame.recency_days]
    assert days == sorted(expected.recency)[:25] and visit.counted.startswith("1–25 ")
    assert visit.session.choices == {"customers.sort": "recency_days.asc"}
    assert visit.page.table.order.value == "recency_days.asc"
    visit.page.table.order.value = "customer_id.desc"
    visit.desk.settle()
    assert visit.frame.customer_id.tolist() == sorted(expected.index, reverse=True)[:25]
    assert "customers.sort=customer_id.desc" in visit.session.query and visit.page.table.table.sorters == []
    visit.page.table.order.value = "monetary.desc"
    visit.desk.settle()
    assert visit.session.choices == {} and visit.frame.monetary.iloc[0] == money(expected.monetary.max())


def test_an_order_that_there_is_not_is_the_usual_one(visit):
    usual = visit.frame.customer_id.tolist()
    for wrong in ("password.desc", "monetary", "monetary.up", ""):
        visit.open(f"{START}&of.customers.sort={wrong}")
        assert visit.frame.customer_id.tolist() == usual


def test_part_of_an_id_narrows_the_list(visit, rows):
    expected = [name for name in people(rows, visit.session.scene).index if "4" in name]
    visit.find("4")
    assert sorted(visit.frame.customer_id) == sorted(expected) and not visit.page.table.pages.visible
    assert visit.counted == f"1–{len(expected)} of {len(expected)} customers with “4” in the id"
    assert "of.customers.find=4" in visit.session.query and not visit.page.card.layout.visible
    visit.find("")
    assert len(visit.frame) == 25 and visit.session.choices == {}


def test_nobody_found_says_so_and_shows_no_mark_of_what_was_typed(visit):
    visit.find("<img src=x onerror=alert(1)>")
    said = visit.page.table.nobody
    assert said.visible and plain("<img src=x onerror=alert(1)>") in said.object
    assert not visit.page.table.table.visible
    visit.find("")
    assert not said.visible and visit.page.table.table.visible


def test_the_list_obeys_the_selection(visit, rows):
    scene = visit.session.scene
    clauses = {"channel": Values(("Online",)), "brand": Values(("North",))}
    keep = Mirror(rows, scene).mask(clauses)
    expected = people(rows, scene, keep)
    visit.session.selection.set(clauses)
    visit.desk.settle()
    assert visit.frame.monetary.tolist() == [money(value) for value in expected.monetary.head(25)]
    assert visit.counted == f"1–25 of {len(expected)} customers in the selection"


def test_a_selection_of_nobody_says_what_helps(visit):
    visit.session.selection.set({"channel": Values(("Nowhere",))})
    visit.desk.settle()
    assert "Clear the selection" in visit.page.table.nobody.object and visit.counted == ""
    assert all(button.layout.disabled for button in visit.page.files.buttons.values())


def test_an_id_and_enter_open_the_card(visit):
    assert not visit.page.card.layout.visible
    visit.find("c12")
    assert visit.session.choices == {"customers.find": "c12", "customers.who": "c12"}
    assert visit.page.card.layout.visible and "Customer c12" in words(visit.page.card.layout)
    assert visit.page.table.table.hidden_columns
    press(one(visit.page.card.layout, "IconButton", icon="close"))
    visit.desk.settle()
    assert not visit.page.card.layout.visible and visit.page.who is None and not visit.page.table.table.hidden_columns


def test_a_click_opens_a_card_and_a_link_brings_it_back(visit):
    visit.click(3)
    name = visit.frame.customer_id.iloc[3]
    assert visit.page.who == name
    address = visit.session.query
    visit.page.close_card()
    visit.open(address)
    assert visit.page.card.layout.visible and f"Customer {name}" in words(visit.page.card.layout)
    visit.session.undo()
    visit.desk.settle()
    assert visit.page.who is None and not visit.page.card.layout.visible


def test_the_card_says_what_the_rows_say(visit, rows):
    scene = visit.session.scene
    everyone = people(rows, scene)
    visit.click(0)
    name, mine = everyone.index[0], everyone.iloc[0]
    lines = Mirror(rows, scene).rows
    own = lines[lines.customer_id == name]
    facts = dict(rows_of(visit.page.card._facts.object))
    assert facts["Net sales"] == money(mine.monetary) and facts["Transactions"] == str(own["order"].nunique())
    day = own[own.kind != "Return"].ordered_at.min()
    assert facts["First purchase"] == f"{day.day} {day:%b %Y}"
    by_channel = own.fillna({"channel": "(none)"}).groupby("channel").amount.sum() / MONEY_SCALE
    assert facts["Favourite channel"] == f"{by_channel.idxmax()}, {money(by_channel.max())}"
    ranks = visit.page.card._ranks.object
    share = (everyone.frequency < mine.frequency).mean() + (everyone.frequency == mine.frequency).mean() / 2
    assert f"better than {share:.1%} of {len(everyone)} customers" in ranks
    assert "Next purchase expected on" in visit.page.card._expected.object


def test_the_charts_of_a_card_agree_with_the_rows(visit, rows):
    visit.click(0)
    scene, name = visit.session.scene, visit.frame.customer_id.iloc[0]
    lines = Mirror(rows, scene).rows
    own = lines[lines.customer_id == name]
    purchases, past = visit.page.card.purchases, visit.page.card.past
    table = purchases.study.table(purchases.answer, purchases.look())
    days = own.ordered_at.dt.date
    expected = own.groupby([days, own["order"]]).amount.sum() / MONEY_SCALE
    assert sorted(table.Net) == pytest.approx(sorted(expected)) and table.Day.is_monotonic_decreasing
    assert f"{own['order'].nunique()} transactions" in purchases._says.object
    months = past.study.table(past.answer, past.look())
    assert months.Segment.iloc[0] == visit.frame.segment.iloc[0]
    assert months["Monetary"].iloc[0] == pytest.approx(own.amount.sum() / MONEY_SCALE)
    assert past._says.object.startswith(months.Segment.iloc[0])
    visit.details.open_study(purchases)
    assert list(table) == ["Day", "What", "Net", "Lines", "Returned"] and visit.details.drawer.open


def test_nobody_of_that_id(visit):
    visit.open(f"{START}&of.customers.who=%3Cb%3Enobody")
    assert plain("<b>nobody") in visit.page.card._title.object
    assert "No order line in scope is of a customer with this id." in words(visit.page.card.layout)
    assert not visit.page.card.purchases.layout.visible
    visit.click(0)
    assert visit.page.card.purchases.layout.visible


def test_who_only_returned_has_a_card_without_ranks(empty_store, rows):
    back = rows[rows.kind == "Return"].head(2).assign(customer_id="back", order_id="r1")
    empty_store.append(as_batch(pd.concat([rows.head(120), back])))
    desk = Desk(empty_store)
    visit = Visit(desk, f"{START}&of.customers.who=back")
    said = words(visit.page.card.layout)
    assert any(text.startswith("Returns only") for text in said) and visit.page.card._ranks.object == ""
    assert dict(rows_of(visit.page.card._facts.object))["Last purchase"] == "none, returns only"
    assert visit.page.card.past._nothing.visible
    assert "back" not in visit.frame.customer_id.tolist()
    desk.session.close()
    desk.settle()


def test_without_customer_ids_the_page_says_what_it_needs(empty_store, rows):
    empty_store.append(as_batch(rows.head(50).assign(customer_id=None)))
    desk = Desk(empty_store)
    visit = Visit(desk)
    assert visit.page._nobody.visible and "Map a customer column" in visit.page._nobody.object
    assert not visit.page._grid.visible
    desk.session.close()
    desk.settle()


def test_the_audience_is_the_selections_customers_whatever_is_searched_for(visit, rows):
    scene = visit.session.scene
    keep = Mirror(rows, scene).mask({"channel": Values(("Online",))})
    expected = people(rows, scene, keep)
    visit.session.selection.set({"channel": Values(("Online",))})
    visit.desk.settle()
    visit.find("c1")
    button = visit.page.files.buttons["csv"]
    day = scene.population.reference_day.isoformat()
    press(button.layout)
    visit.desk.settle()
    name, _, content = visit.session.file
    assert name == f"customers-channel-is-online-{day}.csv"
    found = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")
    assert sorted(found.customer_id) == sorted(expected.index)
    assert found.set_index("customer_id").monetary.to_dict() == pytest.approx(expected.monetary.to_dict())
    press(visit.page.files.buttons["parquet"].layout)
    visit.desk.settle()
    parquet = pd.read_parquet(io.BytesIO(visit.session.file[2]))
    assert sorted(parquet.customer_id) == sorted(expected.index)
    assert f"All {len(expected)} selected customers" in visit.page.files._words.object


def test_another_page_asks_for_nobody(visit):
    before = visit.frame
    visit.open("page=overview&rfm.k=3")
    visit.page.ask()
    assert not visit.desk.jobs and visit.frame is before


def test_a_phone_shows_the_list_or_the_card(desk):
    visit = Visit(desk, touch=True)
    assert len(visit.frame) == 10 and visit.page._listed.visible
    visit.click(0)
    assert visit.page.card.layout.visible and not visit.page._listed.visible
    visit.page.close_card()
    assert visit.page._listed.visible


def test_nobody_is_better_than_everybody(visit):
    visit.page.table.order.value = "monetary.desc"
    visit.click(0)
    html = ranks_html(visit.page.card.purchases.answer.card, 3, "GBP")
    assert "100.0%" not in html.replace("width:100.0%", "") and html.count('class="rank"') == 3


def test_a_part_that_fails_says_so_and_the_others_carry_on(visit, monkeypatch):
    def fails(*asked, **more):
        raise UnusableInput("the <b>engine</b> is away")

    with monkeypatch.context() as patch:
        patch.setattr("retail_panel.pages.customer_table.directory.page", fails)
        visit.click(0)
    fault = visit.page._fault
    assert fault.visible and "table could not be answered" in fault.object and "<b>" not in fault.object
    assert visit.page.card.purchases.figure is not None and visit.session.problem == ""
    visit.page.ask()
    visit.desk.settle()
    assert not fault.visible


def test_the_card_follows_the_dark_paper(visit):
    visit.click(0)
    visit.page.theme(True)
    axis = visit.page.card.past.figure.xaxis[0]
    assert axis.major_label_text_color == visit.page.card.past.look().text == "#cbd5e1"


def test_time_axes_have_few_ticks_at_firsts_of_months():
    ticks = month_ticks("2024-02-20", "2026-01-15")
    assert [words for _, words in ticks] == ["Mar 2024", "Sep 2024", "Mar 2025", "Sep 2025"]
    assert pd.Timestamp(ticks[0][0], unit="ms") == pd.Timestamp("2024-03-01")
    assert month_ticks("2024-02-20", "2024-02-25") == []
