"""Live rows: sources with a position, and the pump that commits rows and position together."""

from retail_panel.feed.archive import replay_file
from retail_panel.feed.pump import Pump, PumpState
from retail_panel.feed.replay import Replay
from retail_panel.feed.source import Source

__all__ = ["Pump", "PumpState", "Replay", "Source", "replay_file"]
