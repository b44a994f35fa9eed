"""Scenes as somebody sees them: visitors get these, and have no way to scenes of rows that their policy hides."""

from retail_panel.store import EVERYTHING


class SeenScenes:
    """Scenes under one row policy.

    Parameters
    ----------
    scenes : Scenes
        Shared with visitors of every policy.
    store : SeenStore
        The visitor's; its policy is the one of every scene.
    """

    def __init__(self, scenes, store):
        self._scenes, self._store = scenes, store
        self.hold, self.give_back = scenes.hold, scenes.give_back
        self.is_behind, self.is_asked, self.note_brush = scenes.is_behind, scenes.is_asked, scenes.note_brush
        self.note_ahead, self.call_off_ahead = scenes.note_ahead, scenes.call_off_ahead

    @property
    def is_brushed(self):
        """As :attr:`retail_panel.crossfilter.scenes.Scenes.is_brushed`; of rows it tells nothing."""
        return self._scenes.is_brushed

    def take(self, scope, definition, policy=EVERYTHING, ticket=None, newer_than=None):
        """As :meth:`retail_panel.crossfilter.scenes.Scenes.take`, under the own policy."""
        own = self._store.seen_by(policy).policy
        return self._scenes.take(scope, definition, own, ticket, newer_than)

    def first(self, scope, definition, policy=EVERYTHING, ticket=None):
        """As :meth:`retail_panel.crossfilter.scenes.Scenes.first`, under the own policy."""
        return self._scenes.first(scope, definition, self._store.seen_by(policy).policy, ticket)
