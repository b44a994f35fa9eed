import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strange_messages import STRANGE

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.feed import MessageReader, Pump
from retail_panel.feed.http_answers import Refused
from retail_panel.feed.http_deliveries import Deliveries
from retail_panel.feed.http_inbox import http_source
from retail_panel.feed.http_pace import Pace
from retail_panel.feed.http_tokens import read_tokens
from retail_panel.store import Store

SECRET = "a-secret-of-the-till"


def line(order, **fields):
    return json.dumps({"order_id": order, "ordered_at": "2024-05-01T10:30:00", "amount": 12.5} | fields).encode()


def body(*orders):
    return b"\n".join(line(order) for order in orders)


@pytest.fixture
def shop(empty_store, clock):
    """Makes an inbox and its pump on the test's store; each call is a new process."""

    def make(**how):
        inbox = Deliveries(MessageReader("tills"), clock=clock, **how)
        pump = Pump(inbox, empty_store, clock=clock)
        pump.open()
        return inbox, pump

    return make


def carry(pump):
    """Let a pump read and commit everything."""
    while pump.step() == 0.0:
        pass
    pump.finish()


def orders(store):
    return sorted(store.ask("SELECT order_id FROM order_line").column(0).to_pylist())


def test_an_answer_comes_with_the_commit_and_not_before(shop, empty_store):
    inbox, pump = shop()
    answered = inbox.offer(body("a", "b"), "till")
    pump.step()
    assert not answered.done()
    pump.finish()
    assert answered.result(0).to_dict() == {"rows": 2, "quarantined_rows": 0, "quarantined": []}
    assert orders(empty_store) == ["a", "b"]


def test_an_answer_says_which_line_was_set_aside_and_why(shop, empty_store):
    inbox, pump = shop()
    first = inbox.offer(b"\n".join([line("a"), b"", b"{broken", line("b", amount="much"), line("c")]), "till")
    second = inbox.offer(b"[]", "till")
    carry(pump)
    found = first.result(0).to_dict()
    assert (found["rows"], found["quarantined_rows"]) == (2, 2)
    assert [(fault["line"], fault["column"]) for fault in found["quarantined"]] == [(3, None), (4, "amount")]
    assert found["quarantined"][0]["reason"] == "the message is not a JSON object"
    assert second.result(0).to_dict()["quarantined"] == [
        {"line": 1, "column": None, "reason": "the message is not a JSON object"}
    ]
    positions = empty_store.ask("SELECT position FROM quarantine ORDER BY 1").column(0).to_pylist()
    assert positions == ["0 line 3", "0 line 4", "1"]


def test_a_long_list_of_reasons_is_cut_and_counted(shop):
    inbox, pump = shop()
    answered = inbox.offer(b"x\n" * 250, "till")
    carry(pump)
    assert (answered.result(0).set_aside, len(answered.result(0).reasons)) == (250, 100)


def test_a_line_that_came_before_under_its_id_counts_as_there(shop, empty_store):
    inbox, pump = shop()
    one = line("a", line_id="1")
    answers = [inbox.offer(one, "till"), inbox.offer(one + b"\n" + line("b", line_id="2"), "till")]
    carry(pump)
    assert [answer.result(0).rows for answer in answers] == [1, 2]
    assert orders(empty_store) == ["a", "b"]


@pytest.mark.parametrize("wait", ["in the inbox", "handed out", "committed", "restarted"])
def test_a_key_makes_a_repeat_safe_at_every_stage(shop, empty_store, wait):
    inbox, pump = shop()
    first = inbox.offer(body("a"), "till", "k")
    if wait == "handed out":
        pump.step()
    if wait in ("committed", "restarted"):
        carry(pump)
    if wait == "restarted":
        inbox, pump = shop()
    second = inbox.offer(body("a"), "till", "k")
    carry(pump)
    if wait == "restarted":
        assert first.result(0) == second.result(0)
    assert second.result(0).rows == 1
    assert orders(empty_store) == ["a"]


