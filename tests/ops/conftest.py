"""A server that has loaded six customers, and its routes on a port of their own."""

import asyncio
import threading

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

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


@pytest.fixture
def serve_routes():
    """Serves routes of Tornado: ``serve_routes(routes)`` returns the address."""
    stops = []

    def start(routes):
        started, address = threading.Event(), []

        async def main():
            stop = asyncio.Event()
            (socket,) = bind_sockets(0, "127.0.0.1")
            server = HTTPServer(Application(routes))
            server.add_sockets([socket])
            stops.append((asyncio.get_running_loop(), stop))
            address.append(f"http://127.0.0.1:{socket.getsockname()[1]}")
            started.set()
            await stop.wait()
            server.stop()
            await server.close_all_connections()

        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        assert started.wait(10)
        stops[-1] += (thread,)
        return address[0]

    yield start
    for loop, stop, thread in stops:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
