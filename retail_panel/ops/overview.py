"""What an admin sees of a server, as tables: figures, visitors, slow questions, feed, what was set aside, settings."""

from dataclasses import dataclass
from datetime import UTC, datetime

from retail_panel.feed.health import duration, feed_health
from retail_panel.ops.health import OK, readiness
from retail_panel.ops.without_values import without_values
from retail_panel.settings import in_force

REASONS = """SELECT source, reason, count(*) AS rows FROM quarantine GROUP BY ALL ORDER BY rows DESC, source, reason
    LIMIT 100"""
ROWS = """SELECT count(*) AS rows, (SELECT max(committed_at) FROM commit_log) AS committed_at,
    (SELECT sum(memory_usage_bytes) FROM duckdb_memory())::BIGINT AS engine FROM order_line"""


@dataclass(frozen=True)
class Overview:
    """Figures are (name, text); the others are rows of text, under the headings that :mod:`admin_page` gives them.

    Attributes
    ----------
    figures, feed : list of (str, str)
    visitors, slow, set_aside, settings : list of tuple of str
    state : str
        What is not ready, in words; empty where everything is.
    feed_state : str
        How the feed stands, in words; empty without one.
    """

    figures: list
    visitors: list
    slow: list
    feed: list
    set_aside: list
    settings: list
    state: str
    feed_state: str


def overview(server, resident_bytes, now=None):
    """Return the :class:`Overview` of a server; asks the store, so it is for a thread of its own.

    Parameters
    ----------
    server : Server
    resident_bytes : float or None
        Memory of the process; None where it is not known.
    now : datetime, optional
        With a zone; default: now.
    """
    now = now or datetime.now(UTC)
    not_ready = {part: word for part, word in readiness(server, now).items() if word != OK}
    health = feed_health(server.pump.state, server.settings.stale_s, now) if server.pump else None
    return Overview(
        figures=_figures(server, resident_bytes, now),
        visitors=[_visitor(visitor, now) for visitor in server.visitors],
        slow=[_slow(slow) for slow in sorted(server.store.tally.slow, key=lambda slow: -slow.seconds)],
        feed=health.facts if health else [],
        set_aside=[(row["source"], row["reason"], f"{row['rows']:,}") for row in server.store.ask(REASONS).to_pylist()],
        settings=in_force(server.settings),
        state="; ".join(f"{part}: {word}" for part, word in not_ready.items()),
        feed_state=f"{health.name}. {health.words}" if health else "",
    )


def _figures(server, resident_bytes, now):
    (row,) = server.store.ask(ROWS).to_pylist()
    tally, visitors = server.store.tally, server.visitors
    asked = sum(sum(found.read()[0]) for found in tally.questions.values())
    age = now.replace(tzinfo=None) - row["committed_at"] if row["committed_at"] else None
    return [
        ("Memory of the process", _megabytes(resident_bytes)),
        ("of it held by the engine", _megabytes(row["engine"] or 0)),
        ("Open pages", f"{len(visitors):,}"),
        ("Pages opened since the start", f"{visitors.entered:,}"),
        ("Pages refused", f"{visitors.refused:,}"),
        ("Order lines", f"{row['rows']:,}"),
        ("Store version", f"{server.store.version:,}"),
        ("Last commit", "none yet" if age is None else f"{duration(max(0.0, age.total_seconds()))} ago"),
        ("Questions to the store", f"{asked:,}"),
        ("Brush, mean of its moves", _mean(tally.brushes)),
        ("Scope change, mean", _mean(tally.scopes)),
        ("Shared answers", f"{server.shelf.hits:,} found, {server.shelf.misses:,} made, {len(server.shelf):,} kept"),
    ]


def _megabytes(size):
    return "not known" if size is None else f"{size / 1e6:,.0f} MB"


def _mean(durations):
    counts, sum_s = durations.read()
    if not sum(counts):
        return "none yet"
    mean_s = sum_s / sum(counts)
    return f"{1000 * mean_s:,.1f} ms of {sum(counts):,}" if mean_s < 1 else f"{mean_s:,.1f} s of {sum(counts):,}"


def _visitor(visitor, now):
    return (
        visitor.number, visitor.who, visitor.page or "loading", f"{visitor.since:%Y-%m-%d %H:%M}",
        duration((now - visitor.since).total_seconds()), f"{duration(visitor.idle_s)} ago",
    )  # fmt: skip


def _slow(slow):
    return (
        f"{slow.seconds:,.1f} s", f"{slow.asked_at:%Y-%m-%d %H:%M:%S}", slow.outcome.replace("_", " "),
        without_values(slow.sql),
    )  # fmt: skip
