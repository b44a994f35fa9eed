import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bokeh.client import pull_session

from retail_panel.commands import serve
from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.settings import Settings
from retail_panel.store import Store

ROOT = Path(serve.__file__).parents[2]
APP = """
from bokeh.io import curdoc
from bokeh.models import Div
from retail_panel.server import server

one = server()
one.wait(60)
curdoc().add_root(Div(text=f"{one.settings.title}: {one.state.phase}, {one.store.version >= 1}"))
"""
SERVE = """
import argparse, sys
from retail_panel.commands import serve

parser = argparse.ArgumentParser()
serve.arguments(parser)
serve.run(parser.parse_args(sys.argv[2:]), app=sys.argv[1])
"""


def options(*argv):
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    return parser.parse_args(argv)


@pytest.fixture
def shop_file(tmp_path):
    file = tmp_path / "shop.csv"
    moments = [datetime(2024, 1, 1) + timedelta(hours=n) for n in range(400)]
    rows = [f"{n},C{n % 40},{moment:%Y-%m-%d %H:%M:%S},{n % 90 + 1}.50" for n, moment in enumerate(moments)]
    file.write_text("order_id,customer_id,purchase_date,purchase_amount\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def served(tmp_path):
    app = tmp_path / "app.py"
    app.write_text(APP)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
    environ["PYTHONPATH"] = str(ROOT)
    processes = []

    def start(*argv):
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(app), *map(str, argv)],
            env=environ, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # A shell lets what it runs in the background ignore interrupts, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def page_text(url):
    with urllib.request.urlopen(url) as page:
        assert page.status == 200
    session = pull_session(url=url)
    try:
        return " ".join(root.text for root in session.document.roots)
    finally:
        session.close()


def listening():
    """Return (port, address) of whatever listens on this machine (Linux)."""
    found = []
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        file = Path("/proc/net", name)
        for line in file.read_text().splitlines()[1:] if file.exists() else ():
            _, local, _, state, *_ = line.split()
            if state == "0A":
                address, port = local.split(":")
                # Words of four bytes, each the wrong way round.
                words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
                found.append((int(port, 16), socket.inet_ntop(family, b"".join(words))))
    return found


def answer_to_long_body(address):
    """Return the first line of the answer to a body that is announced as longer than any may be."""
    host, port = re.search(r"//(\w+):(\d+)", address).groups()
    with socket.create_connection((host, int(port)), timeout=20) as line:
        length = serve.MOST_BYTES + 1
        line.sendall(f"POST / HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {length}\r\n\r\n".encode())
        return line.recv(100).partition(b"\r\n")[0]


def test_serves_the_workbench_at_the_root_and_stops_cleanly(served, shop_file, tmp_path):
    url = f"duckdb:///{tmp_path}/shop.duckdb"
    process = served("--replay", shop_file, "--speed", "36000", "--store", url, "--port", "0", "--title", "Corner Shop")
    line = process.stdout.readline()
    address = re.fullmatch(r"Retail Panel: (http://localhost:\d+/) \(without a login.*this machine only.*\)\n", line)[1]
    assert "Corner Shop: ready, True" in page_text(address)
    # Nobody else reaches it, whatever addresses this machine has.
    places = {place for port, place in listening() if port == int(address[:-1].rpartition(":")[2])}
    assert places in ({"127.0.0.1"}, {"::1"}, {"127.0.0.1", "::1"})
    assert answer_to_long_body(address) == b"HTTP/1.1 400 Bad Request"
    process.send_signal(signal.SIGTERM)
    more, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and more == "", errors
    assert "Traceback" not in errors
    store = Store(url)
    orders = store.ask(store.lines.select("order_id", "ordered_at").order_by("ordered_at")).to_pylist()
    position = datetime.fromisoformat(store.position("replay shop.csv"))
    store.close()
    assert len(orders) >= 319
    assert [row["order_id"] for row in orders] == [str(n) for n in range(len(orders))]
    assert orders[-1]["ordered_at"] < position <= orders[-1]["ordered_at"] + timedelta(hours=1)


