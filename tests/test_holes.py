"""What looks for holes: in our code, and in what we install."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import known_holes
import pytest

ROOT = Path(__file__).parents[1]


def test_our_code_invites_no_attack():
    command = [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "retail_panel", "-ll"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def test_bandit_finds_what_does(tmp_path):
    (tmp_path / "bad.py").write_text("import yaml\nyaml.load(open('x'))\n")
    command = [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", str(tmp_path), "-ll"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 1


def test_each_rule_that_is_left_out_has_a_reason():
    text = (ROOT / "pyproject.toml").read_text()
    lines = text.splitlines()
    (line,) = [number for number, line in enumerate(lines) if line.startswith("skips")]
    for rule in tomllib.loads(text)["tool"]["bandit"]["skips"]:
        above = [each for each in lines[:line] if each.startswith(f"# {rule}")]
        assert above, f"{rule}: no reason above"


HOLE = {"id": "CVE-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}


@pytest.mark.parametrize(
    ("output", "complaint", "strict", "status", "words"),
    [
        ({"dependencies": [{"name": "a", "version": "1", "vulns": []}]}, "", True, 0, "1 packages have no known hole"),
        ({"dependencies": [{"name": "a", "version": "2", "vulns": [HOLE]}]}, "", False, 1, "a 2: CVE-2026-1, mended"),
        ({"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "own", "skip_reason": "editable"}]}, "",
         True, 0, "1 packages have no known hole; not looked up: own"),
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, "", False, 0, "NOT AUDITED"),
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}]}, "", True, 1, "knows none"),
        ("", "Traceback\nConnectionError: no route", False, 0, "NOT AUDITED for known holes"),
        ("", "Traceback\nConnectionError: no route", True, 1, "ConnectionError: no route"),
        ("", "", True, 1, "it said nothing"),
        ({"odd": 1}, "", True, 1, "NOT AUDITED"),
    ],
)  # fmt: skip
def test_the_verdict(output, complaint, strict, status, words):
    found = known_holes.verdict(output if output == "" else json.dumps(output), complaint, strict)
    assert found[0] == status and words in found[1]


@pytest.mark.parametrize("strict", [False, True])
def test_a_network_that_fails_is_said(tmp_path, strict):
    (tmp_path / "one.txt").write_text("retail-panel-of-the-tests==0.0.1\n")
    environ = dict(os.environ) | {"RETAIL_PANEL_AUDIT": "strict" if strict else ""}
    nowhere = "http://127.0.0.1:9"
    environ |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), nowhere) | {"NO_PROXY": ""}
    arguments = ["--requirement", str(tmp_path / "one.txt"), "--no-deps", "--disable-pip", "--timeout", "2",
                 "--cache-dir", str(tmp_path / "cache")]  # fmt: skip
    command = [sys.executable, str(ROOT / "tests" / "known_holes.py"), *arguments]
    found = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert found.returncode == int(strict), found.stderr
    assert found.stderr.startswith("NOT AUDITED for known holes: pip-audit could not ask its database (")
