"""Files as archives: loaded once beside the store, on disk, to be replayed from there."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from retail_panel.feed.replay import Replay
from retail_panel.intake import load as load_file
from retail_panel.store import Store


def replay_file(source, mapping=None, progress=None, memory_limit="1GB", **how):
    """Load a file into an archive of its own, on disk, and return its replay.

    Parameters
    ----------
    source : str
        Anything that intake loads: a file, a folder or a database URL.
    mapping : str, optional
        Mapping file of intake.
    progress : callable, optional
        Called by intake with rows done, share or None, and the phase.
    memory_limit : str
        What the archive's engine may hold.
    **how
        Speed, start and clock of the :class:`Replay`.

    Returns
    -------
    Replay
        Its ``close`` removes the archive.

    Raises
    ------
    UnusableInput
        If intake cannot use the file.
    """
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="retail-panel-", ignore_cleanup_errors=True))
        archive = Store(f"duckdb:///{folder}/archive.duckdb", memory_limit=memory_limit)
        opened.callback(archive.close)
        load_file(source, archive, mapping=mapping, progress=progress)
        return Replay(archive, replay_name(source), **how, closing=opened.pop_all().close)


def replay_name(source):
    """Return the name of a source's replay: the file's name, or the database URL without user and password."""
    if "://" not in str(source):
        return f"replay {Path(source).name}"
    url = urlsplit(source)
    return f"replay {url.scheme}://{url.hostname or ''}{url.path}#{url.fragment}"
