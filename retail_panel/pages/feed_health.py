"""How the feed stands, in a row of figures."""

from datetime import UTC, datetime
from html import escape

import panel as pn

from retail_panel.feed.health import feed_health

STYLE = """
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr)); gap: 10px 16px; margin: 0;
  padding: 10px 14px; border: 1px solid var(--mui-palette-divider, #cbd5e1); border-radius: 10px; font-size: 13px; }
div { min-width: 0; }
dt { opacity: 0.72; font-size: 12px; }
dd { margin: 2px 0 0; font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.words { grid-column: 1 / -1; font-size: 13px; }
.words b { font-weight: 600; }
.live b { color: var(--mui-palette-success-main, #15803d); }
.late b { color: var(--mui-palette-warning-main, #b45309); }
.down b { color: var(--mui-palette-error-main, #dc2626); }
"""


class FeedHealth:
    """State, pace, lag, last commit, what was set aside and restarts of a server's feed.

    Parameters
    ----------
    server : Server
        Its pump is the feed; without one there is a hint how to have one.
    counts : bool
        Whether to tell how many rows came, which are those of everybody.
    why : bool
        Whether to tell the error that is waited out, which is for admins.
    """

    def __init__(self, server, counts=True, why=True):
        self._server, self._counts, self._why = server, counts, why
        self.layout = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0,
                                   css_classes=["feed-health"])  # fmt: skip
        self.show()

    def show(self):
        """Show how it stands at this moment."""
        html = self._html()
        if html != self.layout.object:
            self.layout.object = html

    def _html(self):
        pump = self._server.pump if self._server else None
        if pump is None:
            return ('<dl><div class="words"><b>No feed runs.</b> Start the server with <code>--feed</code> or '
                    "<code>--replay</code>, or run <code>make live</code>; the page then shows the present of what "
                    "comes in.</div></dl>")  # fmt: skip
        health = feed_health(pump.state, self._server.settings.stale_s, datetime.now(UTC), self._why)
        told = health.facts if self._counts else []
        facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in told)
        words = f"<b>{escape(health.name)}</b> {escape(health.words if self._counts else '')}"
        return f'<dl><div class="words {health.level}" role="status">{words}</div>{facts}</dl>'
