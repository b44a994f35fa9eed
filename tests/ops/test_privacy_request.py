"""A customer is erased while a server runs: in the store, in what it keeps in memory, on pages that are open."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from crossfilter.desk import Desk

import retail_panel
from retail_panel.__main__ import main
from retail_panel.ops import privacy, probes
from retail_panel.ops.logs import ErrorCount
from retail_panel.server import READY, Server, ServerState
from retail_panel.settings import Settings
from retail_panel.store import RowPolicy, Store

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "ops.token"
    file.write_text(f"{TOKEN}\n")
    return str(file)


@pytest.fixture
def running(tmp_path, six_clean, serve_routes, token_file):
    """A server of the six customers in this process, and its address."""
    server = Server(Settings(store=f"duckdb:///{tmp_path}/shop.duckdb", ops_token_file=token_file))
    server.store.append(six_clean, "kafka tills", "41")
    server.state = ServerState(READY)
    yield server, serve_routes(privacy.handlers(probes.Probes(lambda: server, ErrorCount())))
    server.close()


def post(url, token=TOKEN, **asked):
    request = urllib.request.Request(f"{url}/privacy", json.dumps(asked).encode(), {"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]


def test_views_in_memory_go_and_open_pages_follow_even_those_that_hold_rows_back(running, monkeypatch):
    server, url = running
    monkeypatch.setattr(privacy, "PATIENCE_S", 0.3)
    desk = Desk(server.store, charts=("channel",))
    server.shelf, server.scenes = desk.shelf, desk.scenes
    desk.shelf.spare = 4
    session = desk.open("rfm.k=3")
    other = Desk(server.store, desk.scenes, charts=("channel",))
    other.open("rfm.k=3&channel=Online")
    other.session.close()
    other.settle()
    session.paused = True
    key, before = session.answers.key, session.scene
    status, answer = post(url, what="erase", customer="Ben")
    assert status == 200 and answer["erased"]["order_line"] == 4 and answer["store"] == server.settings.store
    # The page of the visitor who is there has not looked yet, which is what is told.
    assert (answer["dropped"], answer["left"]) == (1, 1)
    assert session.tick()
    desk.settle()
    assert session.scene is not before and session.scene.rows == 13 and session.answers.key != key
    assert desk.scenes.forget() == 0
    tables = {name for (name,) in server.store.engine.cursor().execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'scratch'").fetchall()}  # fmt: skip
    for name in tables:
        found = server.store.engine.cursor().execute(f'SELECT * FROM scratch.main."{name}"').to_arrow_table()
        assert "customer_key" not in found.column_names or found.num_rows <= 13
    assert [what for _, who, what, _, _ in server.store.audit()] == ["erased a customer"]
    session.close()
    desk.settle()


def test_a_masked_export_names_nobody_anew(running):
    server, url = running
    masked = server.store.seen_by(RowPolicy(masked=True))
    masked.ask("SELECT customer_id FROM customer")
    assert len(post(url, what="export", customer="Ben")[1]["found"]["order_line"]) == 4
    assert post(url, what="erase", customer="Ben")[0] == 200
    assert server.store.pseudonyms.of("Ben") not in masked.ask("SELECT customer_id FROM customer").column(0).to_pylist()


def test_only_operators_ask_and_only_for_what_there_is(running, tmp_path):
    server, url = running
    assert post(url, "another-token-of-it", what="erase", customer="Ben")[0] == 401
    for asked, words in (
        ({"what": "forget", "customer": "Ben"}, "what one of export, erase"),
        ({"what": "erase"}, "JSON with what and customer"),
        ({"what": "erase", "customer": ["Ben"]}, "customer an id"),
        ({"what": "erase", "customer": "Nobody"}, "holds nothing of this customer"),
        ({"what": "erase", "customer": "Ben", "store": f"{tmp_path}/other.duckdb"}, "has another store open"),
    ):
        status, why = post(url, **asked)
        assert status == 400 and words in why
    with privacy.Privacy.under_way:
        assert post(url, what="erase", customer="Ben")[0] == 409
    assert server.store.version == 1


@pytest.fixture
def served(tmp_path, six_clean, token_file):
    """The store and the address of a server in a process of its own."""
    store = Store(f"duckdb:///{tmp_path}/shop.duckdb")
    store.append(six_clean)
    store.close()
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
    environ |= {"PYTHONPATH": str(Path(retail_panel.__file__).parents[1]), "RETAIL_PANEL_OPS_TOKEN_FILE": token_file}
    command = [sys.executable, "-m", "retail_panel", "serve", "--store", "duckdb:///shop.duckdb", "--port", "0"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=log)
    yield store, re.search(r"http://localhost:\d+", process.stdout.readline())[0], tmp_path
    process.terminate()
    process.communicate(timeout=60)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_server_that_runs_erases_and_says_what_was_erased_where(served, token_file, capsys, monkeypatch):
    _, address, folder = served
    url, token = f"duckdb:///{folder}/shop.duckdb", ("--token-file", token_file)
    # Where no address is told it is that of the usual port; here it is another one.
    monkeypatch.setattr("retail_panel.commands.privacy.SERVER", f"{address}/")
    assert main(["privacy", "export", "Ben", "--store", url, *token]) == 0
    assert len(json.loads(capsys.readouterr().out)["order_line"]) == 4
    assert main(["privacy", "erase", "Ben", "--store", url, *token]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Erased in duckdb:///shop.duckdb, by the server at {address}/: 1 customer, 4 order_line" in said
    assert "Thrown away there: 0 views kept in memory" in said and "So do backups" in said
    assert main(["privacy", "erase", "Ben", "--url", address, *token]) == 1
    assert "400, 'Ben': the store holds nothing of this customer" in " ".join(capsys.readouterr().err.split())
    # Freed blocks of the file keep their bytes until others are written there; a copy has none.
    assert main(["backup", str(folder / "copy.duckdb"), "--url", address, *token]) == 0
    held = (folder / "copy.duckdb").read_bytes()
    assert b"Ben" not in held and b"Cleo" in held
