"""A server of the demo that takes posts, for benchmarks: its tokens and its store file."""

import secrets
from pathlib import Path

from served import Served

from retail_panel.demo import folder as demo_folder

#: Posts of up to five thousand lines, as the simulator's sink makes them.
FEED = "post://?name=bench&rate=1000&most_bytes=16000000"


class LiveServer(Served):
    """A ``retail-panel serve`` process with the demo as history, and a feed by HTTP.

    Parameters
    ----------
    folder : Path
        For the store's file, the tokens and the log.
    refresh_ms : int
        Milliseconds between two looks for new rows.
    environment : dict of str to str, optional
        More than our own.

    Attributes
    ----------
    tokens : dict of str to str
        Settings of the tills.
    store_url : str
        The store, which others may open once the server has stopped.
    """

    def __init__(self, folder, refresh_ms=1000, environment=None):
        self.tokens = {"token.till": secrets.token_urlsafe(24)}
        self.store_url = f"duckdb:///{folder}/live.duckdb"
        settings = Path(folder, "feed.settings")
        settings.touch(mode=0o600)
        settings.write_text("".join(f"{key} = {value}\n" for key, value in self.tokens.items()), "utf-8")
        super().__init__(
            [demo_folder(), "--store", self.store_url, "--feed", FEED, "--feed-settings", settings, "--refresh-ms",
             refresh_ms],
            Path(folder, "server.log"),
            environment,
        )  # fmt: skip

    @property
    def feed_url(self):
        """Where tills post to."""
        return f"{self.url}feed"
