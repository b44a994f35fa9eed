"""The C library's allocator: what it keeps while there is work to do, and gives back at rest."""

import ctypes
import os
import threading
import time

#: Of mallopt(3): from what size on memory is the system's and goes back to it, what may lie unused at the end of an
#: arena, and how many arenas there are.
MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
#: The largest size that glibc takes; what may lie unused; and arenas: each of some twenty threads has one else.
BLOCK_BYTES, UNUSED_BYTES, ARENAS = 32 << 20, 1 << 30, 2
#: What an operator says is left as it is; so is a library that does not know these.
OWN = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")
#: How often is looked whether the process rests, the share of a core that it takes then, and for how long memory is
#: kept where it never does.
LOOK_S, AT_REST, AT_WORK_S = 30.0, 0.05, 60.0


def keep_memory():
    """Have the process keep memory for what it does next, in few arenas.

    A question over a million lines takes and frees some 100 MB. Had each time from the system anew, page by page, it
    takes a third longer.

    Returns
    -------
    bool
        Whether the library does so; what it keeps is given back by :class:`Thrift` then.
    """
    if any(os.environ.get(name) for name in OWN):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        return False
    said = (MMAP_THRESHOLD, BLOCK_BYTES), (TRIM_THRESHOLD, UNUSED_BYTES), (ARENA_MAX, ARENAS)
    return all(library.mallopt(*each) == 1 for each in said)


def give_memory_back():
    """Give all memory that is not used back to the system."""
    ctypes.CDLL(None).malloc_trim(0)


class Thrift:
    """Gives back what the process has kept: once it has come to rest, and now and then where it does not.

    Parameters
    ----------
    give : callable
        Gives memory back.
    clock, spent : callable
        Seconds that have passed, and that the process has taken of its cores.
    """

    def __init__(self, give=give_memory_back, clock=time.monotonic, spent=time.process_time):
        self._give, self._clock, self._spent = give, clock, spent
        self._looked_at, self._before = clock(), spent()
        #: Since when it has been at work without giving memory back; None at rest.
        self._since = None

    def start(self):
        """Look every :data:`LOOK_S` seconds for as long as the process runs."""
        threading.Thread(target=self._run, name="thrift", daemon=True).start()

    def _run(self):
        while True:
            time.sleep(LOOK_S)
            self.look()

    def look(self):
        """Look whether it is time."""
        before, now, spent = self._looked_at, self._clock(), self._spent()
        rests = spent - self._before < AT_REST * (now - before)
        self._before, self._looked_at = spent, now
        if self._since is None:
            self._since = None if rests else before
        elif rests or now - self._since >= AT_WORK_S:
            self._give()
            self._since = None if rests else now
