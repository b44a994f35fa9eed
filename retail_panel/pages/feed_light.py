"""A light in the status bar: whether the feed is live, on every page."""

from datetime import UTC, datetime
from html import escape

import panel as pn

from retail_panel.feed.health import LIVE, duration, feed_health

STYLE = """
span { font-size: 12px; font-weight: 600; white-space: nowrap; }
span::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 6px; border-radius: 50%;
  background: currentColor; }
.live { color: var(--mui-palette-success-main, #15803d); }
.late { color: var(--mui-palette-warning-main, #b45309); }
.down { color: var(--mui-palette-error-main, #dc2626); }
.idle { color: var(--mui-palette-text-secondary, #64748b); }
"""


class FeedLight:
    """State of a server's feed in one or two words; nothing without a feed.

    Parameters
    ----------
    server : Server
        Its pump is the feed.
    why : bool
        Whether to tell the error that is waited out, which is for admins.
    """

    def __init__(self, server, why):
        self._server, self._why = server, why
        self.layout = pn.pane.HTML("", stylesheets=[STYLE], visible=False, margin=(2, 0, 0, 8),
                                   css_classes=["feed-light"])  # fmt: skip
        self.show()

    def show(self):
        """Show how it stands at this moment."""
        pump = self._server.pump
        if pump is None:
            return
        health = feed_health(pump.state, self._server.settings.stale_s, datetime.now(UTC), self._why)
        words = health.name
        if health.level == LIVE and pump.state.lag_s is not None and pump.state.lag_s >= 1:
            words = f"{words}, {duration(pump.state.lag_s)} behind"
        html = f'<span class="{health.level}" role="status" title="{escape(health.words)}">{escape(words)}</span>'
        if html != self.layout.object:
            self.layout.param.update(object=html, visible=True)
