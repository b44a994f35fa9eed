"""A Kinesis feed by its URL, such as ``kinesis://orders?region=eu-west-1``, and a file of boto3 settings."""

import re
from urllib.parse import urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.kinesis import Kinesis
from retail_panel.feed.kinesis_stream import SETTINGS
from retail_panel.feed.settings_file import client_settings
from retail_panel.feed.url_options import UrlOptions

OPTIONS = ("region", "start", "name", "line_id", "endpoint")
_IN_CLIENT = {"region": "region_name", "endpoint": "endpoint_url"}


def kinesis_source(url, settings=None, mapping=None, limits=None, **how):
    """Return the source that a Kinesis URL names.

    Parameters
    ----------
    url : str
        ``kinesis://stream?option=value&...``. Options: `region` (default: what boto3 finds), `start` (``earliest``,
        ``latest`` or an ISO time; counts on the first run only), `name` (under which the position is kept; default:
        ``kinesis`` and the stream), `line_id` (field of the line's id; empty for none) and `endpoint` (URL of another
        server than Amazon's).
    settings : str, Path or dict, optional
        A file of ``key = value`` lines, or a dict, of :data:`retail_panel.feed.kinesis_stream.SETTINGS`: where keys
        belong. Without any, boto3 looks in the environment, in its profiles, and asks for the machine's role.
    mapping, limits
        See :func:`retail_panel.feed.message_plan.message_plan`.
    **how
        More for :class:`Kinesis`.

    Returns
    -------
    Kinesis

    Raises
    ------
    UnusableInput
        The URL, an option or the file cannot be used.
    """
    parts = urlsplit(url)
    stream = parts.netloc
    shown = f"feed {parts.scheme}://{stream.rsplit('@', 1)[-1]}"
    if "@" in stream:
        raise UnusableInput(f"{shown}: keys belong in the file of settings, as aws_access_key_id and "
                            "aws_secret_access_key")  # fmt: skip
    if parts.scheme != "kinesis" or parts.path.strip("/") or not re.fullmatch(r"[a-zA-Z0-9_.-]{1,128}", stream):
        raise UnusableInput(f"{shown}{parts.path}: kinesis://stream?region=... is allowed")
    options = UrlOptions(shown, parts.query, OPTIONS)
    given = {_IN_CLIENT[key]: value for key, value in options.items() if key in _IN_CLIENT} | client_settings(settings)
    unknown = [key for key in given if key not in SETTINGS]
    if unknown:
        raise UnusableInput(f"{shown}: setting {unknown[0]!r}; allowed: {', '.join(SETTINGS)}")
    reader = options.reader(f"kinesis {stream}", mapping, limits)
    return Kinesis(stream, given, reader, start=options.start(), **how)
