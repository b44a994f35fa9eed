import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from retail_panel import server as server_module
from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.server import FAILED, LOADING, READY, Server, ServerState, server
from retail_panel.settings import Settings


@pytest.fixture
def intake(monkeypatch, make_lines):
    """Stands in for intake: appends the lines under ``lines`` and notes each call in ``calls``."""

    class Intake:
        lines = make_lines(ordered_at=[f"2024-01-{day:02}" for day in range(1, 11)], order_id=list("abcdefghij"))
        calls = []

        def load(self, source, store, mapping=None, progress=None, first=False):
            self.calls.append((source, mapping))
            progress(4, 0.4, "Reading")
            with store.loading(source, first=first) as load:
                load.append(self.lines)
            progress(10, 1.0, "Loaded")

    stand_in = Intake()
    stand_in.calls = []
    monkeypatch.setattr("retail_panel.server.intake.load", stand_in.load)
    monkeypatch.setattr("retail_panel.feed.archive.load_file", stand_in.load)
    return stand_in


@pytest.fixture
def serving():
    made = []

    def start(**settings):
        made.append(Server(Settings(**settings)).start())
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_source_is_loaded_in_the_background(serving, intake, monkeypatch):
    held, go = threading.Event(), threading.Event()
    load = intake.load

    def slow(source, store, mapping=None, progress=None, first=False):
        progress(4, 0.4, "Reading")
        held.set()
        go.wait(10)
        load(source, store, mapping, progress)

    monkeypatch.setattr("retail_panel.server.intake.load", slow)
    one = serving(source="shop.csv", mapping="shop.toml")
    assert held.wait(10)
    assert one.state == ServerState(LOADING, "Reading", 0.4, 4)
    assert one.store.version == 0
    go.set()
    assert one.wait(10) == ServerState(READY, "Ready", 1.0, 10)
    assert one.store.version == 1
    assert intake.calls == [("shop.csv", "shop.toml")]
    assert one.pump is None


def test_servers_that_share_a_store_load_the_source_once_and_never_the_demo(serving, intake, shop_url, monkeypatch):
    both, load = threading.Barrier(2), intake.load

    def at_once(*args, **how):
        both.wait(20)
        load(*args, **how)

    monkeypatch.setattr("retail_panel.server.intake.load", at_once)
    idle = serving(store=shop_url)
    assert idle.wait(20).phase == READY and idle.store.version == 0
    servers = [serving(store=shop_url, source="shop.csv") for _ in range(2)]
    assert [one.wait(20).phase for one in servers] == [READY, READY]
    assert intake.calls == [("shop.csv", None)] * 2
    for one in (*servers, idle):
        one.store.catch_up()
        assert one.store.version == 1 and one.store.ask(one.store.lines).num_rows == 10


def test_a_server_that_closes_waits_for_no_other_one(serving, intake, shop_url):
    first, held, go = serving(store=shop_url), threading.Event(), threading.Event()

    def hold():
        with first.store.loading("held"):
            held.set()
            go.wait(20)

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        assert held.wait(20)
        try:
            second = serving(store=shop_url, source="shop.csv")
            second.close()
        finally:
            go.set()
        holding.result(20)
    assert second.state.phase == FAILED and first.store.version == 1


def test_without_a_source_the_demo_is_loaded(serving, intake, monkeypatch, tmp_path):
    monkeypatch.setattr("retail_panel.server.demo.folder", lambda: tmp_path)
    assert serving().wait(10).phase == READY
    assert intake.calls == [(str(tmp_path), None)]


def test_a_store_that_has_rows_is_left_alone(serving, intake, tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    for _ in range(2):
        one = serving(store=url, source="shop.csv")
        assert one.wait(10).phase == READY
        one.close()
    assert len(intake.calls) == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UnusableInput("x.csv: no amount;\nallowed: a column"), "x.csv: no amount; allowed: a column"),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
def test_a_source_that_cannot_be_loaded_is_said(serving, monkeypatch, error, text):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("retail_panel.server.intake.load", fail)
    one = serving(source="x.csv")
    assert one.wait(10) == ServerState(FAILED, text)
    assert one.store.version == 0


def test_replay_brings_history_and_then_the_rest(serving, intake):
    one = serving(replay="shop.csv", replay_speed=float("inf"), replay_from=0.5)
    assert one.wait(10).phase == READY
    one.pump._thread.join(10)
    assert one.pump.state.rows == 5
    assert one.store.ask(one.store.lines).num_rows == 10
    assert [row[2:] for row in one.store.commits()][0] == ("replay shop.csv", 5)


