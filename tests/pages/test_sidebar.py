"""The sidebar and the session follow each other, and neither runs after the other in circles."""

from datetime import date
from urllib.parse import urlencode

import pytest
from crossfilter.desk import Desk
from crossfilter.mirror import as_batch

from pages.visitor import all_of, one, press
from retail_panel.crossfilter.clause import NONE, Range, Values
from retail_panel.pages.sidebar import OWN_DAYS, Sidebar


@pytest.fixture
def sidebar(desk):
    """The sidebar of a visitor who has opened the page."""
    sidebar = Sidebar(desk.session)
    desk.open("rfm.k=3")
    return sidebar


@pytest.fixture
def rescoped(desk, sidebar):
    """Counts how often scenes are asked for from here on."""
    asked, answers = [], desk.session.answers
    make = answers.rescope
    answers.rescope = lambda *more, **options: (asked.append(1), make(*more, **options))[1]
    return asked


def field(sidebar, label):
    """Return a field by its label."""
    return one(sidebar.layout, label=label)


def test_before_the_first_scene_nothing_can_be_set(desk):
    sidebar = Sidebar(desk.session)
    assert not field(sidebar, "Channel").visible and field(sidebar, "Period").options == ["All"]
    assert desk.jobs == []
    desk.open("channel=Online&measure=orders")
    assert field(sidebar, "Channel").value == ["Online"] and field(sidebar, "Charts show").value == "orders"


def test_choices_are_counted_and_a_single_value_is_no_choice(sidebar, desk, rows):
    counts = rows.channel.fillna(NONE).value_counts()
    for label, name in field(sidebar, "Channel").options.items():
        assert label == f"{name} ({counts[name]:,})"
    assert set(field(sidebar, "Channel").options.values()) == set(counts.index)
    assert all(field(sidebar, name).visible for name in ("Brand", "Store", "Tier"))
    out = one(sidebar.layout, "CheckBoxGroup").options
    assert out[f"Guests ({rows.customer_id.isna().sum():,})"] == "guests"
    assert out[f"Zero prices ({rows.is_zero_price.sum():,})"] == "zero-price" and len(out) == 6


def test_a_column_with_one_value_is_left_out(empty_store, make_lines):
    empty_store.append(make_lines(channel="Online", kind=["Full Price", "Return"], amount=[1, -1]))
    desk = Desk(empty_store)
    sidebar = Sidebar(desk.session)
    desk.open()
    assert [widget.label for widget in all_of(sidebar.layout, "MultiChoice", visible=True)] == ["Kind"]
    desk.session.close()


@pytest.mark.parametrize(("label", "value", "query"), [
    ("Channel", ["Online"], "channel=Online"), ("Charts show", "orders", "measure=orders"),
    ("Compare with", "same period last year", "compare=same+period+last+year"),
    ("Frequency counts", "days", "rfm.frequency=days"), ("Monetary is", "gross", "rfm.monetary=gross"),
    ("Returns", "count", "rfm.returns=count"), ("Group by", "rules", "rfm.method=rules"),
    ("From", date(2024, 3, 1), "ordered_at=2024-03-01.."),
    ("To (included)", date(2024, 3, 9), "ordered_at=..2024-03-10"),
    ("Period", "Last 30 days", "ordered_at=2024-03-31..2024-04-30"),
])  # fmt: skip
def test_every_field_sets_the_session_once(sidebar, desk, rescoped, label, value, query):
    field(sidebar, label).value = value
    desk.settle()
    assert query in desk.session.query.split("&")
    assert len(rescoped) == (0 if label in ("Charts show", "Compare with") else 1)
    assert len(desk.session.history.past) == 1
    assert field(sidebar, label).value == value


def test_every_field_follows_the_session_without_an_echo(sidebar, desk, rescoped):
    state = {
        "channel": "Online,(none)", "tier": "Gold", "ordered_at": "2024-03-01..2024-03-10", "without": "guests,returns",
        "measure": "units", "rfm.frequency": "lines", "rfm.k": "4", "rfm.method": "rules", "rfm.monetary": "gross",
    }  # fmt: skip
    desk.session.restore(state)
    desk.settle()
    assert len(rescoped) == 1 and len(desk.session.history.past) == 1
    assert field(sidebar, "Channel").value == ["Online", "(none)"] and field(sidebar, "Tier").value == ["Gold"]
    assert (field(sidebar, "From").value, field(sidebar, "To (included)").value) == (date(2024, 3, 1), date(2024, 3, 9))
    assert one(sidebar.layout, "CheckBoxGroup").value == ["guests", "returns"]
    assert field(sidebar, "Charts show").value == "units" and field(sidebar, "Number of clusters").value == 4
    assert field(sidebar, "Frequency counts").value == "lines" and field(sidebar, "Group by").value == "rules"
    assert field(sidebar, "Period").value == OWN_DAYS
    desk.session.undo()
    desk.settle()
    assert len(rescoped) == 2 and field(sidebar, "Channel").value == [] and field(sidebar, "Period").value == "All"
    assert len(desk.session.history.past) == 0 and len(desk.session.history.future) == 1


def test_periods_count_from_the_last_day_with_rows(sidebar, desk, rows):
    last = rows.ordered_at.max().date()
    period = field(sidebar, "Period")
    assert period.options == [
        "All", "Last 30 days", "Last 90 days", "This month", "Year to date", "Last 12 months", OWN_DAYS,
    ]  # fmt: skip
    period.value = "This month"
    desk.settle()
    assert (desk.session.scope.since, field(sidebar, "To (included)").value) == (last.replace(day=1), last)
    period.value = "All"
    desk.settle()
    assert (desk.session.scope.since, desk.session.scope.until) == (None, None)


