"""Feeds by their URL: the scheme says which kind of source it is."""

from importlib import import_module
from urllib.parse import urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.read_ahead import ReadAhead

#: Scheme to the module and the maker of its sources; loaded on demand, since some need a package that not everyone has.
FEEDS = {
    "kafka": ("kafka_url", "kafka_source"),
    "kinesis": ("kinesis_url", "kinesis_source"),
    "post": ("http_inbox", "http_source"),
    "folder": ("folder", "folder_source"),
    "table": ("table_poll", "table_source"),
}
#: Those that are read while the store commits, since reading takes as long.
READ_AHEAD = {"folder"}


def feed_source(url, settings=None, mapping=None, limits=None):
    """Return the source that a feed's URL names.

    Parameters
    ----------
    url : str
        ``kafka://``, ``kinesis://``, ``post://``, ``folder://`` or ``table://``; see docs/live.md for each.
    settings : str, optional
        File of ``key = value`` lines with what belongs into no URL, such as passwords and tokens.
    mapping : Mapping, optional
        Names of fields, constants, date format and time zone.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount, in ten-thousandths, that is not marked as outlier.

    Returns
    -------
    Source

    Raises
    ------
    UnusableInput
        The scheme is unknown, the URL or the settings cannot be used, or a package is missing.
    """
    scheme = urlsplit(url).scheme
    if scheme not in FEEDS:
        allowed = ", ".join(f"{known}://" for known in FEEDS)
        raise UnusableInput(f"feed {scheme or url!r}: no such kind; allowed: {allowed}")
    module, maker = FEEDS[scheme]
    make = getattr(import_module(f"retail_panel.feed.{module}"), maker)
    source = make(url, settings=settings, mapping=mapping, limits=limits)
    return ReadAhead(source) if scheme in READ_AHEAD else source
