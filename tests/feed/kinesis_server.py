"""A Kinesis server on this machine, kinesis-local from npm, for tests and benchmarks."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from fetching import fetching
from kafka_broker import free_port
from kinesis_wire import Wire

PACKAGE, VERSION = "kinesis-local", "0.6.2"
SETTINGS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
REGION = "eu-west-1"


class Missing(Exception):
    """A server cannot be had here; the text says why."""


def package():
    """Return the server's own folder, installed by npm the first time.

    It lies in ``RETAIL_PANEL_KINESIS_LOCAL``, or in the user's cache.

    Raises
    ------
    Missing
        Node is not installed, or npm cannot install the package.
    """
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(f"a Kinesis server needs {program}, which is not installed")
    cache = Path.home() / ".cache" / "retail-panel" / f"{PACKAGE}-{VERSION}"
    folder = Path(os.environ.get("RETAIL_PANEL_KINESIS_LOCAL") or cache)
    found = folder / "node_modules" / PACKAGE
    with fetching(folder) as missing:
        if missing:
            command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts",
                       f"{PACKAGE}@{VERSION}"]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise Missing(f"npm could not install {PACKAGE}: {done.stderr.strip()[-300:]}")
    return found


class KinesisServer:
    """One server; its streams outlive a stop in order, not a kill, since it writes them to a file as it ends.

    Parameters
    ----------
    folder : Path
        Where it keeps them.

    Attributes
    ----------
    endpoint : str
        Its URL.
    """

    def __init__(self, folder):
        self._folder, self._package = Path(folder), package()
        self._port, self._process = free_port(), None
        self._wire = Wire(self._port)
        self.endpoint = f"http://127.0.0.1:{self._wire.port}"

    def start(self, timeout_s=60):
        """Start it and wait until it answers; returns the server."""
        quick = ("CREATE_STREAM", "DELETE_STREAM", "SPLIT_SHARD", "MERGE_SHARDS")
        told = {f"{what}_DURATION": "50ms" for what in quick} | {
            "KINESIS_MOCK_PLAIN_PORT": str(self._port), "KINESIS_MOCK_TLS_PORT": str(free_port()),
            "AWS_REGION": REGION, "LOG_LEVEL": "ERROR", "SHOULD_PERSIST_DATA": "true",
            "PERSIST_PATH": str(self._folder), "PERSIST_INTERVAL": "10h",
        }  # fmt: skip
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                ["node", "main.js"], cwd=self._package, env={**os.environ, **told}, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        ends = time.monotonic() + timeout_s
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port), 0.2).close()
                self._wire.join()
                return self
            except OSError:
                time.sleep(0.1)
        self.kill()
        raise Missing(f"{PACKAGE} did not start: {(self._folder / 'server.log').read_text()[-500:]}")

    def client(self):
        """Return a boto3 client of it that waits long and tries nothing twice."""
        import boto3
        from botocore.config import Config

        how = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        return boto3.client("kinesis", endpoint_url=self.endpoint, region_name=REGION, config=how, **SETTINGS)

    def url(self, stream, **options):
        """Return the feed's URL of a stream."""
        query = "&".join(f"{key}={value}" for key, value in options.items())
        return f"kinesis://{stream}?region={REGION}&endpoint={self.endpoint}&{query}"

    def edit(self, change):
        """Change what the stopped server kept, as retention would; `change` is given its streams by name."""
        file = self._folder / "kinesis-data.json"
        kept = json.loads(file.read_text())
        change({arn.rsplit("/", 1)[-1]: stream for arn, stream in kept["streams"].items()})
        file.write_text(json.dumps(kept))

    def stop(self, timeout_s=60):
        """Stop it in order: it keeps its streams."""
        # It waits half a minute for clients that stay connected.
        self._wire.cut()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """Stop it as a power cut would: it forgets what came since it was started."""
        self._wire.cut()
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
