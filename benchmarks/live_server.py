"""A server of the demo that takes posts, for benchmarks: its address, tokens, memory, log and store file."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

from retail_panel.demo import folder as demo_folder

ROOT = Path(__file__).parents[1]
#: Posts of up to five thousand lines, as the simulator's sink makes them.
FEED = "post://?name=bench&rate=1000&most_bytes=16000000"
COMPLAINTS = ("ERROR", "CRITICAL", "Traceback", "failed")


class LiveServer:
    """A ``retail-panel serve`` process with the demo as history, and a feed by HTTP.

    Parameters
    ----------
    folder : Path
        For the store's file, the tokens and the log.
    refresh_ms : int
        Milliseconds between two looks for new rows.

    Attributes
    ----------
    url, feed_url : str
        Where browsers go, and tills.
    tokens : dict of str to str
        Settings of the tills.
    store_url : str
        The store, which others may open once the server has stopped.
    """

    def __init__(self, folder, refresh_ms=1000):
        self.tokens = {"token.till": secrets.token_urlsafe(24)}
        self.store_url = f"duckdb:///{folder}/live.duckdb"
        self._log, settings = Path(folder, "server.log"), Path(folder, "feed.settings")
        settings.touch(mode=0o600)
        settings.write_text("".join(f"{key} = {value}\n" for key, value in self.tokens.items()), "utf-8")
        given = [demo_folder(), "--store", self.store_url, "--feed", FEED, "--feed-settings", settings]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "retail_panel", "serve", "--port", "0", "--refresh-ms", str(refresh_ms),
                 *map(str, given)],
                stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        too_late = threading.Timer(120, self.process.kill)
        too_late.start()
        words = self.process.stdout.readline().split()
        too_late.cancel()
        if len(words) < 3:
            raise SystemExit(f"the server ended before it served:\n{self._log.read_text()}")
        self.url = words[2]
        self.feed_url = f"{self.url}feed"

    def memory_mb(self):
        """Return the process's resident memory in megabytes (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def complaints(self):
        """Return the lines of the log that tell of an error."""
        return [line for line in self._log.read_text().splitlines() if any(word in line for word in COMPLAINTS)]

    def stop(self):
        """Stop it as an operator would; returns its exit status, and the same at a second call."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()
