import threading

import duckdb
import pytest

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.store import Store, upgrade
from retail_panel.store.files import check_store_file, file_of, put_in_place


@pytest.fixture
def store_file(tmp_path, six_clean):
    """A store file with the six customers, open in nobody's hands."""
    file = tmp_path / "shop.duckdb"
    store = Store(f"duckdb:///{file}")
    store.append(six_clean)
    store.close()
    return file


def test_a_copy_made_while_rows_arrive_is_of_one_moment(tmp_path, six_clean):
    store = Store(f"duckdb:///{tmp_path}/shop's.duckdb")
    store.append(six_clean)
    stop, begun = threading.Event(), threading.Event()

    def feed():
        while not stop.is_set():
            store.append(six_clean, "feed", str(store.version + 1))
            begun.set()

    writer = threading.Thread(target=feed)
    writer.start()
    begun.wait(10)
    copies = [tmp_path / f"copy {n}.duckdb" for n in range(3)]
    for copy in copies:
        store.copy_to(copy)
    reached = store.version
    stop.set()
    writer.join()
    assert store.version >= reached
    store.close()
    for copy in copies:
        version, rows = check_store_file(copy)
        again = Store(f"duckdb:///{copy}")
        assert rows == 17 * version and 1 < version <= reached
        assert again.position("feed") == str(version)
        assert again.ask("SELECT count(DISTINCT version) AS n FROM order_line").column(0)[0].as_py() == version
        again.close()


def test_a_store_in_memory_can_be_copied(tmp_path, store):
    store.copy_to(tmp_path / "copy.duckdb")
    assert check_store_file(tmp_path / "copy.duckdb") == (1, 17)


def test_a_copy_takes_nobodys_place(tmp_path, store):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(RetailPanelError, match="mine: it is there already"):
        store.copy_to(tmp_path / "mine")
    with pytest.raises(RetailPanelError, match="cannot copy the store to .*nowhere"):
        store.copy_to(tmp_path / "nowhere" / "copy.duckdb")


def test_where_a_store_lives():
    assert str(file_of("duckdb:///shop.duckdb")) == "shop.duckdb"
    assert str(file_of("duckdb:////var/lib/shop.duckdb")) == "/var/lib/shop.duckdb"
    for url in ("duckdb://", "postgresql://db/shop"):
        with pytest.raises(UnusableInput, match="it has no file"):
            file_of(url)


def test_what_is_no_store_is_said(tmp_path, monkeypatch):
    with pytest.raises(UnusableInput, match="there is no such file"):
        check_store_file(tmp_path / "none.duckdb")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("CREATE TABLE mine (x INTEGER)")
    with pytest.raises(UnusableInput, match="not a store of Retail Panel"):
        check_store_file(tmp_path / "other.duckdb")
    (tmp_path / "text.duckdb").write_text("not a database at all, " * 100)
    with pytest.raises(RetailPanelError, match="cannot open"):
        check_store_file(tmp_path / "text.duckdb")
    monkeypatch.setattr(upgrade, "STEPS", {9: ()})
    Store(f"duckdb:///{tmp_path}/newer.duckdb").close()
    monkeypatch.undo()
    with pytest.raises(UnusableInput, match="schema 9, of a newer"):
        check_store_file(tmp_path / "newer.duckdb")


def test_a_backup_is_put_where_there_is_nothing(store_file, tmp_path):
    assert put_in_place(store_file, tmp_path / "new.duckdb") is None
    assert check_store_file(tmp_path / "new.duckdb") == check_store_file(store_file)


def test_a_store_is_replaced_only_on_demand_and_kept(store_file, tmp_path, six_clean):
    target = tmp_path / "there.duckdb"
    there = Store(f"duckdb:///{target}")
    for _ in range(2):
        there.append(six_clean)
    there.close()
    with pytest.raises(UnusableInput, match="there is a store already; allowed: a new file, or --replace"):
        put_in_place(store_file, target)
    earlier = put_in_place(store_file, target, replace=True)
    assert (check_store_file(target)[0], check_store_file(earlier)[0]) == (1, 2)
    assert not list(tmp_path.glob("*.wal")) and not list(tmp_path.glob("*.part"))