def test_a_key_is_another_one_from_another_token(shop, empty_store):
    inbox, pump = shop()
    inbox.offer(body("a"), "till 1", "k")
    inbox.offer(body("a"), "till 2", "k")
    carry(pump)
    assert orders(empty_store) == ["a", "a"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_key_with_another_body_is_refused(shop, committed):
    inbox, pump = shop()
    inbox.offer(body("a"), "till", "k")
    if committed:
        carry(pump)
    with pytest.raises(Refused, match="another body") as refused:
        inbox.offer(body("b"), "till", "k")
    assert refused.value.status == 422


def test_without_a_key_two_equal_bodies_are_two(shop, empty_store):
    inbox, pump = shop()
    inbox.offer(body("a"), "till")
    carry(pump)
    inbox.offer(body("a"), "till")
    carry(pump)
    assert orders(empty_store) == ["a", "a"]


@pytest.mark.parametrize("restarted", [False, True])
def test_keys_of_the_last_deliveries_are_remembered_and_no_older_ones(shop, empty_store, restarted):
    inbox, pump = shop(remembered=3)
    for key in "abcde":
        inbox.offer(body(key), "till", key)
        carry(pump)
    if restarted:
        inbox, pump = shop(remembered=3)
    for key in "cd":
        assert inbox.offer(body(key), "till", key).done()
    assert not inbox.offer(body("a"), "till", "a").done()
    carry(pump)
    assert orders(empty_store) == ["a", "a", "b", "c", "d", "e"]


def test_the_position_stays_small_as_keys_come(shop, empty_store):
    inbox, pump = shop()
    for number in range(50):
        inbox.offer(body("a"), "till", str(number))
        carry(pump)
    assert len(empty_store.position("tills")) < 200


def test_a_full_inbox_refuses_until_there_is_room(shop):
    inbox, pump = shop(most_deliveries=2)
    inbox.offer(body("a"), "till")
    inbox.offer(body("b"), "till", "k")
    for ask in (lambda: inbox.check_room(1), lambda: inbox.offer(body("c"), "till")):
        with pytest.raises(Refused, match="full") as refused:
            ask()
        assert (refused.value.status, refused.value.retry_s > 0) == (503, True)
    assert not inbox.offer(body("b"), "till", "k").done()
    carry(pump)
    inbox.check_room(1)


def test_what_waits_for_its_commit_takes_room_as_well(shop, monkeypatch):
    inbox, pump = shop(most_bytes=len(body("a")) + 1)
    inbox.offer(body("a"), "till")
    monkeypatch.setattr(pump.store, "loading", lambda *args: 1 / 0)
    pump.step()
    with pytest.raises(Refused, match="full"):
        inbox.offer(body("b"), "till")


def test_an_inbox_that_is_not_open_refuses(clock):
    inbox = Deliveries(MessageReader("tills"), clock=clock)
    with pytest.raises(Refused, match="not open"):
        inbox.offer(body("a"), "till", "k")


def test_the_end_answers_who_waits(shop, empty_store, monkeypatch):
    inbox, pump = shop()
    handed, waiting = inbox.offer(body("a"), "till"), None
    monkeypatch.setattr(pump.store, "loading", lambda *args: 1 / 0)
    pump.step()
    waiting = inbox.offer(body("b"), "till")
    pump.stop()
    assert [answer.result(0).status for answer in (handed, waiting)] == [503, 503]
    with pytest.raises(Refused, match="not open"):
        inbox.offer(body("c"), "till")
    assert orders(empty_store) == []


def test_a_delivery_can_be_taken_back_until_it_is_handed_out(shop, empty_store):
    inbox, pump = shop()
    handed = inbox.offer(body("a"), "till")
    pump.step()
    waiting = inbox.offer(body("b"), "till", "k")
    for answered in (handed, waiting):
        inbox.withdraw(answered, Refused(503, "too slow", 1))
    assert waiting.result(0).status == 503
    carry(pump)
    assert handed.result(0).rows == 1
    assert orders(empty_store) == ["a"]
    again = inbox.offer(body("b"), "till", "k")
    carry(pump)
    assert again.result(0).rows == 1


def test_a_failed_commit_is_tried_again_before_the_answer(shop, empty_store, monkeypatch):
    inbox, pump = shop()
    loading, failures = empty_store.loading, iter([True, True])

    def loading_that_fails(*args):
        if next(failures, False):
            raise RetailPanelError("disk full")
        return loading(*args)

    monkeypatch.setattr(empty_store, "loading", loading_that_fails)
    answered = inbox.offer(body("a"), "till", "k")
    pump.step()
    pump.finish()
    assert not answered.done()
    pump.finish()
    pump.finish()
    assert answered.result(0).rows == 1
    assert orders(empty_store) == ["a"]


def test_a_body_that_breaks_the_reader_spoils_no_other_one(shop, empty_store, clock, monkeypatch):
    inbox, pump = shop()
    read = inbox._reader.read

    def read_unless_poisoned(messages, place):
        if b"poison" in messages:
            raise ValueError("poison")
        return read(messages, place)

    monkeypatch.setattr(inbox._reader, "read", read_unless_poisoned)
    answers = [inbox.offer(text, "till") for text in (body("a"), b"poison", body("b"), body("c"))]
    for _ in range(20):
        clock.now += pump.step()
    assert answers[1].result(0).status == 500
    assert [answers[place].result(0).rows for place in (0, 2, 3)] == [1, 1, 1]
    assert orders(empty_store) == ["a", "b", "c"]
    assert pump.state.error is None


def test_lag_tells_what_waits(shop, clock):
    inbox, pump = shop()
    assert inbox.lag() == (0, 0.0)
    inbox.offer(body("a"), "till")
    clock.now += 3
    assert inbox.lag() == (1, 3.0)
    pump.step()
    assert inbox.lag() == (0, 0.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(STRANGE.filter(lambda message: isinstance(message, bytes) and message.strip()), max_size=5))
def test_strange_bodies_are_answered_and_every_line_accounted_for(bodies):
    store = Store()
    inbox = Deliveries(MessageReader("tills"))
    pump = Pump(inbox, store)
    pump.open()
    answers = [inbox.offer(text, "till") for text in bodies]
    carry(pump)
    found = [answer.result(0) for answer in answers]
    assert pump.state.error is None
    reasons = store.ask("SELECT reason FROM quarantine").column(0).to_pylist()
    repeats = sum(reason.startswith("delivered again") for reason in reasons)
    assert sum(answer.rows for answer in found) == store.ask("SELECT * FROM order_line").num_rows + repeats
    assert sum(answer.set_aside for answer in found) == len(reasons) - repeats
    store.close()


DEED = st.tuples(st.sampled_from(["post", "post again", "step", "commit", "kill"]), st.integers(0, 5))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DEED, max_size=30))
def test_what_was_answered_is_there_once_whenever_it_is_killed(deeds):
    store, answers = Store(), {}

    def process():
        inbox = Deliveries(MessageReader("tills"))
        pump = Pump(inbox, store)
        pump.open()
        return inbox, pump

    inbox, pump = process()
    for deed, number in deeds:
        if deed.startswith("post"):
            answers[number] = inbox.offer(body(f"o{number}"), "till", str(number))
        elif deed == "step":
            pump.step()
        elif deed == "commit":
            pump.finish()
        else:
            inbox, pump = process()
        done = {f"o{number}" for number, answered in answers.items() if answered.done()}
        assert done <= set(orders(store))
    for number in list(answers):
        answers[number] = inbox.offer(body(f"o{number}"), "till", str(number))
    carry(pump)
    assert all(answered.result(0).rows == 1 for answered in answers.values())
    assert orders(store) == sorted(f"o{number}" for number in answers)
    store.close()


