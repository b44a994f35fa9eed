"""States of the workbench as reports read them."""

from urllib.parse import parse_qsl, urlencode

import pytest

from retail_panel.crossfilter.clause import Range, Values
from retail_panel.errors import UnusableInput
from retail_panel.report import State
from retail_panel.session import CHART_MEASURES

LINK = (
    "ordered_at=2024-03-01..2024-04-01&channel=Online&without=guests&sel.tier=Gold&sel.recency_days=..30"
    "&rfm.k=3&rfm.frequency=days&measure=orders&compare=same+period+last+year&of.hours.measure=net_sales"
)


def test_everything_a_link_holds():
    state = State.read(f"?{LINK}&page=segments&theme=dark")
    assert state.scope == {"ordered_at": "2024-03-01..2024-04-01", "channel": "Online", "without": "guests"}
    assert state.clauses == {"tier": Values(("Gold",)), "recency_days": Range(None, 30)}
    assert (state.definition["k"], state.definition["frequency"], state.definition["monetary"]) == (3, "days", "net")
    assert (state.measure, state.compare) == ("orders", "same period last year")
    assert state.choices == {"hours.measure": "net_sales"}


def test_the_link_leads_back():
    state = State.read(LINK)
    assert dict(parse_qsl(state.link())) == dict(parse_qsl(LINK))
    assert State.read(state.link()) == state
    assert State.read("").link() == "" and State.read("").measure == CHART_MEASURES[0]


def test_customers_of_an_earlier_selection_are_kept():
    link = urlencode({"within.scope": "channel=Online", "within.selection": "sel.tier=Gold"})
    assert State.read(State.read(link).link()).scope == dict(parse_qsl(link))


def test_as_sentences():
    scope, selection = State.read(LINK).sentences("GBP")
    assert scope == "Channel is Online; from 1 Mar 2024 to 31 Mar 2024; without guests"
    assert selection == "Tier is Gold; Recency under 30\u00a0days"
    assert State().sentences("GBP") == ("", "")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("ordered_at=yesterday..", "a day such as"),
        ("sel.colour=red", "no such dimension"),
        ("without=clowns", "allowed: guests"),
        ("rfm.k=99", "rfm.k=99"),
        ("rfm.frequency=often", "rfm.frequency=often"),
        ("measure=luck", "allowed: net_sales"),
        ("compare=tomorrow", "allowed: previous period"),
    ],
)
def test_what_cannot_be_read_is_said(link, said):
    with pytest.raises(UnusableInput, match=said):
        State.read(link)
