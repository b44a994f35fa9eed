"""``retail-panel live``: its history, what it serves with, and a sale that comes through."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime

import pandas as pd
import pytest

from retail_panel import __main__, demo
from retail_panel.commands import live


@pytest.mark.parametrize("now", [datetime(2026, 11, 21, 12), datetime(2027, 3, 3, 9, 30), datetime(2026, 10, 31, 12)])
def test_history_ends_now_on_the_weekday_it_was(tmp_path, now):
    path = tmp_path / "history.csv.gz"
    live._write_history(path, now)
    found = pd.read_csv(path, parse_dates=["ordered_at"])
    whole = pd.read_csv(demo.folder() / "order_lines.csv.gz", parse_dates=["ordered_at"])
    moved = found.ordered_at.iloc[0] - whole.ordered_at.iloc[0]
    assert moved % pd.Timedelta(weeks=1) == pd.Timedelta(0)
    assert now - pd.Timedelta(days=1) < found.ordered_at.max() <= now
    assert len(found) == (whole.ordered_at + moved <= now).sum()


def test_a_rate_of_nothing_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(__main__, "COMMANDS", ("live",))
    assert __main__.main(["live", "--rate", "0"]) == 2
    assert "allowed: a number above 0" in capsys.readouterr().err


def test_sales_come_in_and_the_shop_ends_with_the_server():
    command = [sys.executable, "-m", "retail_panel", "live", "--port", "0", "--rate", "50"]
    environ = {**os.environ, "RETAIL_PANEL_STORE": "duckdb://"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as served:
        try:
            url = served.stdout.readline().split()[2]
            end = time.monotonic() + 120
            while (answer := _posted(f"{url}feed")) == 503:
                assert time.monotonic() < end
                time.sleep(0.2)
            assert answer == 401
            shop = _children(served.pid)
            assert shop
        finally:
            served.send_signal(signal.SIGTERM)
            _, complaints = served.communicate(timeout=60)
    assert "Traceback" not in complaints
    assert not any(os.path.exists(f"/proc/{child}") for child in shop)


def _posted(url):
    request = urllib.request.Request(url, json.dumps({}).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as found:
        return found.read().split()
