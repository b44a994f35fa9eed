"""Selection and history."""

import pytest

from retail_panel.crossfilter.clause import Range, Values
from retail_panel.crossfilter.selection import History, Selection
from retail_panel.errors import UnusableInput

ONLINE, RECENT = Values(("Online",)), Range(None, 30)


def test_clauses_are_set_replaced_and_cleared():
    selection = Selection()
    seen = []
    selection.param.watch(lambda event: seen.append(event.new), "clauses")
    selection.set({"channel": ONLINE, "recency_days": RECENT})
    selection.set({"channel": None, "tier": None})
    assert selection.clauses == {"recency_days": RECENT} and len(seen) == 2
    selection.clear()
    assert selection.clauses == {} and selection.query() == {} and selection.sentences("GBP") == []


def test_two_visitors_share_nothing():
    one, other = Selection(), Selection()
    one.set({"channel": ONLINE})
    assert other.clauses == {}


def test_url_and_sentence():
    selection, again = Selection(clauses={"recency_days": RECENT, "channel": ONLINE}), Selection()
    assert selection.query() == {"sel.channel": "Online", "sel.recency_days": "..30"}
    again.read({**selection.query(), "channel": "In-store", "page": "data"})
    assert again.clauses == selection.clauses
    assert selection.sentences("GBP") == ["Channel is Online", "Recency under 30\u00a0days"]


@pytest.mark.parametrize("query", [{"sel.": "x"}, {"sel.nonsense": "x"}, {"sel.amount": "x"}])
def test_what_cannot_be_read_changes_nothing(query):
    selection = Selection(clauses={"channel": ONLINE})
    with pytest.raises(UnusableInput):
        selection.read({"sel.tier": "Gold", **query})
    assert selection.clauses == {"channel": ONLINE}


def test_history_goes_back_and_forth():
    history = History()
    assert history.undo() is None and history.redo() is None
    for state in ("a", "b", "b", "c"):
        history.visit(state)
    assert [history.undo(), history.undo(), history.undo(), history.undo()] == ["b", "a", "", None]
    assert [history.redo(), history.redo()] == ["a", "b"]
    history.visit("d")
    assert history.redo() is None and history.undo() == "b"


def test_history_keeps_so_many_states():
    history = History(depth=3)
    for state in "abcdef":
        history.visit(state)
    assert history.past == ["c", "d", "e"]
