import json
import statistics

from retail_panel.customers import CustomersPipeline
from retail_panel.export.outcome import figures


def test_figures_by_hand(store, six_rfm):
    found = figures(CustomersPipeline(method="rules").run(store, store.lines, "population"))
    assert json.loads(json.dumps(found)) == found
    assert (found["reference_day"], found["customers"], found["returns_only"]) == ("2024-06-30", 6, 0)
    money = [row[2] for row in six_rfm.values()]
    expected = (171.6667, round(statistics.stdev(money), 4), 20, 440, 1030)
    assert tuple(found["rfm"]["monetary"].values()) == expected
    assert {group["name"] for group in found["segments"]} == {row[-1] for row in six_rfm.values()}


def test_figures_of_nobody(empty_store):
    found = figures(CustomersPipeline().run(empty_store, empty_store.lines, "population"))
    assert (found["k"], found["reference_day"], found["segments"], found["inertia"]) == (0, None, [], {})
    assert set(found["rfm"]["monetary"].values()) == {None}
