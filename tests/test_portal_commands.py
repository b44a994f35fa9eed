"""Every command of docs/portal.md and of the examples starts what it says."""

import configparser
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "docs" / "portal.md", *sorted((ROOT / "examples").glob("*/README.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
BODIES = [body for page in PAGES for body in BLOCK.findall(page.read_text("utf-8"))]
LINES = sorted({line for body in BODIES for line in body.splitlines()})
STARTED = [line for line in LINES if not line.startswith("pip ")]


def test_each_page_has_commands():
    assert len(STARTED) >= 6
    for page in PAGES:
        assert BLOCK.search(page.read_text("utf-8")), page


@pytest.mark.parametrize("line", STARTED)
def test_a_command_starts(line, tmp_path):
    words = shlex.split(line)
    with socket.create_server(("localhost", 0)) as free:
        port = str(free.getsockname()[1])
    if words[0] == "retail-panel":
        words, said = [sys.executable, "-m", *words, "--port", port], "Retail Panel: http://"
        words[2] = "retail_panel"
    else:
        assert words[0] == "python" and (ROOT / words[1]).exists()
        words, said = [sys.executable, str(ROOT / words[1]), *words[2:]], "Portal: http://"
        words[words.index("--port") + 1] = port
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            words, cwd=tmp_path, env={**environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=log
        )
    waiting = threading.Timer(120, process.kill)
    waiting.start()
    try:
        first = process.stdout.readline()
        assert first.startswith(said) and f":{port}/" in first, (tmp_path / "log").read_text()
    finally:
        waiting.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def test_extras_that_are_installed_are_there():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for line in LINES:
        if line.startswith("pip "):
            (extra,) = re.findall(r"retail-panel\[(\w+)\]", line)
            assert extra in setup["options.extras_require"]
