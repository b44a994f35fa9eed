"""A Kinesis feed by its URL, such as ``kinesis://orders?region=eu-west-1``, and a file of boto3 settings."""

import re
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.kinesis import EARLIEST, LATEST, Kinesis
from retail_panel.feed.kinesis_stream import SETTINGS
from retail_panel.feed.message import MessageReader
from retail_panel.feed.settings_file import client_settings

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
    stream, options = parts.netloc, dict(parse_qsl(parts.query, keep_blank_values=True))
    shown = f"feed {parts.scheme}://{stream.rsplit('@', 1)[-1]}"
    if "@" in stream:
        raise UnusableInput(f"{shown}: keys belong in the file of settings, as aws_access_key_id and "
                            "aws_secret_access_key")  # fmt: skip
    if parts.scheme != "kinesis" or parts.path.strip("/") or not re.fullmatch(r"[a-zA-Z0-9_.-]{1,128}", stream):
        raise UnusableInput(f"{shown}{parts.path}: kinesis://stream?region=... is allowed")
    strange = [key for key in options if key not in OPTIONS]
    if strange:
        raise UnusableInput(f"{shown}: option {strange[0]!r}; allowed: {', '.join(OPTIONS)}")
    given = {_IN_CLIENT[key]: value for key, value in options.items() if key in _IN_CLIENT} | client_settings(settings)
    unknown = [key for key in given if key not in SETTINGS]
    if unknown:
        raise UnusableInput(f"{shown}: setting {unknown[0]!r}; allowed: {', '.join(SETTINGS)}")
    line_id = {"line_id": options["line_id"] or None} if "line_id" in options else {}
    reader = MessageReader(options.get("name") or f"kinesis {stream}", mapping=mapping, limits=limits, **line_id)
    return Kinesis(stream, given, reader, start=_start(options.get("start", EARLIEST)), **how)


def _start(text):
    if text in (EARLIEST, LATEST):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UnusableInput(f"start {text!r}; allowed: {EARLIEST}, {LATEST} or an ISO 8601 time") from None