def source(url="post://", settings=None, **how):
    return http_source(url, {"token.till": SECRET} if settings is None else settings, environ={}, **how)


def test_the_url_sets_name_and_terms():
    made = source("post://?name=tills&most_bytes=5000&rate=2&patience_s=1.5&line_id=")
    assert (made.name, made.terms.most_bytes, made.terms.patience_s) == ("tills", 5000, 1.5)
    assert source().name == "post"


@pytest.mark.parametrize(
    ("url", "given", "words"),
    [
        ("post://tills", None, "a host"),
        ("post:///feed", None, "a path"),
        ("post://user:hush@", None, "a host"),
        ("post://?token=hush", None, "option 'token'"),
        ("post://?rate=fast", None, "rate 'fast'"),
        ("post://?rate=0", None, "rate '0'"),
        ("post://?most_bytes=1e12", None, "most_bytes"),
        ("post://?patience_s=nan", None, "patience_s"),
        ("post://", {}, "has no token"),
        ("post://", {"token.till": "hush"}, "4 characters"),
        ("post://", {"token.till": "hush hush hush hush"}, "without blanks"),
        ("post://", {"token.a": SECRET, "token.b": SECRET}, "the same secret"),
        ("post://", {"tokens": SECRET}, "'tokens' is not known"),
        ("post://", {"token.": SECRET}, "is not known"),
    ],
)
def test_what_cannot_be_used_is_said_without_the_secret(url, given, words):
    with pytest.raises(UnusableInput, match=words) as error:
        source(url, given)
    assert SECRET not in str(error.value)
    assert "hush" not in str(error.value)


def test_tokens_come_from_a_file_and_from_the_environment(tmp_path):
    file = tmp_path / "feed.settings"
    file.write_text(f"# tills\ntoken.till = {SECRET}=\n")
    tokens = http_source("post://", file, environ={"RETAIL_PANEL_FEED_TOKENS": "web=0123456789abcdef=="}).terms.tokens
    assert [tokens.name_of(text) for text in (f"{SECRET}=", "0123456789abcdef==", SECRET, "")] == [
        "till", "web", None, None,
    ]  # fmt: skip
    with pytest.raises(UnusableInput, match="NAME=SECRET") as error:
        read_tokens({}, {"RETAIL_PANEL_FEED_TOKENS": SECRET})
    assert SECRET not in str(error.value)


def test_pace_lets_a_burst_pass_and_then_so_many_a_second(clock):
    pace = Pace(2.0, clock)
    assert [pace.take("a") for _ in range(11)] == [0] * 10 + [1]
    assert pace.take("b") == 0
    clock.now += 1
    assert [pace.take("a") for _ in range(3)] == [0, 0, 1]
    slow = Pace(0.1, clock)
    assert [slow.take("a"), slow.take("a")] == [0, 10]
