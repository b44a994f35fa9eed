"""Where rows live: an engine behind one URL, its tables, and ``version``, which grows with each committed batch."""

from retail_panel.store.kept import Kept
from retail_panel.store.opening import open_store
from retail_panel.store.policy import EVERYTHING, NOTHING, RowPolicy
from retail_panel.store.shelf import Shelf
from retail_panel.store.store import Store
from retail_panel.store.ticket import Superseded, Ticket

__all__ = ["EVERYTHING", "NOTHING", "Kept", "RowPolicy", "Shelf", "Store", "Superseded", "Ticket", "open_store"]
