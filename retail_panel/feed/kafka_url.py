"""A Kafka feed by its URL, such as ``kafka://broker:9092/orders?group=shop``, and a file of librdkafka settings."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.kafka import EARLIEST, LATEST, Kafka
from retail_panel.feed.message import MessageReader
from retail_panel.feed.schema_registry import SchemaRegistry
from retail_panel.feed.settings_file import client_settings

OPTIONS = ("group", "start", "name", "line_id", "registry")
_REGISTRY = "schema.registry."


def kafka_source(url, settings=None, mapping=None, limits=None, **how):
    """Return the source that a Kafka URL names.

    Parameters
    ----------
    url : str
        ``kafka://host:port[,host:port...]/topic?option=value&...``. Options: `group` (group id that brokers know us
        by), `start` (``earliest``, ``latest`` or an ISO time; counts on the first run only), `name` (under which the
        position is kept; default: ``kafka`` and the topic), `line_id` (field of the line's id; empty for none) and
        `registry` (URL of a schema registry). Any option with a dot is a setting of librdkafka.
    settings : str, Path or dict, optional
        A file of ``key = value`` lines, or a dict, with more settings of librdkafka: where passwords belong. Those
        that begin with ``schema.registry.`` are for the registry: ``url``, ``basic.auth.user.info``,
        ``bearer.auth.token`` and ``ssl.ca.location``.
    mapping, limits
        See :func:`retail_panel.feed.message_plan.message_plan`.
    **how
        More for :class:`Kafka`.

    Returns
    -------
    Kafka

    Raises
    ------
    UnusableInput
        The URL, an option or the file cannot be used.
    """
    parts = urlsplit(url)
    topic, options = parts.path.strip("/"), dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "kafka" or not parts.netloc or not topic or "/" in topic:
        raise UnusableInput(f"feed {_shown(parts)}: kafka://host:port/topic is allowed")
    if "@" in parts.netloc:
        raise UnusableInput(f"feed {_shown(parts)}: user and password belong in the file of settings, as sasl.username "
                            "and sasl.password")  # fmt: skip
    given = {"bootstrap.servers": parts.netloc}
    given |= {key: value for key, value in options.items() if "." in key}
    given |= client_settings(settings)
    strange = [key for key in options if "." not in key and key not in OPTIONS]
    if strange:
        raise UnusableInput(
            f"feed {_shown(parts)}: option {strange[0]!r}; allowed: {', '.join(OPTIONS)}, and settings of librdkafka, "
            "whose names have a dot"
        )
    if "group" in options:
        given["group.id"] = options["group"]
    registry = {key.removeprefix(_REGISTRY): given.pop(key) for key in list(given) if key.startswith(_REGISTRY)}
    line_id = {"line_id": options["line_id"] or None} if "line_id" in options else {}
    reader = MessageReader(options.get("name") or f"kafka {topic}", mapping=mapping, limits=limits, **line_id)
    found = registry.pop("url", None) or options.get("registry")
    return Kafka(
        topic, given, reader, _registry(found, registry), start=_start(options.get("start", EARLIEST)), **how
    )


def _registry(url, settings):
    if not url:
        return None
    names = {"basic.auth.user.info": "user_info", "bearer.auth.token": "token", "ssl.ca.location": "ca_file"}
    strange = [key for key in settings if key not in names]
    if strange:
        raise UnusableInput(f"setting {_REGISTRY}{strange[0]}; allowed: url, {', '.join(names)}")
    return SchemaRegistry(url, **{names[key]: value for key, value in settings.items()})


def _start(text):
    if text in (EARLIEST, LATEST):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UnusableInput(f"start {text!r}; allowed: {EARLIEST}, {LATEST} or an ISO 8601 time") from None


def _shown(parts):
    return f"{parts.scheme}://{parts.netloc.rsplit('@', 1)[-1]}{parts.path}"
