"""A feed of files by its URL, ``folder:///path?name=till-files``."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.folder_watch import FolderWatch
from retail_panel.feed.settings_file import client_settings
from retail_panel.feed.url_options import UrlOptions
from retail_panel.intake import Mapping

OPTIONS = ("name", "settled", "line_id")


def folder_source(url, settings=None, mapping=None, limits=None, **how):
    """Return the source that a folder's URL names.

    Parameters
    ----------
    url : str
        ``folder:///full/path`` or ``folder://path/from/here``. Options: `name` (under which the position is kept;
        default ``folder`` and its name), `settled` (seconds for which a file must have stayed as it is; default 2)
        and `line_id` (of JSON lines, the field of the line's id; empty for none).
    settings : str, Path or dict, optional
        A folder has none.
    mapping : Mapping, optional
        How tables and JSON lines are read.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount, in ten-thousandths, that is not marked as outlier.
    **how
        More for :class:`~retail_panel.feed.folder_watch.FolderWatch`.

    Returns
    -------
    FolderWatch

    Raises
    ------
    UnusableInput
        The URL or an option cannot be used.
    """
    parts = urlsplit(url)
    path = unquote(parts.netloc + parts.path)
    if parts.scheme != "folder" or not path:
        raise UnusableInput(f"feed {url}: folder:///full/path is allowed")
    options = UrlOptions(f"feed folder://{path}", parts.query, OPTIONS)
    if client_settings(settings):
        raise UnusableInput(f"feed folder://{path}: a file of settings is given; allowed: none, a folder has no "
                            "settings")  # fmt: skip
    reader = options.reader(f"folder {Path(path).name}", mapping, limits)
    settled_s = options.number("settled", 2, 0, 86_400, "seconds")
    return FolderWatch(Path(path), reader, mapping or Mapping(), limits, settled_s=settled_s, **how)
