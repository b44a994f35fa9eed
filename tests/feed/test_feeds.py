"""A feed's URL finds its source, or an error that says which there are."""

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.feed import feed_source
from retail_panel.feed.kafka import Kafka
from retail_panel.intake import Mapping


def test_the_scheme_finds_the_source(tmp_path):
    pytest.importorskip("confluent_kafka")
    found = feed_source("kafka://broker:9092/orders?name=tills", None, Mapping(), None)
    assert isinstance(found, Kafka) and found.name == "tills"


@pytest.mark.parametrize("url", ["amqp://broker/orders", "orders", ""])
def test_another_scheme_is_told_which_there_are(url):
    with pytest.raises(UnusableInput, match="allowed: kafka://, kinesis://, post://, folder://, table://"):
        feed_source(url)
