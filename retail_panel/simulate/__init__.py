"""A shop that sells now: messages of the demo's customers, for trying out feeds."""

from retail_panel.simulate.ledger import Ledger
from retail_panel.simulate.pace import Pace
from retail_panel.simulate.sinks import sink
from retail_panel.simulate.till import Faults, Till

__all__ = ["Faults", "Ledger", "Pace", "Till", "sink"]
