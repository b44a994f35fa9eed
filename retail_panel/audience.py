"""Whoever shows a visitor's answers: charts, tiles, and what takes note of them."""

import logging

log = logging.getLogger(__name__)


class Audience(list):
    """The parts of one visitor's page that show answers, in the order in which they are told.

    A member has ``wants()`` (keys), ``brushes()`` (charts that one brushes), ``rescene(scene)``,
    ``show(wholes, parts, filters)``, ``move(chart, parts, elsewhere)`` for a moving brush (``parts`` lacks what is
    still unknown, and the keys of ``elsewhere``, which the browser answers by itself) and ``show_tiles(answers)``.
    Where a key could not be answered, ``parts`` of ``show`` holds its error instead of an array, and ``wholes`` may
    lack it. One that has ``awaits_tiles()`` tells whether it needs the tiles at present; without it, it does.

    Parameters
    ----------
    session : Session
        The visitor's state.
    """

    def __init__(self, session):
        super().__init__()
        self._session = session

    def keys(self):
        """Return what all want to see now, each once."""
        return list(dict.fromkeys(key for member in self for key in member.wants()))

    @property
    def has_tiles(self):
        """Whether tiles are on the screen; else they are not asked for, which studies would wait for."""
        # The tiles' question is among those that tell whether a selection holds enough customers.
        is_guarded = self._session.person.min_customers > 1
        return is_guarded or any(getattr(member, "awaits_tiles", _always)() for member in self)

    def tell(self, what, *news):
        """Call a method of everyone; one that fails is told and stops no other."""
        for member in self:
            try:
                getattr(member, what)(*news)
            except Exception as error:
                log.exception("%s failed", type(member).__name__)
                self._session.problem = f"{type(member).__name__} failed: {error}"


def _always():
    return True
