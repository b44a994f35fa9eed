"""What a test server is made of is fetched once, though several processes run tests at the same time."""

import fcntl
from contextlib import contextmanager


@contextmanager
def fetching(folder):
    """Let one process at a time fetch into a folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.

    Yields
    ------
    bool
        Whether it still has to be fetched: no process has come to the end of it yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "complete"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not done.exists()
        yield missing
        if missing:
            done.touch()
