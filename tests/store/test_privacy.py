"""One customer is told, or erased: in every table, and in what was made of their rows."""

import json

import pyarrow as pa
import pytest
from crossfilter.mirror import DEFINITION

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.schema import QUARANTINE, arrow_schema
from retail_panel.store import RowPolicy, Shelf
from retail_panel.store.privacy import erased, told


@pytest.fixture
def shop(store):
    """The six customers, and Ben in all other places that can name him."""
    texts = ("Ben,2024-13-01,5", "Benedict,2024-13-01,5")
    aside = [{"source": "f", "position": str(n), "column": None, "reason": "no date", "text": text}
             for n, text in enumerate(texts)]  # fmt: skip
    with store.loading("more") as load:
        load.set_aside(pa.Table.from_pylist(aside, schema=arrow_schema(QUARANTINE)))
        load.report({"rows": 2, "quarantined": [{"reason": "no date", "examples": [{"text": text} for text in texts]}]})
    store.save_view("ann", "his card", "page=customers&of.customers.who=Ben")
    store.save_view("ann", "another", "of.customers.who=Benedict")
    store.add_audit_now("ann", "exported", {"file": "customer Ben.csv"})
    return store


def test_all_that_is_held_is_told(shop):
    found = told(shop, "Ben")
    assert {name: len(rows) for name, rows in found.items()} == {
        "customer": 1, "order_line": 4, "feedback": 2, "quarantine": 1, "saved_view": 1, "commit_log": 1, "audit": 1,
    }  # fmt: skip
    assert {row["order_id"] for row in found["order_line"]} == {"o2", "o6", "o10", "r1"}
    assert not any(told(shop, "Be").values()) and not any(told(shop, ".*").values())


def test_who_is_erased_is_nowhere_any_more_and_others_are(shop):
    before = told(shop, "Ada")
    assert erased(shop, "Ben")["order_line"] == 4
    assert not any(told(shop, "Ben").values())
    assert told(shop, "Ada") == before
    assert list(shop.saved_views("ann")) == ["another"]
    assert shop.ask("SELECT text FROM quarantine").to_pylist() == [{"text": "Benedict,2024-13-01,5"}]
    report = json.dumps(shop.reports())
    assert "erased on request" in report and '"Benedict,' in report and '"Ben,' not in report


def test_scenes_caches_and_pseudonyms_are_made_anew(shop):
    scenes, masked = Scenes(shop, Shelf(spare=4), "GBP"), RowPolicy(masked=True)
    key, scene = scenes.take({}, DEFINITION)
    assert scene.rows == 17
    shop.seen_by(masked).ask("SELECT customer_id FROM customer")
    version = shop.version
    erased(shop, "Ben")
    assert shop.version == shop.rewritten == version + 1
    assert scenes.is_behind(scene, key)
    later, after = scenes.take({}, DEFINITION)
    assert (after.rows, after.catalogue.rows, after.population.customers) == (13, 13, 5)
    assert after.catalogue.counts["channel"] == {"Online": 6, "In-store": 7}
    assert after.catalogue.last == scene.catalogue.last
    scenes.give_back(later)
    assert shop.seen_by(masked).ask("SELECT customer_id FROM customer").num_rows == 5
    assert shop.pseudonyms.of("Ben") not in str(shop.ask("SELECT * FROM scratch.main.pseudonyms").to_pylist())


def test_an_error_takes_nothing_out(shop, monkeypatch):
    before, version = told(shop, "Ben"), shop.version
    monkeypatch.setattr("retail_panel.store.privacy._without", lambda value, customer_id: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erased(shop, "Ben")
    monkeypatch.undo()
    assert told(shop, "Ben") == before and shop.version == version and shop.rewritten == 0
