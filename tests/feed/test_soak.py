"""The soak of benchmarks/soak.py, short."""

import os
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    """The soak's module, and what was found in a third of a minute with one visitor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        import soak

        if soak.chromium() is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
        yield soak, *soak.run(1 / 3, 200, 1, tmp_path_factory.mktemp("soak"), soak.chromium())


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
