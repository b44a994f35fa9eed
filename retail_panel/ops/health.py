"""Whether the process serves: what a load balancer and a watchdog ask."""

from retail_panel.errors import RetailPanelError
from retail_panel.feed.health import DOWN, feed_health

OK = "ok"


def readiness(server, now):
    """Return what is ready and what is not; asks the store, so it is for a thread of its own.

    Parameters
    ----------
    server : Server
    now : datetime
        With a zone.

    Returns
    -------
    dict of str to str
        For each of ``server``, ``source``, ``store`` and ``feed`` the word ``ok``, or in what way it is not. No names,
        paths or errors, since anybody may ask.
    """
    return {
        "server": "stopping" if server.is_stopping else OK,
        "source": OK if server.state.phase == "ready" else server.state.phase,
        "store": _store(server.store),
        "feed": _feed(server, now),
    }


def _store(store):
    try:
        store.ask("SELECT 1")
    except RetailPanelError:
        return "does not answer"
    return OK


def _feed(server, now):
    if server.pump is None:
        return OK
    return "down" if feed_health(server.pump.state, server.settings.stale_s, now).level == DOWN else OK
