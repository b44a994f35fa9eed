"""What the process holds on to."""

import os
import subprocess
import sys

import pytest

from retail_panel import allocator

#: Threads at once take memory in pieces, keep the last one each, and free the rest; tells what the process holds.
TAKEN = """
import threading
from pathlib import Path
from retail_panel.allocator import give_memory_back, keep_memory
kept_memory = keep_memory()
kept, together = [], threading.Barrier(8)
def take():
    pieces = [bytearray(100_000) for _ in range(200)]
    together.wait()
    kept.append(pieces.pop())
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
def memory(which):
    return next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if which in line)
print(int(kept_memory), memory("VmSize"))
print(memory("VmRSS"))
give_memory_back()
print(memory("VmRSS"))
"""


def taken(**more):
    """Return whether memory is kept, and what a process has after eight threads worked, in MB.

    Its address space, what it holds, and what it holds once it has given back what it does not use.
    """
    clean = {name: value for name, value in os.environ.items() if name not in allocator.OWN}
    done = subprocess.run([sys.executable, "-c", TAKEN], env={**clean, **more}, capture_output=True, text=True)
    kept, *kilobytes = done.stdout.split()
    return bool(int(kept)), *(int(each) / 1000 for each in kilobytes)


@pytest.mark.skipif(not hasattr(allocator.ctypes.CDLL(None), "mallopt"), reason="another C library, without arenas")
def test_threads_share_arenas_unless_the_operator_says_otherwise():
    (is_kept, shared, *_), (is_own, apart, *_) = taken(), taken(MALLOC_ARENA_MAX="64")
    assert (is_kept, is_own) == (True, False) and shared < apart - 200


@pytest.mark.skipif(not hasattr(allocator.ctypes.CDLL(None), "mallopt"), reason="another C library, without arenas")
def test_memory_is_kept_until_it_is_given_back():
    _, _, kept, left = taken()
    # Of eight times twenty megabytes nearly all is free.
    assert kept > left + 100


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    for name in allocator.OWN:
        monkeypatch.delenv(name, raising=False)
    assert not allocator.keep_memory()


class Process:
    """One that takes a share of a core from look to look; counts how often memory was given back."""

    def __init__(self):
        self.now = self.spent = self.given = 0
        self.thrift = allocator.Thrift(self._give, lambda: self.now, lambda: self.spent)

    def _give(self):
        self.given += 1

    def passes(self, share, looks=1):
        """Work for some looks at a share of a core; returns how often memory was given back in them."""
        before = self.given
        for _ in range(looks):
            self.now, self.spent = self.now + allocator.LOOK_S, self.spent + share * allocator.LOOK_S
            self.thrift.look()
        return self.given - before


def test_memory_is_given_back_once_as_the_process_comes_to_rest():
    process = Process()
    assert process.passes(0.01, looks=20) == 0
    assert process.passes(0.8) == 0
    assert process.passes(0.01, looks=20) == 1
    assert process.passes(0.8) == 0 and process.passes(0.01) == 1


def test_a_process_that_never_rests_gives_memory_back_every_minute():
    process = Process()
    assert process.passes(0.5) == 0
    assert process.passes(0.5, looks=9) == 5
