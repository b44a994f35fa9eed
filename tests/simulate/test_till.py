"""The till sells what the demo's customers buy, and says what it sent."""

import json
import random
from collections import Counter
from datetime import datetime
from decimal import Decimal

from retail_panel.feed import MessageReader
from retail_panel.simulate import Faults, Till

NOW = datetime(2026, 11, 21, 12, 0)


def sold(count, **faults):
    """Return a till, and its first messages."""
    till = Till("run", random.Random(5), Faults(**faults), clock=lambda: NOW)
    return till, [till.message() for _ in range(count)]


def test_lines_are_read_as_they_were_meant():
    till, messages = sold(2_000)
    found = MessageReader("feed").read([message for _, message in messages], str)
    assert found.set_aside.num_rows == 0 and found.lines.num_rows == 2_000
    assert sum(found.lines.column("amount").to_pylist()) == int(till.ledger.amount * 10_000)
    assert set(found.lines.column("kind").to_pylist()) == {"Full Price", "Discount", "Return"}
    assert len(set(found.line_ids.to_pylist())) == 2_000


def test_lines_of_an_order_share_its_key_and_time():
    _, messages = sold(500)
    for key, message in messages:
        line = json.loads(message)
        assert (line["order_id"], line["ordered_at"]) == (key, "2026-11-21T12:00:00.000")


def test_faults_come_in_the_shares_that_were_asked_for():
    till, messages = sold(5_000, bad=0.1, repeated=0.2, late=0.5)
    found = MessageReader("feed").read([message for _, message in messages], str)
    ledger = till.ledger
    assert ledger.lines + ledger.repeated + ledger.bad == 5_000
    assert found.set_aside.num_rows == ledger.bad and 400 < ledger.bad < 600
    ids = Counter(found.line_ids.to_pylist())
    assert len(ids) == ledger.lines and sum(ids.values()) - len(ids) == ledger.repeated > 800
    times = [at for at in found.lines.column("ordered_at").to_pylist() if at < NOW]
    assert ledger.late > 300 and times and all((NOW - at).total_seconds() <= 1_800 for at in times)
    first = {line["line_id"]: Decimal(line["amount"]) for line in map(_read, messages) if "brand" in line}
    assert sum(first.values()) == ledger.amount == Decimal(str(ledger.figures()["amount"]))


def _read(sent):
    try:
        line = json.loads(sent[1])
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
