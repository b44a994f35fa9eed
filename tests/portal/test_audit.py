"""The audit: written beside the event loop, found again, forgotten in time."""

import json
from datetime import UTC, datetime, timedelta

from retail_panel.portal import gate as gates
from retail_panel.portal.audit import Audit, record
from retail_panel.portal.gate import Gate


def test_what_somebody_does_is_found_again(gate, store):
    audit = Audit(store, days=30).start()
    record("logged in", "Vera", "10.0.0.1", way="ticket")
    record("exported", "Anna", "10.0.0.2", file="all.csv", query="channel=Online&of.customers.who=Ada")
    audit.stop()
    (_, who, what, place, facts), (*_, login) = audit.search()
    assert (who, what, place) == ("Anna", "exported", "10.0.0.2")
    assert json.loads(facts) == {"file": "all.csv", "query": "channel=Online"}
    assert json.loads(login) == {"way": "ticket"}
    assert [row[1] for row in audit.search("LOGGED")] == ["Vera"]
    assert [row[1] for row in audit.search("all.csv")] == ["Anna"]
    assert audit.search("'; DROP TABLE audit; --") == [] and len(audit.search(most=1)) == 1
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
    assert audit.search(since=later) == []


def test_records_that_are_too_old_are_forgotten(gate, store):
    now = datetime.now(UTC).replace(tzinfo=None)
    store.add_audit([(now - timedelta(days=day), "Vera", "saw", "", "{}") for day in (1, 29, 31, 400)])
    audit = Audit(store, days=30).start()
    audit.stop()
    assert len(audit.search()) == 2


def test_a_store_that_cannot_be_written_to_leaves_the_records_in_the_log(gate, store, caplog, monkeypatch):
    def fail(rows):
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "add_audit", fail)
    audit = Audit(store, days=30).start()
    record("saw", "Vera", page="overview")
    audit.stop()
    assert "could not be written" in caplog.text and "Vera" in caplog.text


def test_nothing_is_noted_where_there_is_no_login(store):
    before = gates.set_gate(Gate())
    try:
        record("saw", "local")
        audit = Audit(store, days=30).start()
        audit.stop()
        assert audit.search() == []
    finally:
        gates.set_gate(before)
