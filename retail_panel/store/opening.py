"""The store behind a URL: embedded, or shared by several processes."""

from retail_panel.errors import UnusableInput
from retail_panel.store.store import Store
from retail_panel.store.url import is_shared, shown


def open_store(url="duckdb://", memory_limit=None, threads=None):
    """Open a store.

    Parameters
    ----------
    url, memory_limit, threads
        As of :class:`retail_panel.store.Store`; ``postgresql://user@host:port/database`` is one that other processes
        open as well, see :class:`retail_panel.store.mirror.MirroredStore`.

    Returns
    -------
    Store

    Raises
    ------
    UnusableInput
        If nothing serves the URL, or its driver is not installed.
    RetailPanelError
        If it cannot be opened.
    """
    if not is_shared(url):
        return Store(url, memory_limit=memory_limit, threads=threads)
    try:
        from retail_panel.store.mirror import MirroredStore
    except ImportError as error:
        raise UnusableInput(
            f"store {shown(url)}: its driver is not installed ({error}); pip install 'retail-panel[postgres]'"
        ) from error
    return MirroredStore(url, memory_limit=memory_limit, threads=threads)
