"""What the process holds on to."""

import os
import subprocess
import sys

import pytest

from retail_panel import allocator

#: Threads at once take memory in pieces, keep the last one each, and give the rest back; tells what the process holds.
TAKEN = """
import threading
from pathlib import Path
from retail_panel.allocator import give_memory_back
given = give_memory_back()
kept, together = [], threading.Barrier(8)
def take():
    pieces = [bytearray(100_000) for _ in range(200)]
    together.wait()
    kept.append(pieces.pop())
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmSize"))
print(int(given), memory.split()[1])
"""


def taken(**more):
    """Return whether memory is given back, and the address space of a process after eight threads worked, in MB."""
    clean = {name: value for name, value in os.environ.items() if name not in allocator.OWN}
    done = subprocess.run([sys.executable, "-c", TAKEN], env={**clean, **more}, capture_output=True, text=True)
    given, kilobytes = done.stdout.split()
    return bool(int(given)), int(kilobytes) / 1000


@pytest.mark.skipif(not hasattr(allocator.ctypes.CDLL(None), "mallopt"), reason="another C library, without arenas")
def test_threads_share_arenas_unless_the_operator_says_otherwise():
    shared, own = taken(), taken(MALLOC_ARENA_MAX="64")
    assert (shared[0], own[0]) == (True, False) and shared[1] < own[1] - 200


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    for name in allocator.OWN:
        monkeypatch.delenv(name, raising=False)
    assert not allocator.give_memory_back()
