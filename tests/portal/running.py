"""A server with a portal file in a process of its own, asked by plain clients."""

import asyncio
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

import retail_panel
from retail_panel.portal.gate import COOKIE, Gate, read_portal

ROOT = Path(retail_panel.__file__).parents[1]
#: Order lines of its shop.
LINES = 400


class Running:
    """A server in a process of its own, and clients of it.

    Parameters
    ----------
    folder : Path
        Where its store and its log lie.
    portal_file : Path
    further : sequence of str, optional
        Columns more of the shop's file: their names, and what stands there in each of its lines.
    """

    def __init__(self, folder, portal_file, further=None):
        rows = [f"{n},C{n % 40},{datetime(2024, 1, 1) + timedelta(hours=n)},{n % 90 + 1}.50,"
                f"{'Online' if n % 2 else 'In-store'}" for n in range(LINES)]  # fmt: skip
        rows = ["order_id,customer_id,purchase_date,purchase_amount,channel", *rows]
        if further:
            rows = [f"{row},{more}" for row, more in zip(rows, further, strict=True)]
        (folder / "shop.csv").write_text("\n".join(rows) + "\n")
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
        self.log = folder / "log.txt"
        self.store = f"duckdb:///{folder}/shop.duckdb"
        # Into a file: a pipe that nobody reads fills up, and then the server waits.
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "retail_panel", "serve", "shop.csv", "--port", "0", "--store", self.store,
                 "--portal", str(portal_file)],
                env={**environ, "PYTHONPATH": str(ROOT)}, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.greeting = self.process.stdout.readline()
        self.address = re.search(r"http://localhost:\d+", self.greeting)[0]
        self.gate = Gate(read_portal(portal_file))
        # To make a client takes longer than to ask.
        self.client = httpx.Client(trust_env=False, timeout=60, verify=False)

    def end(self):
        self.client.close()
        self.process.terminate()
        self.process.communicate(timeout=60)
        errors = self.log.read_text()
        assert "Traceback" not in errors, errors

    def cookie(self, name):
        groups = {"Vera": ["viewers", "online"], "Anna": ["admins", "everyone"], "Ada": ["analysts", "online"]}[name]
        return {"Cookie": f"{COOKIE}={self.gate.admit(name, groups)}"}

    def get(self, path, headers=None, method="GET"):
        self.client.cookies.clear()
        return self.client.request(method, self.address + path, headers=headers or {})

    def session_token(self, headers):
        page = self.get("/app", headers).text
        return re.search(r'"token":"([^"]+)"', page)[1]

    def socket(self, token, headers=None, path="/app/ws"):
        """Return the first message of a web socket, or the status with which it was refused."""

        async def ask():
            request = HTTPRequest(self.address.replace("http", "ws") + path, headers=headers or {})
            try:
                line = await websocket_connect(request, subprotocols=["bokeh", token])
            except HTTPClientError as error:
                return error.code
            found = await line.read_message()
            line.close()
            while found is not None and await line.read_message() is not None:
                pass
            return found

        return asyncio.run(ask())
