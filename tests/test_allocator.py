"""What the process holds on to."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from retail_panel import allocator

#: Threads at once take memory in pieces, keep the last one each, and free the rest; tells what the process holds.
TAKEN = """
import threading
from pathlib import Path
from retail_panel.allocator import LAVISH, give_memory_back, keep, use_few_arenas
kept_memory = use_few_arenas() and keep(LAVISH)
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
    assert not allocator.use_few_arenas()


@pytest.fixture
def process():
    """A clock, and what a process was told to keep or to give back, in order."""
    told = SimpleNamespace(now=0.0, said=[])
    give = lambda: told.said.append("give")  # noqa: E731
    told.thrift = allocator.Thrift(told.said.append, give, lambda: told.now)
    return told


def test_memory_is_kept_while_somebody_asks_and_given_back_as_long_as_nobody_does(process):
    def passes(seconds):
        process.now += seconds
        process.thrift.look()

    passes(1000)
    assert process.said == ["give"]
    process.thrift.note()
    passes(30)
    process.thrift.note()
    passes(59)
    assert process.said == ["give", allocator.LAVISH]
    passes(1)
    passes(30)
    assert process.said == ["give", allocator.LAVISH, allocator.FRUGAL, "give", "give"]
    process.thrift.note()
    assert process.said[-1] == allocator.LAVISH
