"""A feed of a growing table by its URL, ``table://orders?by=id&url=sqlite:///shop.db``."""

from urllib.parse import unquote, urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.settings_file import client_settings
from retail_panel.feed.table_growth import TableGrowth
from retail_panel.feed.table_query import TableQuery
from retail_panel.feed.url_options import UrlOptions

OPTIONS = ("by", "url", "name", "settle")


def table_source(url, settings=None, mapping=None, limits=None, **how):
    """Return the source that a table's URL names.

    Parameters
    ----------
    url : str
        ``table://NAME?by=column&option=value&...``, with the table's schema before a dot if need be. Options: `by` (the
        column that grows; needed), `url` (of the database: ``sqlite:///file``, ``duckdb:///file`` or one of
        SQLAlchemy), `name` (under which the position is kept; default ``table`` and its name) and `settle` (seconds
        for which the youngest rows are held back; default 5).
    settings : str, Path or dict, optional
        A file of ``key = value`` lines, or a dict: ``url``, which wins, and where a password belongs.
    mapping : Mapping, optional
        Laid over what is recognised.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount, in ten-thousandths, that is not marked as outlier.
    **how
        More for :class:`~retail_panel.feed.table_growth.TableGrowth`.

    Returns
    -------
    TableGrowth

    Raises
    ------
    UnusableInput
        The URL, an option or a setting cannot be used, or the database's driver is missing.
    """
    parts = urlsplit(url)
    table, given = unquote(parts.netloc), client_settings(settings)
    shown = f"feed table://{table}"
    if parts.scheme != "table" or not table or "@" in table or parts.path.strip("/"):
        raise UnusableInput("feed table://: table://NAME?by=column is allowed; the database is named by url, as option "
                            "or setting")  # fmt: skip
    options = UrlOptions(shown, parts.query, OPTIONS)
    strange = [key for key in given if key != "url"]
    if strange:
        raise UnusableInput(f"{shown}: setting {strange[0]!r}; allowed: url")
    if _has_password(options.get("url", "")):
        raise UnusableInput(f"{shown}: a password stands in the URL; it belongs in the file of settings, as url")
    database = given.get("url") or options.get("url")
    if not database or "://" not in database:
        raise UnusableInput(f"{shown}: no database; allowed: url=sqlite:///file or one of SQLAlchemy")
    if not options.get("by"):
        raise UnusableInput(f"{shown}: no growing column; allowed: by=column")
    query = TableQuery(database, table, options["by"])
    name, settle_s = options.get("name") or f"table {table}", options.number("settle", 5, 0, 86_400, "seconds")
    return TableGrowth(query, options["by"], name, mapping, limits, settle_s=settle_s, **how)


def _has_password(url):
    return ":" in url.partition("://")[2].partition("/")[0].rpartition("@")[0]
