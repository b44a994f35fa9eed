"""The C library's allocator: what it keeps while somebody asks, and gives back afterwards."""

import ctypes
import os
import threading
import time

#: Of mallopt(3): from what size on memory is the system's and goes back to it, what may lie unused at the end of an
#: arena, and how many arenas there are.
MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
#: Arenas; each of some twenty threads has one else, which holds on to what its largest question took.
ARENAS = 2
#: From what size on blocks go back, and how much may lie unused: while nobody asks, and while somebody does, when it is
#: the largest size that glibc takes.
FRUGAL, LAVISH = (4 << 20, 4 << 20), (32 << 20, 1 << 30)
#: What an operator says is left as it is; so is a library that does not know these.
OWN = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
#: How often memory that is not used is given back, and for how long it is kept for whoever may ask again.
LOOK_S, ASKS_S = 30.0, 60.0


def use_few_arenas():
    """Have threads share arenas, and little be kept in them; to be called before there are threads.

    Returns
    -------
    bool
        Whether the library does so, and :func:`keep` may be called.
    """
    if any(os.environ.get(name) for name in OWN):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        return False
    return library.mallopt(ARENA_MAX, ARENAS) == 1 and keep(FRUGAL)


def keep(sizes):
    """Say from what size on blocks go back to the system, and what may lie unused, in bytes; returns whether it does.

    A question over a million lines takes and frees some 100 MB. Had each time from the system anew, page by page, it
    takes a third longer.
    """
    library, (block, unused) = ctypes.CDLL(None), sizes
    return library.mallopt(MMAP_THRESHOLD, block) == 1 and library.mallopt(TRIM_THRESHOLD, unused) == 1


def give_memory_back():
    """Give all memory that is not used back to the system."""
    ctypes.CDLL(None).malloc_trim(0)


class Thrift:
    """Keeps memory for what visitors ask, and gives it back for as long as nobody has asked for a while.

    Rows that arrive are no reason to keep any: what they have each page ask for grows with the lines that are there,
    and would never be given back. It lies unused between what is used, where the allocator leaves it by itself.

    Parameters
    ----------
    keep : callable
        Takes sizes as :func:`keep` does.
    give : callable
        Gives memory back.
    clock : callable
        Seconds that have passed.
    """

    def __init__(self, keep=keep, give=give_memory_back, clock=time.monotonic):
        self._keep, self._give, self._clock = keep, give, clock
        #: When somebody asked last; None where memory is not kept.
        self._asked_at = None
        self._lock = threading.Lock()

    def start(self):
        """Look every :data:`LOOK_S` seconds for as long as the process runs; returns itself."""
        threading.Thread(target=self._run, name="thrift", daemon=True).start()
        return self

    def note(self):
        """Note that a visitor asks for something."""
        with self._lock:
            if self._asked_at is None:
                self._keep(LAVISH)
            self._asked_at = self._clock()

    def _run(self):
        while True:
            time.sleep(LOOK_S)
            self.look()

    def look(self):
        """Give memory back unless somebody has asked just now."""
        with self._lock:
            if self._asked_at is not None:
                if self._clock() - self._asked_at < ASKS_S:
                    return
                self._asked_at = None
                self._keep(FRUGAL)
        self._give()
