"""After a few failures an address or a name waits, and no longer than said."""

from retail_panel.portal import attempts
from retail_panel.portal.attempts import WAIT_S, Attempts


def test_it_waits_after_as_many_failures_as_allowed():
    now = [1000.0]
    tried = Attempts(3, lambda: now[0])
    for _ in range(3):
        assert tried.wait_s("here", "name Ann") == 0
        tried.fail("here", "name Ann")
        now[0] += 1
    assert tried.wait_s("here", "name Bea") == tried.wait_s("there", "name Ann") == WAIT_S - 3
    assert tried.wait_s("there", "name Bea") == 0
    now[0] += WAIT_S - 3
    assert tried.wait_s("here", "name Ann") == 0
    tried.fail("here")
    assert tried.wait_s("here") > 0


def test_it_remembers_so_many_and_no_more(monkeypatch):
    monkeypatch.setattr(attempts, "MOST", 10)
    tried = Attempts(1, lambda: 0.0)
    for number in range(50):
        tried.fail(f"address {number}")
    assert len(tried._failed) == 10 and tried.wait_s("address 49") == WAIT_S
