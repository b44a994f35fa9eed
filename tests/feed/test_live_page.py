"""docs/live.md says what the code does."""

import json
import re
from pathlib import Path

from retail_panel.feed import MessageReader, Pump
from retail_panel.feed.kafka_url import OPTIONS, kafka_source
from retail_panel.feed.message_plan import MESSAGE
from retail_panel.server import FEED_PACE

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_table_has_every_field_in_order():
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert [row for row in rows if row[0] in {field.name for field in MESSAGE}][: len(MESSAGE)] == [
        (field.name, field.type, field.doc) for field in MESSAGE
    ]


def test_the_example_is_one_clean_line():
    (example,) = blocks("json")
    arrival = MessageReader("live").read([example.encode()], str)
    assert (arrival.lines.num_rows, arrival.set_aside.num_rows) == (1, 0)
    line = arrival.lines.to_pylist()[0]
    assert (line["amount"], line["list_amount"], line["kind"]) == (399_000, 500_000, "Discount")
    assert {name for name, value in line.items() if value is None} == {"brand", "country", "tier"}
    assert set(json.loads(example)) <= {field.name for field in MESSAGE}


def test_options_and_settings_shown_are_taken(tmp_path):
    (url,) = [block for block in blocks("text") if block.startswith("kafka://")]
    (settings,) = [block for block in blocks("text") if "sasl.username" in block]
    (tmp_path / "kafka.properties").write_text(settings)
    source = kafka_source(url.strip(), tmp_path / "kafka.properties")
    assert (source.topic, source.start) == ("orders", "latest")
    for option in OPTIONS:
        assert f"| `{option}` |" in PAGE


def test_numbers_stated_are_the_defaults(empty_store):
    pump = Pump(kafka_source("kafka://a:1/b"), empty_store, **FEED_PACE)
    assert f"last {pump._remembered_lines:,} lines" in PAGE
    assert f"at most {pump._most_rows:,} rows or {pump._most_bytes // 1_000_000} MB" in PAGE
    assert f"up to\n  {pump._back_off_s:g} s" in PAGE
    assert (pump._longest_s, pump._idle_s, pump.source._pace_s, pump.source._look_s) == (0.2, 0.1, 0.1, 30.0)
