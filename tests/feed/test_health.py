"""How a feed stands, told from its pump's state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retail_panel.feed import PumpState
from retail_panel.feed.health import duration, feed_health

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RUNNING = PumpState(running=True, rows=10, committed_at=NOW - timedelta(seconds=2), lag_rows=0, lag_s=0.0)


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, "live", "Live"),
        ({"committed_at": NOW - timedelta(seconds=61)}, "late", "Quiet No line has come for 61 s."),
        ({"lag_s": 400.0, "lag_rows": 9}, "late", "Behind The lines that come in now are 7 min old"),
        ({"committed_at": None, "rows": 0}, "late", "Waiting"),
        ({"error": "Down: no broker", "retry_s": 5.0, "lag_s": 400.0}, "down", "no broker; tried again every 5.0 s"),
        ({"paused": True}, "idle", "Feed paused"),
        ({"running": False, "ended": True}, "idle", "Feed ended"),
        ({"running": False}, "idle", "Feed stopped"),
    ],
)
def test_states(changes, level, words):
    health = feed_health(replace(RUNNING, **changes), 60.0, NOW)
    assert health.level == level and words in f"{health.name} {health.words}"


def test_facts_are_written_for_people():
    state = replace(RUNNING, rows=1_234_567, rows_per_s=98.76, quarantined=3, lag_rows=None, lag_s=None)
    assert dict(feed_health(state, 60.0, NOW).facts) == {
        "Lines a second": "98.8", "Lines since the start": "1,234,567", "Messages waiting": "not told",
        "Behind by": "not told", "Last commit": "2.0 s ago", "Set aside": "3", "Errors": "0", "Restarts": "0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (45, "45 s"), (89, "89 s"), (91, "2 min"), (5_400, "1.5 h"), (200_000, "2 days")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words
