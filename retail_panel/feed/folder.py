"""A feed of files by its URL, ``folder:///path?name=till-files``."""

import math
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.folder_watch import FolderWatch
from retail_panel.feed.message import MessageReader
from retail_panel.feed.settings_file import client_settings
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
    path, options = unquote(parts.netloc + parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "folder" or not path:
        raise UnusableInput(f"feed {url}: folder:///full/path is allowed")
    strange = [key for key in options if key not in OPTIONS]
    if strange:
        raise UnusableInput(f"feed folder://{path}: option {strange[0]!r}; allowed: {', '.join(OPTIONS)}")
    if client_settings(settings):
        raise UnusableInput(f"feed folder://{path}: a file of settings is given; allowed: none, a folder has no "
                            "settings")  # fmt: skip
    line_id = {"line_id": options["line_id"] or None} if "line_id" in options else {}
    name = options.get("name") or f"folder {Path(path).name}"
    reader = MessageReader(name, mapping=mapping, limits=limits, **line_id)
    settled_s = _seconds(options.get("settled", "2"))
    return FolderWatch(Path(path), reader, mapping or Mapping(), limits, settled_s=settled_s, **how)


def _seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 86_400:
        raise UnusableInput(f"settled {text!r}; allowed: seconds from 0 to 86,400")
    return value
