"""Values that change faster than they are painted, in the browser."""

import subprocess
import sys
from pathlib import Path

import pytest
from echoing import TEXTS, TURNS
from screen import equals

pytestmark = pytest.mark.browser


@pytest.fixture
def echoing():
    command = [sys.executable, str(Path(__file__).with_name("echoing.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield process.stdout.readline().strip()
        process.kill()


def test_the_last_value_stays_where_many_come_at_once(echoing, visit):
    page = visit.page()
    page.goto(echoing)
    texts = page.locator("p", has_text="turn")
    texts.first.wait_for(timeout=60_000)
    equals(lambda: set(texts.all_inner_texts()), {f"turn {TURNS}"})
    # What the browser said back would have the server send it once more.
    page.wait_for_timeout(1000)
    assert texts.all_inner_texts() == [f"turn {TURNS}"] * TEXTS
