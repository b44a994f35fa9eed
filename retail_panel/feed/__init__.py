"""Live rows: sources with a position, and the pump that commits rows and position together."""

from retail_panel.feed.archive import replay_file
from retail_panel.feed.arrival import Arrival
from retail_panel.feed.feeds import feed_source
from retail_panel.feed.message import MessageReader
from retail_panel.feed.ordinary import ordinary_amounts
from retail_panel.feed.pump import Pump
from retail_panel.feed.pump_state import PumpState
from retail_panel.feed.replay import Replay
from retail_panel.feed.source import Source

__all__ = [
    "Arrival", "MessageReader", "Pump", "PumpState", "Replay", "Source", "feed_source", "ordinary_amounts",
    "replay_file",
]  # fmt: skip
