"""The kill test of benchmarks/kill_feed.py, short."""

from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield


@pytest.fixture(scope="module")
def killed(benchmarks, broker, tmp_path_factory):
    """What was found after a server was killed twice and the broker stopped once."""
    import kill_feed
    from kill_shops import KafkaShop

    folder, shop = tmp_path_factory.mktemp("killed"), KafkaShop(broker)
    shop.life_s = 1.0
    found = kill_feed.run(shop, folder, 2, rate=300.0, seed=1, restart_every=2)
    return *found, f"duckdb:///{folder}/feed.duckdb"


@pytest.mark.kill
def test_every_row_once_and_sums_equal_to_the_ledger(killed):
    found, figures, _, _ = killed
    assert found == []
    assert figures["rows"] > 500
    assert (figures["kills"], figures["broker restarts"]) == (2, 1)


@pytest.mark.kill
def test_every_row_of_a_stream_once_though_shards_are_split(benchmarks, kinesis, tmp_path):
    import kill_feed
    from kill_shops import KinesisShop

    shop = KinesisShop(kinesis)
    shop.life_s = 1.0
    found, figures, _ = kill_feed.run(shop, tmp_path, 1, rate=60.0, seed=1, restart_every=1)
    assert found == []
    assert figures["rows"] > 200
    assert (figures["kills"], figures["broker restarts"]) == (1, 1)


@pytest.mark.kill
def test_the_kill_test_sees_what_is_wrong(benchmarks, killed):
    from kill_ledger import differences

    _, _, ledger, url = killed
    name = next(iter(ledger.lines))
    ledger.lines[name] += 1
    ledger.lines["lost"] = 0
    ledger.bad.add("lost too")
    ledger.deliveries[name] += 1
    assert differences(ledger, url)[0] == [
        "rows missing: 1",
        "difference of the sums: -100",
        "repeats not set aside: 1",
        "broken messages not set aside once: 1",
    ]
