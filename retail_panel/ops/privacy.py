"""What answers ``POST /privacy``: one customer told or erased while the server runs, for operators with the token."""

import asyncio
import json
import threading
import time
from functools import partial
from pathlib import Path

from retail_panel.errors import UnusableInput
from retail_panel.ops.on_request import OnRequest
from retail_panel.store.files import file_of
from retail_panel.store.privacy import REQUESTS, carried_out
from retail_panel.store.url import is_shared, shown

#: Open pages take the new rows within a second; one that is slow is told of instead of waited for.
PATIENCE_S = 10


class Privacy(OnRequest):
    """Carries out a request, and has whatever was made of the rows of before thrown away."""

    #: Each rewrites tables.
    under_way, busy, wait_s = threading.Lock(), "another request", 10

    async def work(self):
        """Answer with what was told, or what was erased."""
        work = partial(_carry_out, self.probes.server, *self._asked())
        found = await asyncio.get_running_loop().run_in_executor(self.probes.threads, work)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(found, default=str))

    def _asked(self):
        try:
            asked = json.loads(self.request.body)
            what, customer, store = asked["what"], asked["customer"], asked.get("store")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UnusableInput("the body is not a request; allowed: JSON with what and customer") from None
        if what not in REQUESTS or not isinstance(customer, str) or not customer:
            allowed = f"what one of {', '.join(REQUESTS)}, customer an id"
            raise UnusableInput(f"the body is not a request; allowed: {allowed}")
        own = self.probes.server.settings.store
        if store is not None and (own == "duckdb://" or is_shared(own) or str(_place(own)) != store):
            raise UnusableInput(f"{store}: this server has another store open; allowed: the server that has this one")
        return what, customer


def _place(url):
    return Path(file_of(url)).resolve()


def _carry_out(server, what, customer):
    found = carried_out(server.store, what, customer, "operators")
    if what == "export":
        return {"found": found}
    scenes = getattr(server, "scenes", None)
    dropped = left = 0
    if scenes is not None:
        dropped, until = len(server.shelf), time.monotonic() + PATIENCE_S
        while (left := scenes.forget()) and time.monotonic() < until:
            time.sleep(0.1)
    return {"erased": found, "store": shown(server.settings.store), "dropped": dropped - left, "left": left}


def handlers(probes):
    """Return the route of requests of customers, as Panel takes it from a plugin."""
    return [("/privacy", Privacy, {"probes": probes})]
