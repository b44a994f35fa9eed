"""Every command of docs/operations.md is run, in the order of the page, by one shell."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from retail_panel.settings import describe

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(?:sh|bash)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as trial:
        return str(trial.getsockname()[1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What the shell wrote after each block, its folder, and its exit status."""
    folder = tmp_path_factory.mktemp("operations")
    program = folder / "bin" / "retail-panel"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m retail_panel "$@"\n')
    program.chmod(0o755)
    script = "set -e -m\n" + "\necho ---\n".join(BLOCKS).replace("5006", free_port())
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
    environ |= {"PATH": f"{program.parent}:{environ['PATH']}", "PYTHONPATH": str(ROOT), "NO_PROXY": "localhost"}
    shell = subprocess.Popen(
        ["bash", "-c", script + "\necho ---\nkill %1; wait %1 || true\n"], cwd=folder, env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, complaints = shell.communicate(timeout=240)
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.communicate()
    return out.split("---\n"), complaints, folder / "shop", shell.returncode


def test_every_command_did_what_it_should(run):
    parts, complaints, _, status = run
    assert status == 0, (complaints, parts)
    assert len(parts) == len(BLOCKS) + 1


def test_what_they_print_is_what_the_page_says(run):
    parts = run[0]
    everything = " ".join(parts)
    assert "without a login, and so open to this machine only" in everything
    assert parts[1].count('"ok"') == 4
    assert '{"status": "ok"}' in parts[2] and "retail_panel_rows{" in parts[2]
    assert "monday.duckdb: version 1, 100,865 order lines" in parts[3]
    assert "what was there is shop.duckdb.before-restore" in parts[4] and parts[4].count('"ok"') == 4


def test_files_are_where_the_page_says_and_the_log_is_quiet(run):
    folder = run[2]
    assert {"monday.duckdb", "shop.duckdb", "shop.duckdb.before-restore"} <= {file.name for file in folder.iterdir()}
    assert (folder / "server.log").read_text() == ""


def test_every_metric_and_setting_that_is_named_exists():
    from retail_panel.ops import metrics

    code = Path(metrics.__file__).read_text("utf-8")
    for name in set(re.findall(r"`retail_panel_(\w+)`", PAGE)):
        assert f'"{name.removesuffix("_total")}"' in code, name
    settings = {setting["name"] for setting in describe()}
    table = PAGE[PAGE.index("## Limits") : PAGE.index("## Deployment")]
    rows = {name for line in table.splitlines() for name in re.findall(r"\| `(\w+)` \((?:none|[\d,]+)\) \|", line)}
    assert rows and rows <= settings
    defaults = {setting["name"]: setting["default"] or "none" for setting in describe()}
    for name, told in re.findall(r"\| `(\w+)` \((none|[\d,]+)\) \|", table):
        assert defaults[name] == told.replace(",", ""), name


def test_every_file_that_is_named_is_there():
    for path in set(re.findall(r"`((?:deploy|tests|docs)/[\w./-]+)`", PAGE)):
        assert (ROOT / path).exists(), path
