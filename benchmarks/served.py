"""A ``retail-panel serve`` process for benchmarks: its address, memory and log, and how it ends."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPLAINTS = ("ERROR", "CRITICAL", "Traceback", "failed")
PATIENCE_S = 120


def processor_seconds(process):
    """Return the processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Served:
    """The process, started on a free port.

    Parameters
    ----------
    arguments : list
        Of ``retail-panel serve``, but for the port.
    log : Path
        Where it writes its log; what is there already stays.
    environment : dict of str to str, optional
        More than our own.
    program : list of str
        What Python runs.
    """

    def __init__(self, arguments, log, environment=None, program=("-m", "retail_panel")):
        self._log, self._url = Path(log), None
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with self._log.open("a") as stream:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", "0", *map(str, arguments)],
                stdout=subprocess.PIPE, stderr=stream, text=True,
                env={**os.environ, **(environment or {}), "PYTHONPATH": paths},
            )  # fmt: skip

    @property
    def url(self):
        """Where browsers go; the first to ask waits until it serves."""
        return self.wait()._url

    def wait(self):
        """Wait until it serves; returns the server."""
        if self._url is None:
            too_late = threading.Timer(PATIENCE_S, self.process.kill)
            too_late.start()
            words = self.process.stdout.readline().split()
            too_late.cancel()
            if len(words) < 3:
                raise SystemExit(f"the server ended before it served:\n{self._log.read_text()}")
            self._url = words[2]
        return self

    def memory_mb(self):
        """Return the process's resident memory in megabytes (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def processor_s(self):
        """Return the processor time that the process has had so far, in seconds (Linux)."""
        return processor_seconds(self.process.pid)

    def engine_mb(self):
        """Return what the engine in it says that it holds, in megabytes."""
        with urllib.request.urlopen(f"{self.url}metrics", timeout=PATIENCE_S) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("retail_panel_engine_memory")) / 2**20

    def complaints(self):
        """Return the lines of the log that tell of an error."""
        return [line for line in self._log.read_text().splitlines() if any(word in line for word in COMPLAINTS)]

    def kill(self):
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """Stop it as an operator would; returns its exit status, and the same at a second call."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()
