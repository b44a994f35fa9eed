"""The C library's allocator, told to give memory back to the system."""

import ctypes
import os

#: Of mallopt(3): from what size on memory is the system's and goes back to it, what may lie unused at the end of an
#: arena, and how many arenas there are. A size that is said once is not raised by the library as it goes.
MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
BLOCK_BYTES, ARENAS = 4 << 20, 2
#: What an operator says is left as it is; so is a library that does not know these.
OWN = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


def give_memory_back():
    """Have the process keep little of what it does not use.

    Each of some twenty threads has an arena else, which holds on to what its largest question took: 410 MB unused of
    690 MB after five minutes of a feed.

    Returns
    -------
    bool
        Whether the library does so.
    """
    if any(os.environ.get(name) for name in OWN):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    said = (MMAP_THRESHOLD, BLOCK_BYTES), (TRIM_THRESHOLD, BLOCK_BYTES), (ARENA_MAX, ARENAS)
    return all(mallopt(*each) == 1 for each in said)
