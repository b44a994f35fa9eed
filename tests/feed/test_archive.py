"""Replays of whole files, as the server opens them."""

import math
from pathlib import Path

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed import Pump, replay_file
from retail_panel.feed.archive import replay_name

ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "real-data" / "online_retail.csv.gz"


def drained(pump):
    pump.open()
    while not pump.state.ended:
        pump.step()
    pump.stop()
    return pump.state


def test_a_file_is_replayed_and_its_archive_removed(empty_store, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = tmp_path / "shop.csv"
    rows = [f"{n},C{n % 3},2024-01-{n % 28 + 1:02},{n + 1}.25" for n in range(84)] + ["84,C1,2024-01-05,lots"]
    file.write_text("order_id,customer_id,purchase_date,purchase_amount\n" + "\n".join(rows) + "\n")
    phases = []
    replay = replay_file(file, progress=lambda rows, share, text: phases.append(text), speed=math.inf, start=0.5)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] != []
    assert drained(Pump(replay, empty_store)).rows == 42
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    assert phases
    amounts = empty_store.ask(empty_store.lines.select("amount")).column(0).to_pylist()
    assert sorted(amounts) == [10_000 * (n + 1) + 2_500 for n in range(84)]
    assert empty_store.ask(empty_store.quarantine.select("text")).num_rows == 1
    assert empty_store.reports()[0]["rows_read"] == 85


def test_a_file_that_cannot_be_used_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = tmp_path / "shop.csv"
    file.write_text("colour,shape\nred,round\n")
    with pytest.raises(UnusableInput):
        replay_file(file)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="the real file online_retail.csv.gz is not here")
def test_every_row_of_the_real_file_arrives_once(empty_store):
    state = drained(Pump(replay_file(ONLINE_RETAIL, speed=math.inf, start=0.9), empty_store))
    assert state.error is None
    counted = empty_store.ask(
        "SELECT count(*) AS rows, sum(amount)::BIGINT AS amount, count(DISTINCT customer_key) AS customers,"
        " count(DISTINCT order_key) AS invoices, min(ordered_at)::VARCHAR AS first, max(ordered_at)::VARCHAR AS last"
        " FROM order_line"
    ).to_pylist()[0]
    assert counted == {
        "rows": 541_909,
        "amount": 97_477_479_340,
        "customers": 4_372,
        "invoices": 25_900,
        "first": "2010-12-01 08:26:00",
        "last": "2011-12-09 12:50:00",
    }


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("shop/orders.csv.gz", "replay orders.csv.gz"),
        ("postgresql://ann:secret@shop.example:5432/till?x=1#sales", "replay postgresql://shop.example/till#sales"),
        ("sqlite:///till.db#sales", "replay sqlite:///till.db#sales"),
    ],
)
def test_name_of_a_source_holds_no_password(source, name):
    assert replay_name(source) == name