def test_serves_under_a_prefix_and_stops_on_an_interrupt(served, shop_file):
    process = served(shop_file, "--port", "0", "--prefix", "/shop")
    address = re.search(r"http://localhost:\d+/shop/", process.stdout.readline())[0]
    assert "Retail Panel: ready, True" in page_text(address)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("argv", [("none.csv",), ("--replay", "none.csv"), ("--mapping", "none.csv")])
def test_a_file_that_is_not_there_is_named(argv):
    with pytest.raises(UnusableInput, match=r"none\.csv: there is no such file; allowed:"):
        serve.run(options(*argv))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--port", "http"), "--port http: not a port; allowed: 0 to 65535"),
        (("--port", "70000"), "--port 70000: not a port; allowed: 0 to 65535"),
        (("--speed", "fast"), "setting replay_speed .*'fast'; allowed: a number above 0, or inf"),
        (("--currency", "pounds"), "setting currency .*'pounds'; allowed: an ISO 4217 code"),
        (("--address", "host.invalid"), "--address host.invalid: .*allowed: an address of this machine"),
    ],
)
def test_options_that_cannot_be_used(argv, message):
    with pytest.raises(UnusableInput, match=message):
        serve.run(options(*argv))


def test_a_port_that_is_taken_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with pytest.raises(RetailPanelError, match=f"--port {port} on 127.0.0.1: Address already in use; allowed:"):
            serve.run(options("--port", port, "--address", "127.0.0.1"))


def test_options_become_settings(monkeypatch, shop_file):
    monkeypatch.setenv("RETAIL_PANEL_TITLE", "From the environment")
    monkeypatch.setenv("RETAIL_PANEL_CURRENCY", "USD")
    found = serve._settings(options(str(shop_file), "--currency", "EUR", "--speed", "inf", "--refresh-ms", "500"))
    assert (found.source, found.currency, found.title) == (str(shop_file), "EUR", "From the environment")
    assert (found.replay_speed, found.refresh_ms) == (float("inf"), 500)


def test_serving_to_others_says_so_and_names_the_origins():
    chosen = options("--address", "0.0.0.0", "--allow-websocket-origin", "shop.example")
    assert "WITHOUT A LOGIN" in serve._greeting(chosen, 5006)
    assert serve._origins(chosen, 5006) == ["localhost:5006", "127.0.0.1:5006", "0.0.0.0:5006", "shop.example"]


def test_login_free_use_on_this_machine_only_is_the_default():
    assert "this machine only" in serve._greeting(options(), 5006)
    assert serve._origins(options(), 5006) == ["localhost:5006", "127.0.0.1:5006"]


def test_make_serve_sets_nothing_up():
    told = subprocess.run(["make", "-n", "-s", "-o", ".venv/.installed", "serve"], cwd=ROOT, capture_output=True,
                          text=True, env={k: v for k, v in os.environ.items() if k != "PORT"}, check=True)  # fmt: skip
    program, command, *argv = told.stdout.splitlines()[-1].split()
    assert (program, command) == (".venv/bin/retail-panel", "serve")
    chosen = options(*argv)
    greeting = serve._greeting(chosen, 5006)
    assert greeting.endswith("(without a login, and so open to this machine only; Ctrl+C stops it)")
    assert "\n" not in greeting and not chosen.production


def test_production_listens_to_named_origins_only():
    chosen = options("--production", "--allow-websocket-origin", "shop.example")
    assert serve._origins(chosen, 5006) == ["shop.example"]


def test_what_is_not_safe_for_others_is_refused_from_the_environment_too(monkeypatch):
    monkeypatch.setenv("RETAIL_PANEL_PRODUCTION", "yes")
    with pytest.raises(UnusableInput, match="production mode refuses to start: no login is set up"):
        serve.run(options("--port", "0"))


@pytest.mark.parametrize(("level", "told"), [("debug", "info"), ("warning", "warning")])
def test_messages_are_limited_and_bokeh_tells_no_details(level, told):
    settings = Settings(message_bytes=123_456, log_level=level)
    arguments = serve._panel_arguments(options(), 5006, serve.APP, settings)
    assert "--websocket-max-message-size=123456" in arguments
    assert f"--log-level={told}" in arguments and str(serve.ADMIN) in arguments
