"""The soak of benchmarks/soak.py, short."""

import os
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def module():
    """The soak's module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        import soak

        yield soak


@pytest.fixture(scope="module")
def soaked(module, tmp_path_factory):
    """The soak's module, and what was found in a third of a minute with one visitor."""
    if module.chromium() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
    return module, *module.run(1 / 3, 200, 1, tmp_path_factory.mktemp("soak"), module.chromium())


@pytest.mark.browser
def test_every_line_is_seen_and_in_the_store_once_without_errors(soaked):
    _, found, figures, _, _ = soaked
    assert found == []
    assert figures["lines"] > 500
    assert figures["repeated"] > 0 and figures["unreadable"] > 0


@pytest.mark.browser
def test_the_soak_sees_what_is_wrong(soaked):
    soak, _, _, seller, store_url = soaked
    seller.ledger.lines += 1
    seller.ledger.bad += 1
    found = soak.differences(seller, 0, store_url)
    assert [text.partition(":")[0] for text in found] == [
        "lines of the shop",
        "lines in all",
        "unreadable messages set aside",
    ]


@pytest.mark.parametrize(("grown", "found"), [(0.0, 0), (25.0, 25), (80.0, 80)])
def test_what_memory_grows_by_is_told_and_one_peak_is_not(module, grown, found):
    looks = [{"lines": 30_000 * look, "memory_mb": 600 + grown * 0.03 * look + look % 2} for look in range(100)]
    looks[70]["memory_mb"] += 300
    assert module.slope(looks) == pytest.approx(found, abs=2)


def test_few_lines_tell_nothing_of_memory(module):
    assert module.slope([{"lines": 10_000 * look, "memory_mb": 600 + 10 * look} for look in range(20)]) is None
