"""The positions that a feed committed, for a source whose position tells only what is new since the one before."""

PAGE = 10_000


def committed_positions(store, source):
    """Yield the positions of a feed, newest first, a page at a time.

    Parameters
    ----------
    store : Store
    source : str
        Name of the feed.

    Yields
    ------
    str
    """
    name, before = source.replace("'", "''"), 2**31 - 1
    while True:
        page = store.ask(
            f"SELECT version, position FROM commit_log WHERE source = '{name}' AND position IS NOT NULL"
            f" AND version < {before} ORDER BY version DESC LIMIT {PAGE}"
        )
        yield from page.column("position").to_pylist()
        if page.num_rows < PAGE:
            return
        before = page.column("version")[-1].as_py()
