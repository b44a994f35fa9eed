"""What answers ``/healthz``, ``/readyz`` and ``/metrics``."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property, partial

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.web import RequestHandler

from retail_panel.ops.guard import from_here, has_token, ops_token
from retail_panel.ops.health import OK, readiness
from retail_panel.ops.metrics import exposition, registry
from retail_panel.portal.gate import gate

#: A store that does not answer for so long is said to be not ready.
PATIENCE_S = 5


class Probes:
    """What the probes of one server share.

    Parameters
    ----------
    find : callable
        Returns the server.
    errors : ErrorCount
        Of the log.
    """

    def __init__(self, find, errors):
        self._find, self._errors = find, errors
        # Not those that answer visitors: all of them may be busy, which is what a probe is to tell.
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="probe")

    @cached_property
    def server(self):
        """The server, from the first request on."""
        return self._find()

    @cached_property
    def token(self):
        """The token of operators, None where there is none; see setting ``ops_token_file``."""
        return ops_token(self.server.settings)

    @cached_property
    def registry(self):
        """The server's metrics."""
        return registry(self.server, self._errors)

    async def run(self, function):
        """Run something that asks the store; raises TimeoutError where it takes too long."""
        running = asyncio.get_running_loop().run_in_executor(self.threads, function)
        return await asyncio.wait_for(running, PATIENCE_S)


class Probe(RequestHandler):
    """A path for programs: plain answers, kept out of caches."""

    def initialize(self, probes):
        """Take what probes share."""
        self.probes = probes

    def set_default_headers(self):
        """Keep answers out of caches, and the server's version out of answers."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code, **kwargs):
        """Say no more than what went wrong."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class Healthz(Probe):
    """Says that the process lives: its event loop answers."""

    def get(self):
        """Answer at once."""
        self.finish({"status": OK})


class Readyz(Probe):
    """Says whether the process serves; 503 where it does not."""

    async def get(self):
        """Look at source, store and feed."""
        try:
            found = await self.probes.run(partial(readiness, self.probes.server, datetime.now(UTC)))
        except TimeoutError:
            found = {"store": f"did not answer within {PATIENCE_S} seconds"}
        self.set_status(200 if set(found.values()) == {OK} else 503)
        self.finish({**found, "process": self.probes.server.visitors.process})

    def _log(self):
        """Write no line: programs ask every few seconds, and that a server still starts is no error."""


class Metrics(Probe):
    """Metrics for Prometheus: with the token of the settings; without token and login for this machine."""

    def _is_near(self):
        return not self.probes.token and gate().is_open and from_here(self.request)

    async def get(self):
        """Read the server."""
        token = self.probes.token
        if not has_token(self.request, token) and not self._is_near():
            self.set_header("WWW-Authenticate", 'Bearer realm="ops"')
            self.set_status(401)
            words = "the token of setting ops_token_file is asked for, as Authorization: Bearer TOKEN"
            self.finish({"error": words if token else f"{words}; it is not set"})
            return
        try:
            text = await self.probes.run(partial(exposition, self.probes.registry))
        except TimeoutError:
            self.set_status(503)
            self.finish({"error": f"the store did not answer within {PATIENCE_S} seconds"})
            return
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(text)


def handlers(probes):
    """Return the routes of the probes, as Panel takes them from a plugin."""
    shared = {"probes": probes}
    return [("/healthz", Healthz, shared), ("/readyz", Readyz, shared), ("/metrics", Metrics, shared)]
