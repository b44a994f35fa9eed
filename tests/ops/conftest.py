"""A server that has loaded six customers."""

import pytest

from retail_panel.server import READY, Server, ServerState
from retail_panel.settings import Settings


@pytest.fixture
def make_server(six_clean):
    """Makes a server with the six customers, as if it had loaded them: ``make_server(**settings)``."""
    made = []

    def make(**settings):
        server = Server(Settings(**settings))
        if server.store.version == 0:
            server.store.append(six_clean, "six customers")
        server.state = ServerState(READY, "Ready", 1.0, 17)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()
