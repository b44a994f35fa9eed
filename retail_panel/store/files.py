"""Store files as files: a copy of one that is in use by nobody, and putting it in the place of another."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.store.engines import connect
from retail_panel.store.upgrade import ROLLED_UP_SINCE, newest, schema_of
from retail_panel.store.url import shown

BEFORE = ".before-restore"


def file_of(url):
    """Return the file of a store URL.

    Raises
    ------
    UnusableInput
        If it names none, as a store in memory does.
    """
    parts = urlsplit(url)
    if parts.scheme != "duckdb" or not parts.path[1:]:
        raise UnusableInput(f"store {shown(url)}: it has no file; allowed: duckdb:///name.duckdb")
    return Path(parts.path[1:])


def check_store_file(file):
    """Return (version, order lines) of a store file that nobody has open.

    Raises
    ------
    UnusableInput
        If it is not there, no store, or of a newer version.
    RetailPanelError
        If another process has it open.
    """
    if not Path(file).is_file():
        raise UnusableInput(f"{file}: there is no such file; allowed: one that `retail-panel backup` wrote")
    engine = connect(f"duckdb:///{file}")
    try:
        number = schema_of(engine)
        if number is None:
            raise UnusableInput(f"{file}: not a store of Retail Panel; allowed: one that `retail-panel backup` wrote")
        if number > newest():
            raise UnusableInput(f"{file}: schema {number}, of a newer Retail Panel; allowed: up to {newest()}")
        each = "coalesce(merged, 1)" if number >= ROLLED_UP_SINCE else "1"
        lines = f"SELECT coalesce(sum({each}), 0)::BIGINT FROM order_line"
        (row,) = engine.fetch(
            f"SELECT coalesce(max(version), 0) AS version, ({lines}) AS rows FROM commit_log"
        ).to_pylist()
        return row["version"], row["rows"]
    finally:
        engine.close()


def put_in_place(backup, target, replace=False):
    """Copy a backup to where a store lives; what was there stays beside it, under a name that says so.

    Parameters
    ----------
    backup, target : Path
    replace : bool
        Whether there may be a store already; it must be in use by nobody.

    Returns
    -------
    Path or None
        Where the store that was there is now.

    Raises
    ------
    RetailPanelError
        If there is a store and it may not be replaced, or a process has it open.
    """
    earlier = None
    if target.exists():
        if not replace:
            raise UnusableInput(f"{target}: there is a store already; allowed: a new file, or --replace")
        try:
            # This also brings its write-ahead log into the file.
            check_store_file(target)
        except UnusableInput:
            pass
        except RetailPanelError as error:
            raise RetailPanelError(f"{target}: a server has it open, so stop that first ({error})") from error
        earlier = target.with_name(target.name + BEFORE)
    part = target.with_name(target.name + ".part")
    with backup.open("rb") as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    if earlier is not None:
        os.replace(target, earlier)
    os.replace(part, target)
    return earlier
