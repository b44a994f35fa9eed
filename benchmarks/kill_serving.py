"""The server of kill_feed.py: ``retail-panel serve`` with a store file and a feed, killed and started again."""

import re
import threading
import time
import urllib.request
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from kill_ledger import stored
from served import Served

#: Seconds in which a server starts, more or less.
STARTING_S = 10.0
QUIET_S, DRAINED_WITHIN_S = 3.0, 300


class Serving:
    """The server that is killed, started again as often.

    Parameters
    ----------
    shop : KafkaShop or KinesisShop
    folder : Path
        For the store's file and the log.
    chance : random.Random
        Of the moments.

    Attributes
    ----------
    store_url : str
        The store, which others may open while none of them runs.
    log : Path
        Where all of them write.
    """

    def __init__(self, shop, folder, chance):
        self._shop, self._folder, self._chance = shop, Path(folder), chance
        self.store_url, self.log = f"duckdb:///{folder}/feed.duckdb", self._folder / "serving.log"

    def _start(self):
        given = ["--store", self.store_url, "--feed", self._shop.url]
        return Served(given, self.log, self._shop.environment)

    def start_and_die(self):
        """Start it and kill it within its start, or soon after."""
        server = self._start()
        time.sleep(self._chance.random() * STARTING_S)
        server.kill()

    def live_and_die(self, longest_s):
        """Start it and kill it within so many seconds of serving; a visitor opens the page meanwhile."""
        server = self._start()
        threading.Thread(target=_visit, args=[server.url], daemon=True).start()
        time.sleep(self._chance.random() * longest_s)
        server.kill()

    def drain(self, messages):
        """Serve until a store holds so many messages, or for five minutes; returns the exit statuses but 0."""
        wrong, ends = [], time.monotonic() + DRAINED_WITHIN_S
        while time.monotonic() < ends:
            server = self._start().wait()
            self._settle(ends)
            wrong += filter(None, [server.stop()])
            if stored(self.store_url) >= messages:
                break
        return wrong

    def _settle(self, ends):
        """Wait until the store's files have not changed for a while."""
        seen, since = None, time.monotonic()
        while time.monotonic() - since < QUIET_S and time.monotonic() < ends:
            now = {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in self._store_files()}
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.1)

    def _store_files(self):
        return self._folder.glob("feed.duckdb*")

    def errors(self):
        """Return the last line of each traceback that any of them logged."""
        return re.findall(r"^Traceback .*\n(?:[ \n].*\n?)*(.*)", self.log.read_text(), re.MULTILINE)


def _visit(url):
    # The server is killed while it answers, now and then.
    with suppress(OSError, HTTPException):
        urllib.request.urlopen(url, timeout=60).close()