def test_own_days_keep_what_is_set_and_days_name_their_preset(sidebar, desk, rescoped):
    field(sidebar, "Period").value = OWN_DAYS
    assert rescoped == [] and desk.session.scope.since is None
    field(sidebar, "From").value = date(2024, 3, 31)
    desk.settle()
    assert field(sidebar, "Period").value == OWN_DAYS
    field(sidebar, "To (included)").value = date(2024, 4, 29)
    desk.settle()
    assert field(sidebar, "Period").value == "Last 30 days"


def test_from_after_to_is_told_and_changes_nothing(sidebar, desk, rescoped):
    field(sidebar, "To (included)").value = date(2024, 3, 9)
    desk.settle()
    before = desk.session.query
    field(sidebar, "From").value = date(2024, 3, 10)
    desk.settle()
    assert "From 2024-03-10 lies after To 2024-03-09" in desk.session.problem
    assert desk.session.query == before and len(rescoped) == 1
    field(sidebar, "From").value = date(2024, 3, 9)
    desk.settle()
    assert desk.session.problem == "" and desk.session.query != before


def test_leaving_out(sidebar, desk, rescoped, rows):
    one(sidebar.layout, "CheckBoxGroup").value = ["guests"]
    desk.settle()
    assert desk.session.scope.leave_out == ["guests"] and len(rescoped) == 1
    assert desk.session.scene.rows == rows.customer_id.notna().sum()
    one(sidebar.layout, "CheckBoxGroup").value = []
    assert desk.settle().scene.rows == len(rows)


def test_automatic_number_of_clusters(sidebar, desk):
    widget = field(sidebar, "Number of clusters")
    assert widget.value == 3
    widget.value = 0
    desk.settle()
    assert desk.session.pipeline.k is None and "rfm.k" not in desk.session.query


def chips(sidebar):
    """Return the buttons that take something out of scope."""
    return [button for button in all_of(sidebar.layout, "Button") if button.description == "Take out of scope"]


def test_what_a_selection_made_scope_is_taken_out_by_a_press(sidebar, desk, rescoped):
    session = desk.session
    session.selection.set({"weekday": Values(("Mon",)), "amount": Range(0, 400_000), "segment": Values(("Lost",))})
    desk.settle()
    session.make_scope()
    desk.settle()
    assert len(rescoped) == 1
    labels = {chip.label: chip for chip in chips(sidebar)}
    assert {"Weekday is Mon", "Customers of an earlier selection"} < set(labels) and len(labels) == 3
    press(labels["Weekday is Mon"])
    desk.settle()
    assert set(session.scope.others) == {"amount"} and session.scope.within
    press(next(chip for chip in chips(sidebar) if chip.label.startswith("Customers")))
    desk.settle()
    assert session.scope.within is None and len(rescoped) == 3
    (chip,) = chips(sidebar)
    press(chip)
    assert desk.settle().scope.query() == {} and chips(sidebar) == []


def test_everything_takes_all_filters_out_and_leaves_the_rest(sidebar, desk, rescoped):
    desk.session.restore(
        "channel=Online&weekday=Mon&without=guests&ordered_at=2024-03-01..&sel.kind=Return&measure=orders&rfm.k=4"
    )
    desk.settle()
    press(one(sidebar.layout, "Button", label="Everything"))
    desk.settle()
    assert len(rescoped) == 2 and desk.session.scope.query() == {}
    assert desk.session.query == urlencode({"sel.kind": "Return", "rfm.k": 4, "measure": "orders"})


def test_a_value_that_only_a_link_names_stays_choosable(sidebar, desk):
    desk.session.restore("channel=Phone")
    desk.settle()
    assert field(sidebar, "Channel").options["Phone (0)"] == "Phone" and field(sidebar, "Channel").value == ["Phone"]
    assert desk.session.scope.channel == ["Phone"]


def counted(sidebar):
    """How many lines the channels are said to have together."""
    return sum(int(label.rpartition("(")[2][:-1].replace(",", "")) for label in field(sidebar, "Channel").options)


def test_numbers_of_lines_follow_rows_that_arrive_now_and_then(own_desk, document, rows, monkeypatch):
    sidebar = Sidebar(own_desk.session)
    own_desk.open()
    assert counted(sidebar) == 200
    for last in (220, 240):
        own_desk.store.append(as_batch(rows.iloc[last - 20 : last]))
        own_desk.session.tick()
        assert own_desk.settle().scene.rows == last and counted(sidebar) == 200
    own_desk.open("channel=Online")
    assert counted(sidebar) == 240, "another scope shows them at once"
    own_desk.store.append(as_batch(rows.iloc[240:250]))
    own_desk.session.tick()
    own_desk.settle()
    (waiting,) = document.session_callbacks
    document.remove_timeout_callback(waiting)
    monkeypatch.setattr("retail_panel.pages.sidebar.COUNTS_S", 0)
    waiting.callback()
    assert counted(sidebar) == 250 and not document.session_callbacks


def test_a_new_value_is_a_choice_at_once(own_desk, document, rows):
    sidebar = Sidebar(own_desk.session)
    own_desk.open()
    own_desk.store.append(as_batch(rows.iloc[200:210].assign(channel="Kiosk")))
    own_desk.session.tick()
    own_desk.settle()
    assert "Kiosk" in field(sidebar, "Channel").options.values()
