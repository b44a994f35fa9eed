"""The kill test of benchmarks/kill_feed.py, short."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "kill_feed.py"


@pytest.fixture(scope="module")
def kill_feed():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARK.parent))
        spec = importlib.util.spec_from_file_location("kill_feed", BENCHMARK)
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "kill_feed", module)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def killed(kill_feed, broker, tmp_path_factory):
    """What was found after three kills of the pump and one of the broker."""
    from kill_shops import KafkaShop

    folder, made = tmp_path_factory.mktemp("killed"), []
    make = kill_feed.Ledger
    kill_feed.Ledger = lambda *given: made.append(make(*given)) or made[0]
    found, figures = kill_feed.run(KafkaShop(broker), folder, 3, rate=500.0, seed=1, restart_every=2)
    kill_feed.Ledger = make
    return found, figures, made[0], f"duckdb:///{folder}/feed.duckdb"


@pytest.mark.kill
def test_every_row_once_and_sums_equal_to_the_ledger(killed):
    found, figures, _, _ = killed
    assert found == []
    assert figures["rows"] > 500
    assert (figures["kills"], figures["server restarts"]) == (3, 1)


@pytest.mark.kill
def test_every_row_of_a_stream_once_though_shards_are_split(kill_feed, kinesis, tmp_path):
    from kill_shops import KinesisShop

    found, figures = kill_feed.run(KinesisShop(kinesis), tmp_path, 3, rate=60.0, seed=1, restart_every=2)
    assert found == []
    assert figures["rows"] > 200
    assert (figures["kills"], figures["server restarts"]) == (3, 1)


@pytest.mark.kill
def test_the_kill_test_sees_what_is_wrong(kill_feed, killed):
    ledger, url = killed[2], killed[3]
    name = next(iter(ledger.lines))
    ledger.lines[name] += 1
    ledger.lines["lost"] = 0
    ledger.bad.add("lost too")
    ledger.deliveries[name] += 1
    assert kill_feed.differences(ledger, url)[0] == [
        "rows missing: 1",
        "difference of the sums: -100",
        "repeats not set aside: 1",
        "broken messages not set aside once: 1",
    ]
