"""The command that tells or erases one customer."""

import json
import subprocess
import sys

import pytest

from retail_panel.__main__ import main
from retail_panel.portal import gate as gates
from retail_panel.portal.gate import Gate
from retail_panel.store import Store


@pytest.fixture
def url(tmp_path, six_clean):
    found = f"duckdb:///{tmp_path}/shop.duckdb"
    store = Store(found)
    store.append(six_clean)
    store.close()
    before = gates.set_gate(Gate())
    yield found
    gates.set_gate(before)


def test_a_customer_is_exported_and_then_erased(url, capsys):
    assert main(["privacy", "export", "Ben", "--store", url]) == 0
    assert len(json.loads(capsys.readouterr().out)["order_line"]) == 4
    assert main(["privacy", "erase", "Ben", "--store", url]) == 0
    assert f"Erased in {url}: 1 customer, 4 order_line" in capsys.readouterr().out
    assert main(["privacy", "export", "Ben", "--store", url]) != 0
    assert "holds nothing of this customer" in capsys.readouterr().err
    store = Store(url)
    assert [what for _, _, what, _, _ in store.audit()] == ["erased a customer", "exported a customer"]
    assert "Ben" not in str(store.audit())
    store.close()


@pytest.mark.parametrize(("argv", "told"), [((), "a store in memory"), (("--store", "sqlite:///x.db"), "no engine")])
def test_a_store_on_disk_is_needed(url, capsys, argv, told):
    assert main(["privacy", "erase", "Ben", *argv]) != 0
    assert told in " ".join(capsys.readouterr().err.split())


def test_while_a_server_has_the_store_open_the_command_says_what_to_do(url, capsys):
    hold = f"from retail_panel.store import Store\nstore = Store({url!r})\nprint('open', flush=True)\ninput()"
    other = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "open\n"
        assert main(["privacy", "erase", "Ben", "--store", url]) != 0
        said = " ".join(capsys.readouterr().err.split())
        assert "name the token of the server that has it open with --token-file" in said
    finally:
        other.communicate("\n")


def test_secrets_are_fresh_and_passwords_hashed(monkeypatch, capsys):
    assert main(["secret"]) == 0 and main(["secret"]) == 0
    one, other = capsys.readouterr().out.split()
    assert one != other and len(one) == 64
    monkeypatch.setattr("getpass.getpass", lambda words: "my password")
    assert main(["secret", "--password"]) == 0
    assert capsys.readouterr().out.startswith("scrypt$")
