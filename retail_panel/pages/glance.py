"""What whoever comes sees first: the figures of the whole under each row policy, as they were shown last."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from retail_panel.pages.card import bins_for
from retail_panel.pages.status import facts
from retail_panel.tiles import shown

#: Row policies whose figures are remembered, some 50 kB each.
MOST_POLICIES = 16
#: Seconds for which figures are shown though rows have come since; the page that follows has them all.
STALE_S = 60.0


@dataclass(frozen=True, eq=False)
class Glance:
    """The figures of the whole, of one row policy and version.

    Attributes
    ----------
    version : int
        Of the store.
    facts : tuple of str
        Of how many lines, and up to when.
    charts : tuple of (Chart, tuple, str, numpy.ndarray)
        Each chart with its bins, its measure and its values.
    names : tuple of str
        Measures of the tiles.
    tiles : TileAnswers
        Their figures.
    currency : str
        ISO code.
    """

    version: int
    facts: tuple
    charts: tuple
    names: tuple
    tiles: object
    currency: str


class Glances:
    """The latest glance of each row policy; nothing of a person is in them.

    Parameters
    ----------
    store : Store
        Says whether rows have come, or were taken out, since.
    """

    def __init__(self, store):
        self._store, self._lock, self._kept = store, threading.Lock(), OrderedDict()

    def keep(self, policy, glance):
        """Remember a glance in place of the one before."""
        with self._lock:
            self._kept[policy] = (glance, time.monotonic())
            self._kept.move_to_end(policy)
            while len(self._kept) > MOST_POLICIES:
                self._kept.popitem(last=False)

    def of(self, person):
        """Return what a person may see at once; None where that is not known, or too old, or holds small groups."""
        if person.min_customers > 1:
            return None
        with self._lock:
            glance, kept_at = self._kept.get(person.policy, (None, 0.0))
            if glance is None or glance.version < self._store.rewritten:
                self._kept.pop(person.policy, None)
                return None
        is_new = glance.version == self._store.version or time.monotonic() - kept_at < STALE_S
        return glance if is_new else None


class GlanceTaker:
    """Takes a glance at what a visitor sees of the whole; a member of the audience of their answers.

    Parameters
    ----------
    session : Session
        The visitor; where they have filtered or chosen anything, nothing is taken.
    charts : sequence of Chart
        Those of the first page.
    glances : Glances
        Where it goes.
    asks : bool
        Whether the charts are asked for here, since nobody has them on a screen.
    """

    def __init__(self, session, charts, glances, asks=False):
        self._session, self._charts, self._glances, self._asks = session, charts, glances, asks
        self._wholes = None
        self.is_taken = False
        session.answers.audience.append(self)

    def wants(self):
        """Return the keys of the charts where they are asked for here."""
        return [chart.key(self._session.measure) for chart in self._charts] if self._asks else []

    def brushes(self):
        """Return no charts."""
        return []

    def awaits_tiles(self):
        """Whether they are asked for here."""
        return self._asks

    def parts(self, chart, places):
        """Return nothing for a brush in the browser."""
        return {}

    def rescene(self, scene):
        """Wait for its figures."""
        self._wholes = None

    def move(self, chart, parts, elsewhere):
        """Leave a moving brush alone."""

    def show(self, wholes, parts, filters):
        """Take in the charts."""
        self._wholes = None if filters else wholes

    def show_tiles(self, answers):
        """Take in the tiles; then all is there."""
        session, scene = self._session, self._session.scene
        if self._wholes is None or session.state() or scene.is_estimate or session.person.min_customers > 1:
            return
        charts = []
        for chart in self._charts:
            key, bins = chart.key(session.measure), bins_for(chart, scene, session.measure)
            if bins is not None and key in self._wholes:
                charts.append((chart, bins, key.measure, self._wholes[key]))
        glance = Glance(
            scene.version, tuple(facts(scene)), tuple(charts), tuple(shown(scene)), answers, session.currency
        )
        self._glances.keep(session.policy, glance)
        self.is_taken = True


def glances_of(server):
    """Return what each row policy's visitors of a process see first."""
    if not hasattr(server, "glances"):
        server.glances = Glances(server.store)
    return server.glances
