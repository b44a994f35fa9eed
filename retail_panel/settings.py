"""Every setting of a process: name, kind, default and help; read once, from the environment and a TOML file."""

import math
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from retail_panel.errors import UnusableInput

PREFIX = "RETAIL_PANEL_"
#: Exact, as browsers write it; so no wildcard, no path, nothing that ends a header or a directive in it.
ORIGIN = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:\d{1,5})?")


@dataclass(frozen=True)
class Kind:
    """What a setting may be: words for people, and a parser that raises ValueError."""

    allowed: str
    parse: Callable


def _matching(pattern, allowed):
    def parse(text):
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return Kind(allowed, parse)


def _whole(low, high):
    def parse(text):
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a whole number from {low} to {high}", parse)


def _one_of(*words):
    return _matching("|".join(words), " or ".join(words))


def _speed(text):
    value = float(text)
    if math.isnan(value) or value <= 0:
        raise ValueError
    return value


def _origins(text):
    origins = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError
    return origins


def _start(text):
    if "-" in text:
        return date.fromisoformat(text)
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError
    return share


TEXT = Kind("any text", str)
FEED_URL = _matching(r"[a-z]+://.*", "a URL such as kafka://broker:9092/orders; no user or password in it")
STORE_URL = _matching(r"[a-z0-9+]+://.*", "a URL such as duckdb:// or duckdb:///retail.duckdb")
CURRENCY = _matching(r"[A-Z]{3}", "an ISO 4217 code such as GBP")
SIZE = _matching(r"\d+(\.\d+)? ?[KMGT]i?B", "a size such as 512MB or 4GB")
SPEED = Kind("a number above 0, or inf", _speed)
SECONDS = Kind("a number of seconds above 0, or inf", _speed)
LOG_FORMAT = _one_of("text", "json")
LOG_LEVEL = _one_of("debug", "info", "warning", "error")
ORIGINS = Kind("exact origins such as https://portal.example, separated by blanks; no * and no path", _origins)
YES_NO = Kind("yes or no", lambda text: ("no", "yes").index(text) == 1)
START = Kind("a day as yyyy-mm-dd, or a share of the span from 0 to 1", _start)


def _setting(default, kind, help):
    return field(default=default, metadata={"kind": kind, "help": help})


@dataclass(frozen=True)
class Settings:
    """The settings of one process; see :func:`describe` for what each one means."""

    store: str = _setting(
        "duckdb://", STORE_URL,
        "Where rows live; duckdb:// is memory, duckdb:///name.duckdb a file, postgresql://user@host:port/database a "
        "server that several processes share.",
    )  # fmt: skip
    source: str | None = _setting(
        None, TEXT, "File, folder or database URL to load when the store is empty; none means the demo, or the replay."
    )
    mapping: str | None = _setting(None, TEXT, "Mapping file that names the columns; none means they are recognised.")
    currency: str = _setting("GBP", CURRENCY, "Currency of lines that name none, and of the figures.")
    title: str = _setting("Retail Panel", TEXT, "Name shown at the top of every page.")
    refresh_ms: int = _setting(
        1000, _whole(100, 3_600_000),
        "Milliseconds that charts rest at most between two refreshes as rows arrive, up to half as long as one takes.",
    )  # fmt: skip
    replay: str | None = _setting(None, TEXT, "File to play into the store in time order; none means no replay.")
    replay_speed: float = _setting(1.0, SPEED, "Replayed seconds per second; inf means as fast as possible.")
    replay_from: date | float = _setting(
        0.8, START, "Where the replay starts; rows before it are loaded at once, as history."
    )
    feed: str | None = _setting(None, FEED_URL, "Live feed of order lines, as docs/live.md says; none means no feed.")
    feed_settings: str | None = _setting(
        None, TEXT, "File of key = value lines for the feed: passwords, tokens and what does not belong into a URL."
    )
    feed_mapping: str | None = _setting(None, TEXT, "Mapping file that names the fields of the feed's messages.")
    keep_lines: int | None = _setting(
        None, _whole(60, 100_000),
        "Days for which order lines stay as they came; older days are rolled up, without products and single amounts. "
        "None means for good.",
    )  # fmt: skip
    stale_s: float = _setting(60.0, SECONDS, "Seconds without a new line after which the feed counts as quiet.")
    memory_limit: str | None = _setting(None, SIZE, "What the engine may hold; none means its own choice.")
    engine_threads: int | None = _setting(
        None, _whole(1, 1024), "Threads of the engine; none means one a million lines, at most one a core."
    )
    workers: int = _setting(4, _whole(1, 256), "Threads that answer visitors' questions.")
    portal: str | None = _setting(
        None, TEXT, "Portal file: login, roles and row policies, as docs/security.md says; none means no login."
    )
    production: bool = _setting(
        False, YES_NO, "Whether to refuse to start without login, or with settings that are not safe for others."
    )
    log_format: str = _setting("text", LOG_FORMAT, "Log as lines of text, or as one JSON object a line.")
    log_level: str = _setting("warning", LOG_LEVEL, "What is worth a line in the log; libraries tell info at most.")
    ops_token_file: str | None = _setting(
        None, TEXT,
        "File with the token for /metrics, /backup and /privacy; none: /metrics for this machine only, not the others.",
    )
    pages_each: int = _setting(20, _whole(1, 10_000), "Pages that one person, who logged in, may have open at once.")
    pages_most: int = _setting(500, _whole(1, 100_000), "Pages that may be open at once on this server.")
    idle_minutes: int | None = _setting(
        None, _whole(1, 100_000), "Minutes without use after which a page is closed; none means never, as on a wall."
    )
    message_bytes: int = _setting(
        4_000_000, _whole(100_000, 1_000_000_000), "Longest message that a browser may send, in bytes."
    )
    embed_origins: tuple[str, ...] = _setting(
        (), ORIGINS, "Origins of portals whose pages may show the workbench in a frame and exchange messages with it."
    )
    browser_brush: bool = _setting(True, YES_NO, "Whether browsers answer a moving brush by themselves.")
    #: Where each value comes from that is not the default: file, variable, or "given".
    origins: dict = field(default_factory=dict, compare=False, repr=False)


