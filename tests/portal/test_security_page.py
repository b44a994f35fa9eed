"""Every command of docs/security.md is run, in the order of the page: from the secret to a customer's erasure."""

import asyncio
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from retail_panel.portal.gate import COOKIE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
BLOCKS = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
(PORTAL, _) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
KEY = ed25519.Ed25519PrivateKey.generate()
#: As the proxy tells of a browser.
PROXY = {"Host": "shop.example", "X-Scheme": "https", "X-Real-Ip": "192.0.2.7", "Accept": "text/html"}


class Folder:
    """Where somebody follows the page, with the program on their path."""

    def __init__(self, place):
        self.place = place
        program = place / "bin" / "retail-panel"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m retail_panel "$@"\n')
        program.chmod(0o755)
        with socket.create_server(("localhost", 0)) as free:
            self.port = free.getsockname()[1]
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("RETAIL_PANEL_", "BOKEH_", "PANEL_"))}
        self.environ = environ | {"PATH": f"{program.parent}:{environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(self, block):
        """Run the commands of a block; returns what they print."""
        done = subprocess.run(["bash", "-ec", block.replace("5006", str(self.port))], cwd=self.place, text=True,
                              env=self.environ, capture_output=True, timeout=120)  # fmt: skip
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        return done.stdout

    def start(self, command, **more):
        """Start a server by a command of one line; returns the process and its first line."""
        with (self.place / "log").open("a") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command.strip()} --port {self.port}"], cwd=self.place, text=True,
                env=self.environ | more, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        return process, process.stdout.readline()

    def stop(self, process):
        """Stop a server as an operator would."""
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(60) == 0, (self.place / "log").read_text()
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = Folder(tmp_path_factory.mktemp("security"))
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (made.place / "portal-public.pem").write_bytes(public)
    (made.place / "portal.toml").write_text(PORTAL)
    moments = [datetime(2024, 1, 1) + timedelta(hours=n) for n in range(400)]
    rows = [f"{n},C{1000 + n % 50},{moment},{n % 90 + 1}.50,{'Online' if n % 2 else 'In-store'}"
            for n, moment in enumerate(moments)]  # fmt: skip
    header = "order_id,customer_id,purchase_date,purchase_amount,channel"
    (made.place / "orders.csv").write_text("\n".join([header, *rows]) + "\n")
    return made


def ticket(**other):
    now = int(time.time())
    claims = {"iss": "https://portal.example", "aud": "retail-panel", "sub": "Vera", "iat": now, "exp": now + 60,
              "groups": ["retail-analysts", "head-office"], "jti": secrets.token_hex(8)}  # fmt: skip
    return jwt.encode({**claims, **other}, KEY, algorithm="EdDSA")


def status_of_socket(port, origin, token, cookie):
    async def ask():
        headers = {**PROXY, "Origin": origin, "Cookie": f"{COOKIE}={cookie}"}
        request = HTTPRequest(f"ws://localhost:{port}/app/ws", headers=headers)
        try:
            line = await websocket_connect(request, subprotocols=["bokeh", token])
        except HTTPClientError as error:
            return error.code
        first = found = await line.read_message()
        line.close()
        while found is not None:
            found = await line.read_message()
        return 101 if '"ACK"' in first else first

    return asyncio.run(ask())


def test_there_are_four_blocks():
    commands = [re.findall(r"^ *(retail-panel \w+)", block, re.MULTILINE) for block in BLOCKS]
    assert commands == [["retail-panel secret"], ["retail-panel serve"], ["retail-panel privacy"] * 2,
                        ["retail-panel privacy"]]  # fmt: skip


def test_in_an_hour_somebody_logs_in_by_the_portal_and_nobody_else_does(folder):
    secret = folder.run(BLOCKS[0])
    assert len(secret.strip()) >= 32 and secret.count("\n") == 1
    (folder.place / "secret.txt").write_text(secret)
    process, greeting = folder.start(BLOCKS[1])
    try:
        assert "with a login by ticket" in greeting, (folder.place / "log").read_text()
        base = f"http://localhost:{folder.port}"
        with httpx.Client(base_url=base, trust_env=False, timeout=60, verify=False, headers=PROXY) as client:
            assert client.get("/app").headers["Location"] == "/login?next=%2Fapp"
            assert client.get("/login?next=%2Fapp").headers["Location"] == "https://portal.example/open/retail-panel"
            for bad in (ticket(aud="another"), ticket(exp=1, iat=0), ticket(groups=["head-office"]), "x"):
                found = client.post("/sso", data={"ticket": bad}, headers={"X-Real-Ip": f"192.0.2.{len(bad) % 200}"})
                assert found.status_code == 401 and COOKIE not in found.cookies
            found = client.post("/sso", data={"ticket": ticket(), "next": "/app?page=segments"})
            assert found.status_code == 303 and found.headers["Location"] == "/app?page=segments"
            terms = found.headers["Set-Cookie"]
            assert all(each in terms for each in ("Secure", "HttpOnly", "SameSite=Lax"))
            cookie = re.search(rf"{COOKIE}=([^;]+)", terms)[1]
            page = client.get("/app", headers={"Cookie": f"{COOKIE}={cookie}"})
            assert page.status_code == 200
        token = re.search(r'"token":"([^"]+)"', page.text)[1]
        assert status_of_socket(folder.port, "https://shop.example", token, cookie) == 101
        for origin in (base, "https://portal.example", "https://evil.test"):
            assert status_of_socket(folder.port, origin, token, cookie) == 403, origin
    finally:
        folder.stop(process)


def test_a_customer_is_told_and_erased_where_no_server_runs(folder):
    told, erased = (folder.run(line) for line in BLOCKS[2].splitlines())
    assert len(json.loads(told)["order_line"]) == 8 and "C1042" in told
    assert erased.startswith("Erased in duckdb:///shop.duckdb: ") and "8 order_line" in erased


def test_a_server_erases_while_it_runs(folder):
    (folder.place / "shop.duckdb").unlink()
    folder.run("retail-panel secret > ops.token && chmod 600 ops.token")
    process, _ = folder.start("retail-panel serve orders.csv --store duckdb:///shop.duckdb",
                              RETAIL_PANEL_OPS_TOKEN_FILE="ops.token")  # fmt: skip
    try:
        folder.run("curl --silent --retry 60 --retry-delay 1 --retry-all-errors --fail http://localhost:5006/readyz")
        erased = folder.run(BLOCKS[3])
        assert "8 order_line" in erased and f"by the server at http://localhost:{folder.port}" in erased
    finally:
        folder.stop(process)
    assert "C1042" not in folder.run(BLOCKS[2].splitlines()[0] + " || true")
