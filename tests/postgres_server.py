"""A PostgreSQL server for tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


class Postgres:
    """A PostgreSQL server of its own on the loopback, in a folder that is removed."""

    def __init__(self, options=("-c", "fsync=off")):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="retail-panel-"))
        self.user = {"user": "nobody"} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "nobody")
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            self.port = trial.getsockname()[1]
        make = ["initdb", "-D", self.folder / "data", "-U", "till", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(make, check=True, capture_output=True, cwd=self.folder, **self.user)

    @property
    def url(self):
        return f"postgresql+psycopg://till@127.0.0.1:{self.port}/postgres"

    def start(self):
        command = ["postgres", "-D", self.folder / "data", "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                   "-c", "unix_socket_directories=", *self.options]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, **self.user
        )
        until = time.monotonic() + 30
        while True:
            try:
                return self.do("SELECT 1")
            except Exception:
                assert self._process.poll() is None and time.monotonic() < until
        return None

    def do(self, sql, rows=None):
        import psycopg

        place = {"host": "127.0.0.1", "port": self.port, "user": "till", "dbname": "postgres"}
        with psycopg.connect(**place) as connection, connection.cursor() as cursor:
            cursor.executemany(sql, rows) if rows is not None else cursor.execute(sql)

    def stop(self):
        # Without waiting for those who are connected.
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
