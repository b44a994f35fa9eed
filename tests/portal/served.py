"""A server in a thread, asked by a plain client."""

import asyncio
import threading
from contextlib import contextmanager

import httpx
from tornado.httpserver import HTTPServer
from tornado.web import Application


@contextmanager
def served(routes, **settings):
    """Yield a client of a server that has some routes; it follows no redirect and keeps no cookie of its own."""
    ready, found = threading.Event(), {}

    async def run():
        found["loop"], found["stop"] = asyncio.get_running_loop(), asyncio.Event()
        server = HTTPServer(Application(routes, **settings))
        server.listen(0, "127.0.0.1")
        found["port"] = next(iter(server._sockets.values())).getsockname()[1]
        ready.set()
        await found["stop"].wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(10)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{found['port']}", trust_env=False) as client:
            yield client
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(10)
