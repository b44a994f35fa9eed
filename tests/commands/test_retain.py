"""The command that rolls up old days."""

import pytest

from retail_panel.__main__ import main
from retail_panel.portal import gate as gates
from retail_panel.portal.gate import Gate
from retail_panel.portal.passwords import hashed
from retail_panel.store import Store

PORTAL = """
[roles]
hats = "viewer"
[[policies]]
group = "hats"
rows = { product = ["Hats"] }
[login]
way = "passwords"
secret_file = "secret"
[[passwords]]
name = "ann"
password = "HASH"
groups = ["hats"]
"""


@pytest.fixture
def url(tmp_path, six_clean):
    found = f"duckdb:///{tmp_path}/shop.duckdb"
    store = Store(found)
    store.append(six_clean)
    store.close()
    before = gates.set_gate(Gate())
    yield found
    gates.set_gate(before)


def rolled_up(url):
    """Return how many rows were rolled up, and the store's version."""
    store = Store(url)
    try:
        return store.ask("SELECT count(merged) AS n FROM order_line")["n"][0].as_py(), store.version
    finally:
        store.close()


def test_it_says_what_it_would_do_and_then_does_it(url, capsys):
    assert main(["retain", "--store", url, "--keep-lines", "60", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said == "11 order lines of 8 days, 2024-01-05 to 2024-05-01: 11 rows become 11.\n"
    assert rolled_up(url) == (0, 1)
    assert main(["retain", "--store", url, "--keep-lines", "60"]) == 0
    assert capsys.readouterr().out == said
    assert rolled_up(url) == (11, 2)
    assert main(["retain", "--store", url, "--keep-lines", "60"]) == 0
    assert "Nothing to roll up: no day before 2024-05-02" in capsys.readouterr().out
    assert rolled_up(url) == (11, 2)
    store = Store(url)
    assert [what for _, _, what, _, _ in store.audit()] == ["rolled up days"]
    store.close()


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("--keep-lines", "90"), "a store in memory"),
        (("--store", "duckdb:///nowhere.duckdb"), "--keep-lines is not given"),
        (("--store", "duckdb:///nowhere.duckdb", "--keep-lines", "7"), "a whole number from 60"),
    ],
)
def test_what_it_needs(argv, told, capsys):
    assert main(["retain", *argv]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_rows_that_are_told_by_product_need_all_products(url, tmp_path, capsys):
    gates.set_gate(None)
    (tmp_path / "secret").write_text("ab" * 32)
    (tmp_path / "portal.toml").write_text(PORTAL.replace("HASH", hashed("a long password")))
    assert main(["retain", "--store", url, "--keep-lines", "60", "--portal", str(tmp_path / "portal.toml")]) == 2
    assert "rows of group 'hats' are told by product, which old days do not keep" in capsys.readouterr().err
    assert rolled_up(url) == (0, 1)
