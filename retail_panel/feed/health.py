"""How a feed stands, in words: live, late, quiet, down, paused or ended."""

from dataclasses import dataclass

LIVE, LATE, DOWN, IDLE = "live", "late", "down", "idle"


@dataclass(frozen=True)
class Health:
    """A feed's state for people.

    Attributes
    ----------
    level : str
        ``live``, ``late`` (behind or quiet), ``down`` (an error is waited out) or ``idle`` (paused, ended, stopped).
    name, words : str
        The state in one or two words, and a sentence about it.
    facts : list of (str, str)
        Names and figures as text.
    """

    level: str
    name: str
    words: str
    facts: list


def feed_health(state, stale_s, now, why=True):
    """Return the :class:`Health` of a pump.

    Parameters
    ----------
    state : PumpState
    stale_s : float
        Seconds without a commit, or behind the source, after which a feed is no longer called live.
    now : datetime
        With a zone.
    why : bool
        Whether to tell the error that is waited out, which may name machines and paths.
    """
    since = None if state.committed_at is None else max(0.0, (now - state.committed_at).total_seconds())
    facts = [
        ("Lines a second", f"{state.rows_per_s:,.1f}"),
        ("Lines since the start", f"{state.rows:,}"),
        ("Messages waiting", "not told" if state.lag_rows is None else f"{state.lag_rows:,}"),
        ("Behind by", "not told" if state.lag_s is None else duration(state.lag_s)),
        ("Last commit", "none yet" if since is None else f"{duration(since)} ago"),
        ("Set aside", f"{state.quarantined:,}"),
        ("Errors", f"{state.errors:,}"),
        ("Restarts", f"{state.restarts:,}"),
    ]
    return Health(*_state(state, stale_s, since, why), facts)


def _state(state, stale_s, since, why):
    if state.error:
        wait = duration(state.retry_s) if state.retry_s else "a moment"
        reason = state.error if why else "It cannot be read"
        words = f"{reason}; tried again every {wait}. What is shown is right as of the last commit."
        return DOWN, "Feed down", words
    if state.ended:
        return IDLE, "Feed ended", "The source said that nothing more will come."
    if state.paused:
        return IDLE, "Feed paused", "It is asked for nothing until somebody goes on with it."
    if not state.running:
        return IDLE, "Feed stopped", "It does not run."
    if state.lag_s is not None and state.lag_s > stale_s:
        return LATE, "Behind", f"The lines that come in now are {duration(state.lag_s)} old; more of them wait."
    if since is None:
        return LATE, "Waiting", "The feed runs, and no line has come since the server started."
    if since > stale_s:
        return LATE, "Quiet", f"No line has come for {duration(since)}."
    return LIVE, "Live", "Lines are shown as they come in."


def duration(seconds):
    """Return a time in words, such as 4 s, 3 min or 2.5 h."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
