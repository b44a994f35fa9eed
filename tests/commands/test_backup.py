"""A backup of a server that runs, and putting it back."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from retail_panel.__main__ import main
from retail_panel.ops import backup, probes
from retail_panel.ops.logs import ErrorCount
from retail_panel.server import READY, Server, ServerState
from retail_panel.settings import Settings
from retail_panel.store import Store
from retail_panel.store.files import check_store_file

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "ops.token"
    file.write_text(f"{TOKEN}\n")
    return str(file)


@pytest.fixture
def running(tmp_path, six_clean, serve_routes):
    """A server on a store file, and its address: ``running(**settings)``."""
    made = []

    def start(**settings):
        server = Server(Settings(**{"store": f"duckdb:///{tmp_path}/shop.duckdb", **settings}))
        server.store.append(six_clean, "kafka tills", "41")
        server.state = ServerState(READY)
        made.append(server)
        shared = probes.Probes(lambda: server, ErrorCount())
        return server, serve_routes(backup.handlers(shared))

    yield start
    for server in made:
        server.close()


def post(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, b"", headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]


def test_back_up_while_it_runs_and_restore_after(running, tmp_path, token_file, six_clean, capsys):
    server, url = running(ops_token_file=token_file)
    copy = tmp_path / "copy.duckdb"
    assert main(["backup", str(copy), "--url", url, "--token-file", token_file]) == 0
    assert "copy.duckdb: version 1, 17 order lines" in capsys.readouterr().out
    assert copy.stat().st_mode & 0o077 == 0
    server.store.append(six_clean, "kafka tills", "99")
    store = server.settings.store
    code = "import sys; from retail_panel.__main__ import main; sys.exit(main(sys.argv[1:]))"
    restore = [sys.executable, "-c", code, "restore", str(copy), "--store", store, "--replace"]
    refused = subprocess.run(restore, capture_output=True, text=True)
    assert refused.returncode == 1 and "a server has it open, so stop that first" in refused.stderr
    server.close()
    assert main(["restore", str(copy), "--store", store]) == 2
    assert main(["restore", str(copy), "--store", store, "--replace"]) == 0
    assert "what was there is" in capsys.readouterr().out
    again = Store(store)
    assert (again.version, again.position("kafka tills")) == (1, "41")
    again.close()
    assert check_store_file(tmp_path / "shop.duckdb.before-restore") == (2, 34)
    assert not list(tmp_path.glob(".backup-*"))


def test_a_store_in_memory_is_backed_up_too(running, tmp_path, token_file):
    _, url = running(store="duckdb://", ops_token_file=token_file)
    assert main(["backup", str(tmp_path / "copy.duckdb"), "--url", url, "--token-file", token_file]) == 0


def test_nobody_gets_a_copy_without_the_token(running, token_file):
    _, url = running(ops_token_file=token_file)
    for header in ({}, {"Authorization": "Bearer another-token-of-it"}, {"Authorization": f"Basic {TOKEN}"}):
        assert post(f"{url}/backup", **header) == (401, "the token of setting ops_token_file is asked for, as "
                                                        "Authorization: Bearer TOKEN")  # fmt: skip


def test_where_no_token_is_set_nobody_gets_a_copy(running):
    _, url = running()
    status, why = post(f"{url}/backup", Authorization=f"Bearer {TOKEN}")
    assert (status, why) == (401, "the token of setting ops_token_file is not set")


def test_one_backup_at_a_time(running, token_file, monkeypatch):
    _, url = running(ops_token_file=token_file)
    with backup.Backup.under_way:
        assert post(f"{url}/backup", Authorization=f"Bearer {TOKEN}")[0] == 409
    assert post(f"{url}/backup", Authorization=f"Bearer {TOKEN}")[0] == 200


def test_why_there_is_no_backup_is_said(running, tmp_path, token_file, capsys):
    server, url = running(ops_token_file=token_file)
    there = tmp_path / "there"
    there.write_text("mine")
    short = tmp_path / "short.token"
    short.write_text("short")
    other = tmp_path / "other.token"
    other.write_text("another-token-of-it")
    new = str(tmp_path / "new.duckdb")
    for argv, status, words in (
        ([str(there), "--url", url, "--token-file", token_file], 2, "it is there already"),
        ([new, "--url", url], 2, "there is no token"),
        ([new, "--url", "file:///etc/passwd", "--token-file", token_file], 2, "allowed: http:// or https://"),
        ([new, "--url", url, "--token-file", str(short)], 2, "at least 16"),
        ([new, "--url", url, "--token-file", str(other)], 1, "401, the token"),
        ([new, "--url", "http://127.0.0.1:9", "--token-file", token_file], 1, "refused"),
    ):
        assert main(["backup", *argv]) == status, argv
        assert words in " ".join(capsys.readouterr().err.split())
    assert sorted(file.name for file in tmp_path.glob("new*")) == []


def test_a_copy_that_is_cut_short_is_no_backup(running, tmp_path, token_file, monkeypatch, capsys):
    server, url = running(ops_token_file=token_file)
    whole = server.store.copy_to
    monkeypatch.setattr(server.store, "copy_to", lambda file: (whole(file), os.truncate(file, 5000)))
    assert main(["backup", str(tmp_path / "new.duckdb"), "--url", url, "--token-file", token_file]) == 1
    assert not list(tmp_path.glob("new*"))


def test_what_is_no_backup_is_not_restored(tmp_path, capsys):
    assert main(["restore", str(tmp_path / "none"), "--store", f"duckdb:///{tmp_path}/shop.duckdb"]) == 2
    assert "there is no such file" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "none"), "--store", "duckdb://"]) == 2
    assert "it has no file" in capsys.readouterr().err
