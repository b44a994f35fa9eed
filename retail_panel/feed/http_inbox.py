"""A feed by HTTP, ``post://?name=tills``: the inbox, who may post to it, and how much."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.http_deliveries import MOST_BYTES, Deliveries
from retail_panel.feed.http_pace import Pace
from retail_panel.feed.http_tokens import PREFIX, Tokens, read_tokens
from retail_panel.feed.settings_file import client_settings
from retail_panel.feed.url_options import UrlOptions

OPTIONS = ("name", "line_id", "most_bytes", "rate", "patience_s")


@dataclass(frozen=True)
class Terms:
    """What may be posted.

    Parameters
    ----------
    tokens : Tokens
        Who may post.
    pace : Pace
        How often.
    most_bytes : int
        Longest body.
    patience_s : float
        Seconds that a request waits for its commit.
    """

    tokens: Tokens
    pace: Pace
    most_bytes: int = 1_000_000
    patience_s: float = 20.0


class HttpInbox(Deliveries):
    """Deliveries and the terms under which they are taken; a :class:`retail_panel.feed.Source`.

    :func:`retail_panel.feed.http_handler.handlers` gives the routes that fill it.

    Parameters
    ----------
    reader : MessageReader
    terms : Terms
    **how
        More for :class:`~retail_panel.feed.http_deliveries.Deliveries`.
    """

    def __init__(self, reader, terms, **how):
        super().__init__(reader, **how)
        self.terms = terms


def http_source(url, settings=None, mapping=None, limits=None, environ=None, **how):
    """Return the source that the URL of a feed by HTTP names.

    Parameters
    ----------
    url : str
        ``post://?option=value&...``. Options: `name` (under which the position is kept; default ``post``), `line_id`
        (field of the line's id; empty for none), `most_bytes` (of a body; default 1000000), `rate` (requests a second
        and token; default 20) and `patience_s` (seconds that a request waits for its commit; default 20).
    settings : str, Path or dict, optional
        A file of ``key = value`` lines, or a dict: ``token.NAME = SECRET``.
    mapping, limits
        See :func:`retail_panel.feed.message_plan.message_plan`.
    environ : mapping of str to str, optional
        Where ``RETAIL_PANEL_FEED_TOKENS`` is looked for; default: that of the process.
    **how
        More for :class:`~retail_panel.feed.http_deliveries.Deliveries`.

    Returns
    -------
    HttpInbox

    Raises
    ------
    UnusableInput
        The URL, an option, a setting or a token cannot be used.
    """
    parts = urlsplit(url)
    if parts.scheme != "post" or parts.netloc or parts.path.strip("/"):
        raise UnusableInput("feed post://: a host, a path or a token stands in the URL; post://?name=tills is allowed, "
                            "and tokens in the file of settings")  # fmt: skip
    options, given = UrlOptions("feed post://", parts.query, OPTIONS), client_settings(settings)
    strange = [key for key in given if not key.removeprefix(PREFIX) or not key.startswith(PREFIX)]
    if strange:
        raise UnusableInput(f"feed settings: {strange[0]!r} is not known; allowed: {PREFIX}NAME")
    terms = Terms(
        read_tokens(given, environ),
        Pace(options.number("rate", 20.0, 0.01, 10_000)),
        int(options.number("most_bytes", 1_000_000, 1_000, MOST_BYTES)),
        options.number("patience_s", 20.0, 0.1, 600),
    )
    return HttpInbox(options.reader("post", mapping, limits), terms, **how)
