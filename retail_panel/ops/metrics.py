"""What Prometheus reads: counts of the process, its store, its feed and its visitors; nothing about anyone of them."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from retail_panel import __version__
from retail_panel.feed.health import DOWN, feed_health

PREFIX = "retail_panel_"
#: Tables of the store whose rows are counted.
COUNTED = ("order_line", "stock", "feedback", "quarantine", "customer")
STORE = """SELECT (SELECT max(version) FROM commit_log) AS version,
    (SELECT max(committed_at) FROM commit_log) AS committed_at,
    (SELECT sum(memory_usage_bytes) FROM duckdb_memory()) AS memory, {}""".format(
    ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in COUNTED)
)


def _gauge(name, help, value):
    return GaugeMetricFamily(PREFIX + name, help, value=value)


def _counter(name, help, value):
    return CounterMetricFamily(PREFIX + name, help, value=value)


def _histogram(name, help, durations, labels=None):
    """Return a histogram of one :class:`~retail_panel.tally.Durations`, or of a dict of them by one label."""
    family = HistogramMetricFamily(PREFIX + name, help, labels=[labels] if labels else None)
    for label, found in durations.items() if labels else [(None, durations)]:
        counts, sum_s = found.read()
        ends = [*(f"{bound:g}" for bound in found.bounds), "+Inf"]
        buckets = [(end, sum(counts[: place + 1])) for place, end in enumerate(ends)]
        family.add_metric([label] if labels else [], buckets, sum_s)
    return family


class ServerCollector:
    """Reads a server whenever it is asked; it asks the store, so it is for a thread of its own.

    Parameters
    ----------
    server : Server
    errors : ErrorCount
        Of the log.
    clock : callable
        Returns the time now, with a zone.
    """

    def __init__(self, server, errors, clock=lambda: datetime.now(UTC)):
        self._server, self._errors, self._clock = server, errors, clock

    def collect(self):
        """Yield every metric."""
        version = GaugeMetricFamily(PREFIX + "info", "Version of Retail Panel, as label.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        yield from self._process()
        yield from self._store()
        yield from self._feed()

    def _process(self):
        server, tally, shelf = self._server, self._server.store.tally, self._server.shelf
        visitors = server.visitors
        yield _gauge("source_loaded", "1 once the source is loaded, else 0.", server.state.phase == "ready")
        yield _gauge("visitors", "Open pages.", len(visitors))
        yield _counter("visitors_entered", "Pages opened since the start.", visitors.entered)
        yield _counter("visitors_refused", "Pages not opened because of a limit.", visitors.refused)
        yield _histogram("brush_seconds", "From cubes at hand to charts assigned, a move of a brush.", tally.brushes)
        yield _histogram("scope_seconds", "From a new scope to its charts and tiles.", tally.scopes)
        yield _histogram("opening_seconds", "From a page's first question to its charts and tiles.", tally.openings)
        yield _histogram("question_seconds", "Time of questions to the store.", tally.questions, "outcome")
        yield _counter("shelf_hits", "Shared answers that were there already.", shelf.hits)
        yield _counter("shelf_misses", "Shared answers that were made.", shelf.misses)
        yield _gauge("shelf_things", "Shared answers that are kept.", len(shelf))
        yield _counter("errors", "Errors in the log.", self._errors.count)

    def _store(self):
        (row,) = self._server.store.ask(STORE).to_pylist()
        yield _gauge("store_version", "Committed batches.", row["version"] or 0)
        if row["committed_at"] is not None:
            age_s = (self._clock().replace(tzinfo=None) - row["committed_at"]).total_seconds()
            yield _gauge("store_commit_age_seconds", "Seconds since the last commit.", max(0.0, age_s))
        yield _gauge("engine_memory_bytes", "What the engine holds in memory.", row["memory"] or 0)
        rows = GaugeMetricFamily(PREFIX + "rows", "Rows of a table; quarantine has those set aside.", labels=["table"])
        for table in COUNTED:
            rows.add_metric([table], row[table])
        yield rows

    def _feed(self):
        if self._server.pump is None:
            return
        state = self._server.pump.state
        down = feed_health(state, self._server.settings.stale_s, self._clock()).level == DOWN
        yield _gauge("feed_running", "1 while the feed's thread works, else 0.", state.running)
        yield _gauge("feed_down", "1 while an error of the feed is waited out, else 0.", down)
        if state.lag_rows is not None:
            yield _gauge("feed_lag_messages", "Messages that wait.", state.lag_rows)
        if state.lag_s is not None:
            yield _gauge("feed_lag_seconds", "Age of the row read last, while others wait.", state.lag_s)
        yield _counter("feed_rows", "Rows committed from the feed.", state.rows)
        yield _counter("feed_commits", "Batches committed from the feed.", state.batches)
        yield _counter("feed_set_aside", "Rows of the feed set aside.", state.quarantined)
        yield _counter("feed_errors", "Errors of the feed.", state.errors)
        yield _counter("feed_restarts", "Times that the source was opened again after errors.", state.restarts)


def registry(server, errors):
    """Return a registry of its own with the server's metrics and those of the process, such as its memory."""
    made = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=made)
    made.register(ServerCollector(server, errors))
    return made


def exposition(made):
    """Return what ``/metrics`` answers, as bytes."""
    return generate_latest(made)
