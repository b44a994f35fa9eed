"""Paths that the server answers beside its pages.

``panel serve retail_panel/app.py --plugins retail_panel.ops.routes`` has them too.
"""

from retail_panel.feed import http_handler
from retail_panel.feed.http_inbox import HttpInbox
from retail_panel.ops import backup, privacy, probes
from retail_panel.ops.logs import errors
from retail_panel.server import server


def inbox():
    """Return the inbox of the process's feed; None while the server loads, and where the feed is another one."""
    pump = server().pump
    return pump.source if pump is not None and isinstance(pump.source, HttpInbox) else None


_probes = probes.Probes(server, errors)
#: As Panel takes them from a plugin.
ROUTES = [
    *http_handler.handlers(inbox), *probes.handlers(_probes), *backup.handlers(_probes), *privacy.handlers(_probes),
]  # fmt: skip