def load_settings(environ=None, file=None, **given):
    """Read the settings.

    What is given wins over the environment, the environment over the file, the file over the defaults. Variables that
    merely begin like ours are left alone, since container platforms set such for a service of our name.

    Parameters
    ----------
    environ : mapping of str to str, optional
        Environment, where setting ``refresh_ms`` is ``RETAIL_PANEL_REFRESH_MS``; an empty value counts as not set.
        Default: that of the process.
    file : str or Path, optional
        TOML file of ``name = value`` lines. Default: the one ``RETAIL_PANEL_SETTINGS`` names, if any.
    **given : str, int, float or None
        Values from elsewhere, such as command line options; None counts as not given.

    Returns
    -------
    Settings
        Checked values.

    Raises
    ------
    UnusableInput
        If the file cannot be read, or a setting is unknown or has a value it may not have.

    Examples
    --------
    >>> load_settings({"RETAIL_PANEL_CURRENCY": "EUR"}, replay_speed=3600).currency
    'EUR'
    """
    environ = os.environ if environ is None else environ
    file = file or environ.get(f"{PREFIX}SETTINGS")
    known = {f.name: f for f in _known()}
    raw = {}
    if file:
        raw.update({name: (value, str(file)) for name, value in _read(file).items()})
    for name in known:
        variable = PREFIX + name.upper()
        if environ.get(variable):
            raw[name] = (environ[variable], variable)
    raw.update({name: (value, "given") for name, value in given.items() if value is not None})
    for name, (_, where) in raw.items():
        if name not in known:
            raise UnusableInput(f"setting {name!r} ({where}) is unknown; allowed: {', '.join(known)}")
    found = {name: _parse(known[name], value, where) for name, (value, where) in raw.items()}
    return Settings(**found, origins={name: where for name, (_, where) in raw.items()})


def _known():
    return [f for f in fields(Settings) if f.metadata]


def _read(file):
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableInput(f"settings file {file}: {error.strerror}; allowed: a readable TOML file") from error
    except ValueError as error:
        raise UnusableInput(f"settings file {file}: {error}; allowed: TOML lines such as currency = \"EUR\"") from error


def _parse(setting, value, where):
    kind = setting.metadata["kind"]
    try:
        if not isinstance(value, str | int | float | date) or isinstance(value, bool):
            raise ValueError
        return kind.parse(str(value))
    except ValueError:
        raise UnusableInput(f"setting {setting.name} ({where}): {value!r}; allowed: {kind.allowed}") from None


def describe():
    """Return one dict per setting for the documentation: name, variable, default, allowed, help."""
    return [
        {
            "name": f.name,
            "variable": PREFIX + f.name.upper(),
            "default": _written(f.default),
            "allowed": f.metadata["kind"].allowed,
            "help": f.metadata["help"],
        }
        for f in _known()
    ]


def in_force(settings):
    """Return (name, value as text, origin) of each setting, users and passwords in URLs hidden; origins for people.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    list of tuple of str
    """

    def row(f):
        value, origin = getattr(settings, f.name), settings.origins.get(f.name, "default")
        shown = re.sub(r"//[^/@]*@", "//(hidden)@", _written(value))
        return f.name, shown, "command line" if origin == "given" else origin

    return [row(f) for f in _known()]


def _written(value):
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
