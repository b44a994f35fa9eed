"""Every command of docs/operations.md is run, in the order of the page, by one shell."""

import configparser
import os
import re
import shutil
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


TEXTS = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
#: What stands for programs that change the machine, or that are not there: each notes how it was called.
STAND_INS = {
    "docker": 'test -f "$3"; echo "$RETAIL_PANEL_HOST"',
    "useradd": "true",
    "systemctl": "true",
    "chown": 'shift; test -f "$1"',
    "python3": 'mkdir -p "$3/bin"; ln -s "$STAND_INS/pip" "$3/bin/pip"',
    "pip": "true",
    # As it is, but that there is no group of that name here.
    "install": """kept=(); while [ $# -gt 0 ]; do if [ "$1" = -g ]; then shift; else kept+=("$1"); fi; shift; done
exec "$INSTALL" "${kept[@]}\"""",
}


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


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine on which the blocks of the section on deployment were followed; and what programs were called with."""
    root = tmp_path_factory.mktemp("machine")
    (root / "etc" / "systemd" / "system").mkdir(parents=True)
    sources, programs = root / "sources", root / "programs"
    shutil.copytree(ROOT / "deploy", sources / "deploy", ignore=shutil.ignore_patterns("secrets"))
    programs.mkdir()
    for name, does in STAND_INS.items():
        (programs / name).write_text(f'#!/bin/bash\nset -e\necho "{name} $*" >> {root}/called\n{does}\n')
        (programs / name).chmod(0o755)
    for place, names in (("deploy/secrets", ("ops.token", "portal.toml")), ("shop", ("settings.toml", "ops.token"))):
        (sources / place).mkdir()
        for name in names:
            (sources / place / name).write_text(f"{name} of {place}")
    environ = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "STAND_INS": str(programs),
                            "INSTALL": shutil.which("install")}  # fmt: skip
    said = ""
    for block in TEXTS:
        there = re.sub(r"(?<= )/(?=etc/|opt/)", f"{root}/", block)
        done = subprocess.run(["bash", "-ec", there], cwd=sources, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, (block, done.stderr)
        said += done.stdout
    return root, (root / "called").read_text().splitlines(), said


def test_what_the_page_installs_is_what_the_unit_names(machine):
    root, called, _ = machine
    unit = (root / "etc/systemd/system/retail-panel.service").read_text()
    named = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    assert (root / named["ExecStart"].split()[0][1:]).parent.is_dir()
    assert named["ExecStart"].startswith("/opt/retail-panel/bin/retail-panel serve")
    (settings,) = re.findall(r"RETAIL_PANEL_SETTINGS=/(\S+)", unit)
    assert (root / settings).read_text() == "settings.toml of shop"
    assert (root / settings).stat().st_mode & 0o777 == 0o640
    token = root / named["LoadCredential"].split(":/")[1]
    assert token.read_text() == "ops.token of shop" and token.stat().st_mode & 0o777 == 0o600
    assert f"useradd --system --home-dir {named['WorkingDirectory']} {named['User']}" in called
    assert called[-1] == "systemctl enable --now retail-panel"


def test_what_the_page_installs_is_our_own_with_extras_that_exist(machine):
    (line,) = [line for line in machine[1] if line.startswith("pip ")]
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    (extras,) = re.findall(r"^pip install \.\[([\w,]+)\]$", line)
    assert set(extras.split(",")) <= set(setup["options.extras_require"])


def test_what_the_page_starts_with_docker_is_our_file_with_the_name_of_the_host(machine):
    root, called, said = machine
    assert "docker compose -f deploy/compose.yaml up --detach" in called and said == "shop.example\n"
    assert "${RETAIL_PANEL_HOST:-" in (ROOT / "deploy" / "compose.yaml").read_text()
    secrets = list((root / "sources/deploy/secrets").iterdir())
    assert secrets and all(file.stat().st_mode & 0o777 == 0o600 for file in secrets)
    (user,) = re.findall(r"--uid (\d+)", (ROOT / "deploy" / "Dockerfile").read_text())
    assert any(line.startswith(f"chown {user} deploy/secrets/") for line in called)
