import json
import re
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from retail_panel.feed.pump_state import PumpState
from retail_panel.ops import probes
from retail_panel.ops.logs import ErrorCount
from retail_panel.server import FAILED, LOADING, ServerState

TOKEN = "a-token-of-the-tests"


def ask(url, **headers):
    asked = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def probed(make_server, serve_routes):
    """A server, and the address of its probes: ``probed(**settings)``."""

    def start(**settings):
        server = make_server(**settings)
        return server, serve_routes(probes.handlers(probes.Probes(lambda: server, ErrorCount())))

    return start


def samples(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_process_that_answers_lives(probed):
    _, url = probed()
    assert ask(f"{url}/healthz") == (200, '{"status": "ok"}')


@pytest.mark.parametrize(
    ("change", "part", "word"),
    [
        ({}, None, None),
        ({"state": ServerState(LOADING, "Reading /secret/path")}, "source", "loading"),
        ({"state": ServerState(FAILED, "no such file /secret/path")}, "source", "failed"),
        ({"pump": SimpleNamespace(state=PumpState(running=True, error="broker away"))}, "feed", "down"),
        ({"pump": SimpleNamespace(state=PumpState(running=True))}, None, None),
        ({"is_stopping": True}, "server", "stopping"),
    ],
)
def test_ready_means_that_source_store_and_feed_are_there(probed, change, part, word):
    server, url = probed()
    vars(server).update(change)
    status, text = ask(f"{url}/readyz")
    server.pump = None
    found = json.loads(text)
    assert found.pop("process") == server.visitors.process
    expected = dict.fromkeys(("server", "source", "store", "feed"), "ok")
    assert (status, found) == (503 if part else 200, expected | ({part: word} if part else {}))
    assert "secret" not in text


def test_a_store_that_cannot_answer_is_not_ready(probed, monkeypatch):
    server, url = probed()
    monkeypatch.setattr(server.store.engine, "fetch", lambda *args: server.store.engine._root.cursor().execute("odd"))
    monkeypatch.setattr(server.store, "ask", lambda question: server.store.engine.run(question + " FROM nowhere"))
    status, text = ask(f"{url}/readyz")
    assert (status, json.loads(text)["store"]) == (503, "does not answer")


def test_a_store_that_takes_too_long_is_not_ready(probed, monkeypatch):
    server, url = probed()
    monkeypatch.setattr(probes, "PATIENCE_S", 0.05)
    monkeypatch.setattr(server.store, "ask", lambda question: __import__("time").sleep(0.5))
    status, text = ask(f"{url}/readyz")
    assert (status, json.loads(text)["store"]) == (503, "did not answer within 0.05 seconds")
    assert ask(f"{url}/metrics")[0] == 503


def test_metrics_tell_rows_visitors_questions_and_memory(probed):
    server, url = probed()
    server.visitors.enter("Ada Lovelace", print)
    server.store.tally.brushes.note(0.002)
    status, text = ask(f"{url}/metrics")
    found = samples(text)
    assert status == 200
    assert found["retail_panel_rows", "order_line"] == 17
    assert found["retail_panel_visitors",] == 1
    assert found["retail_panel_store_version",] == 1
    assert found["retail_panel_store_commit_age_seconds",] < 60
    assert found["retail_panel_brush_seconds_count",] == 1
    assert found["retail_panel_brush_seconds_bucket", "0.001"] == 0
    assert found["retail_panel_brush_seconds_bucket", "0.0025"] == 1
    assert found["retail_panel_question_seconds_count", "answered"] >= 0
    assert found["process_resident_memory_bytes",] > 1e7
    assert ("retail_panel_feed_rows_total",) not in found


def test_metrics_tell_how_the_feed_stands(probed):
    server, url = probed()
    server.pump = SimpleNamespace(state=PumpState(running=True, rows=40, lag_rows=7, lag_s=2.5, errors=3, error="away"))
    found = samples(ask(f"{url}/metrics")[1])
    server.pump = None
    names = ("feed_rows_total", "feed_lag_messages", "feed_lag_seconds", "feed_errors_total", "feed_down")
    assert [found[f"retail_panel_{name}",] for name in names] == [40, 7, 2.5, 3, 1]


def test_labels_hold_nothing_about_people_or_rows(probed):
    server, url = probed()
    server.visitors.enter("Ada Lovelace", print)
    text = ask(f"{url}/metrics")[1]
    labels = set(re.findall(r'\{?(\w+)="', text))
    assert labels <= {"version", "outcome", "table", "le"}
    assert not any(word in text for word in ("Ada", "Lovelace", "Shoes", "Leeds", "127.0.0.1"))


def test_metrics_without_a_token_are_for_this_machine_only(probed):
    _, url = probed()
    assert ask(f"{url}/metrics")[0] == 200
    for header in ({"X_Forwarded_For": "10.0.0.7"}, {"Host": "rebound.example"}):
        status, text = ask(f"{url}/metrics", **header)
        assert (status, "ops_token" in text, "retail_panel_" in text) == (401, True, False)


def test_metrics_with_a_token_ask_everybody_for_it(probed, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    _, url = probed(ops_token_file=str(tmp_path / "token"))
    far = {"X_Forwarded_For": "10.0.0.7"}
    assert ask(f"{url}/metrics", Authorization=f"Bearer {TOKEN}", **far)[0] == 200
    for header in ({}, far, {"Authorization": "Bearer another-token-of-it"}):
        status, text = ask(f"{url}/metrics", **header)
        assert (status, "retail_panel_" in text, TOKEN in text) == (401, False, False)


def test_behind_a_login_metrics_ask_for_the_token_on_this_machine_too(probed, monkeypatch):
    _, url = probed()
    monkeypatch.setattr(probes, "gate", lambda: SimpleNamespace(is_open=False))
    status, text = ask(f"{url}/metrics")
    assert (status, "ops_token_file" in text, "retail_panel_" in text) == (401, True, False)


def test_an_error_in_a_probe_says_no_more_than_that(probed, monkeypatch):
    server, url = probed()
    monkeypatch.setattr(server.store, "ask", lambda question: 1 / 0)
    assert ask(f"{url}/metrics") == (500, "500 Internal Server Error\n")


def test_what_counts_errors_counts_errors():
    import logging

    count = ErrorCount()
    log = logging.getLogger("retail_panel.tests_of_the_count")
    log.addHandler(count)
    log.error("one")
    log.warning("none")
    log.removeHandler(count)
    assert count.count == 1