def test_replay_goes_on_where_the_last_process_stopped(serving, intake, tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    one = serving(store=url, replay="shop.csv", replay_from=0.5)
    one.wait(10)
    one.close()
    two = serving(store=url, replay="shop.csv", replay_from=0.5, replay_speed=float("inf"))
    two.wait(10)
    two.pump._thread.join(10)
    orders = two.store.ask(two.store.lines.select("order_id").order_by("order_id")).column(0).to_pylist()
    assert orders == list("abcdefghij")


@pytest.fixture
def fed(monkeypatch, make_lines):
    """Stands in for a feed of two lines; notes what it was made with."""

    class Feed:
        name, position, calls = "tills", None, []

        def __init__(self, *how):
            self.calls.append(how)

        def open(self, position):
            self.position, self.left = position, [] if position else ["x", "y"]

        def history(self, load):
            pass

        def next_batch(self):
            taken, self.left = self.left, []
            self.position = "all" if taken else self.position
            return make_lines(ordered_at=["2024-02-01"] * len(taken), order_id=taken)

        def close(self):
            pass

    Feed.calls = []
    monkeypatch.setattr("retail_panel.server.feed_source", Feed)
    return Feed


def until_rows(one, rows):
    """Wait until the pump has committed so many rows."""
    end = time.monotonic() + 20
    while one.pump is None or one.pump.state.rows < rows:
        assert time.monotonic() < end, one.pump and one.pump.state
        time.sleep(0.01)


def test_a_feed_follows_what_was_loaded(serving, intake, fed, tmp_path):
    names = tmp_path / "fields.toml"
    names.write_text('[columns]\nordered_at = "soldAt"\n')
    one = serving(source="shop.csv", feed="kafka://broker/tills", feed_settings="f", feed_mapping=str(names))
    assert one.wait(10).phase == READY
    until_rows(one, 2)
    assert one.store.ask(one.store.lines).num_rows == 12
    ((url, settings, mapping, limits),) = fed.calls
    assert (url, settings, mapping.columns) == ("kafka://broker/tills", "f", {"ordered_at": "soldAt"})
    assert limits is None or limits[0] <= limits[1]


def test_a_feed_goes_on_in_its_store_and_brings_no_demo(serving, intake, fed, tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    for _ in range(2):
        one = serving(store=url, feed="kafka://broker/tills")
        one.wait(10)
        end = time.monotonic() + 20
        while one.store.position("tills") != "all":
            assert time.monotonic() < end
            time.sleep(0.01)
        one.close()
    assert intake.calls == []
    again = serving(store=url, feed="kafka://broker/tills")
    again.wait(10)
    assert again.store.ask(again.store.lines).num_rows == 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"replay": "shop.csv", "feed": "kafka://b/t"}, "a replay and a feed"),
        ({"feed": "carrier://pigeon"}, "allowed: kafka://"),
        ({"feed": "kafka://b/t", "feed_mapping": "missing.toml"}, "missing.toml"),
    ],
)
def test_a_feed_that_cannot_be_opened_is_said(serving, intake, settings, words):
    state = serving(**settings).wait(10)
    assert state.phase == FAILED and words in state.text


def test_closing_gives_up_loading(serving, monkeypatch):
    held, go = threading.Event(), threading.Event()

    def endless(source, store, mapping=None, progress=None, first=False):
        with store.loading(source):
            held.set()
            go.wait(10)
            while True:
                progress(1, None, "Reading")

    monkeypatch.setattr("retail_panel.server.intake.load", endless)
    one = serving(source="shop.csv")
    assert held.wait(10)
    closer = threading.Thread(target=one.close)
    closer.start()
    one._closing.wait(10)
    go.set()
    closer.join(10)
    assert not closer.is_alive()
    assert one.state.text == "the server was closed while it loaded"
    one.close()


def test_workers_answer_questions(serving, intake):
    one = serving(source="shop.csv", workers=2)
    one.wait(10)
    answers = one.workers.map(lambda _: one.store.ask(one.store.lines.count().as_table()), range(8))
    assert [answer.column(0)[0].as_py() for answer in answers] == [10] * 8


def test_answers_under_way_do_not_keep_the_store_open(serving, intake):
    one = serving(source="shop.csv", workers=1)
    one.wait(10)
    started, go = threading.Event(), threading.Event()
    under_way = one.workers.submit(lambda: (started.set(), go.wait(10)))
    queued = one.workers.submit(one.store.ask, one.store.lines)
    started.wait(10)
    close = one.store.close
    one.store.close = lambda: (close(), go.set())
    one.close()
    assert under_way.result() == (None, True)
    assert queued.cancelled()


def test_a_process_has_one_server_however_many_ask_at_once(monkeypatch, intake):
    monkeypatch.setattr(server_module, "_made", None)
    monkeypatch.setenv("RETAIL_PANEL_SOURCE", "shop.csv")
    with ThreadPoolExecutor(8) as visitors:
        found = {id(one) for one in visitors.map(lambda _: server(), range(8))}
    assert len(found) == 1
    assert server(Settings(source="shop.csv")) is server()
    with pytest.raises(RetailPanelError, match="serves already"):
        server(Settings(source="other.csv"))
    server().close()


def test_a_file_that_another_process_writes_is_an_error(tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    hold = f"from retail_panel.store import Store; s = Store({url!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(RetailPanelError, match="cannot open the store .* lock is held"):
            Server(Settings(store=url))
        other.communicate("\n")


def test_old_days_are_rolled_up_once_the_source_is_loaded(serving, intake, make_lines):
    intake.lines = make_lines(ordered_at=["2024-01-01", "2024-06-01"], order_id=["a", "b"])
    one = serving(source="shop.csv", keep_lines=60)
    assert one.wait(10).phase == READY
    end = time.monotonic() + 20
    while one.store.version < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert one.store.ask("SELECT count(merged) AS n FROM order_line")["n"][0].as_py() == 1
    assert serving(source="shop.csv").retainer is None


def test_the_shell_is_there_before_any_thread_may_draw():
    code = (
        "import sys\n"
        "from retail_panel import server\n"
        "seen = []\n"
        "server.Server.start = lambda *given: seen.append('panel_material_ui' in sys.modules)\n"
        "before = 'panel_material_ui' in sys.modules\n"
        "server.server()\n"
        "print(before, seen)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False [True]\n"
