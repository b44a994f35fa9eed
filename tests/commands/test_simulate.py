"""``retail-panel simulate``: what arrives, what it says it sent, and what it refuses."""

import json

import pytest

from retail_panel import __main__


@pytest.fixture(autouse=True)
def this_command_only(monkeypatch):
    monkeypatch.setattr(__main__, "COMMANDS", ("simulate",))


def simulated(capsys, folder, *arguments):
    """Run the command to a folder; returns exit status, what was printed, and the lines that arrived."""
    status = __main__.main(["simulate", "--to", f"folder://{folder}", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, [line for file in sorted(folder.glob("*")) for line in file.read_bytes().splitlines()]


def test_what_arrives_is_what_was_told(capsys, tmp_path):
    status, out, lines = simulated(
        capsys, tmp_path / "in", "--rate", "inf", "--count", "700", "--bad", "0.1", "--repeated", "0.1", "--json"
    )
    told = json.loads(out)
    assert status == 0 and len(lines) == 700 == told["lines"] + told["repeated"] + told["bad"]
    assert told["bad"] > 0 and told["repeated"] > 0 and told["amount"] != 0


def test_it_stops_by_the_clock(capsys, tmp_path):
    status, out, lines = simulated(capsys, tmp_path / "in", "--rate", "100", "--seconds", "0.5")
    assert status == 0 and 10 <= len(lines) <= 60 and out.startswith(f"Sent {len(lines)} lines worth")


def test_one_seed_sells_the_same(capsys, tmp_path):
    found = [simulated(capsys, tmp_path / name, "--rate", "inf", "--count", "50", "--seed", "4") for name in "ab"]
    amounts = [[json.loads(line)["amount"] for line in lines] for _, _, lines in found]
    assert amounts[0] == amounts[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--bad", "2"), "allowed: a share"),
        (("--bad", "0.6", "--repeated", "0.6"), "allowed: at most 1"),
        (("--rate", "0"), "allowed: a number above 0"),
        (("--burst", "0.5"), "allowed: a number from 1"),
        (("--settings", "missing.settings"), "missing.settings"),
    ],
)
def test_what_cannot_be_is_said(capsys, tmp_path, arguments, words):
    status = __main__.main(["simulate", "--to", f"folder://{tmp_path}/in", *arguments])
    assert status == 2 and words in capsys.readouterr().err
