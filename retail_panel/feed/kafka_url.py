"""A Kafka feed by its URL, such as ``kafka://broker:9092/orders?group=shop``, and a file of librdkafka settings."""

from urllib.parse import urlsplit

from retail_panel.errors import UnusableInput
from retail_panel.feed.kafka import Kafka
from retail_panel.feed.schema_registry import SchemaRegistry
from retail_panel.feed.settings_file import client_settings
from retail_panel.feed.url_options import UrlOptions

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
    topic, shown = parts.path.strip("/"), f"feed {parts.scheme}://{parts.netloc.rsplit('@', 1)[-1]}{parts.path}"
    if parts.scheme != "kafka" or not parts.netloc or not topic or "/" in topic:
        raise UnusableInput(f"{shown}: kafka://host:port/topic is allowed")
    if "@" in parts.netloc:
        raise UnusableInput(f"{shown}: user and password belong in the file of settings, as sasl.username and "
                            "sasl.password")  # fmt: skip
    options = UrlOptions(shown, parts.query, OPTIONS, ", and settings of librdkafka, whose names have a dot")
    given = {"bootstrap.servers": parts.netloc}
    given |= {key: value for key, value in options.items() if "." in key}
    given |= client_settings(settings)
    if "group" in options:
        given["group.id"] = options["group"]
    registry = {key.removeprefix(_REGISTRY): given.pop(key) for key in list(given) if key.startswith(_REGISTRY)}
    reader = options.reader(f"kafka {topic}", mapping, limits)
    found = _registry(registry.pop("url", None) or options.get("registry"), registry)
    return Kafka(topic, given, reader, found, start=options.start(), **how)


def _registry(url, settings):
    if not url:
        return None
    names = {"basic.auth.user.info": "user_info", "bearer.auth.token": "token", "ssl.ca.location": "ca_file"}
    strange = [key for key in settings if key not in names]
    if strange:
        raise UnusableInput(f"setting {_REGISTRY}{strange[0]}; allowed: url, {', '.join(names)}")
    return SchemaRegistry(url, **{names[key]: value for key, value in settings.items()})
