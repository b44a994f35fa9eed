"""The picture before the page: figures that came with the address stand there until the page itself shows them."""

from pathlib import Path

import panel as pn
import param

#: Says in a page's HTML that its script takes the picture before it away.
CURTAINED = "data-curtained"


class Curtain(pn.custom.JSComponent):
    """Nothing to see: takes the picture away; a member of the audience of a visitor's answers."""

    lifted = param.Boolean(default=False, doc="Whether the page has figures of its own, or words in their place.")

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

    def __init__(self, **params):
        super().__init__(width=0, height=0, margin=0, **params)

    def follow(self, session, filled):
        """Lift it once a visitor's figures are shown, or something went wrong.

        Parameters
        ----------
        session : Session
            The visitor.
        filled : callable
            Called once the charts are shown, before the tiles are.
        """
        self._filled, self._audience = filled, session.answers.audience
        self._audience.append(self)
        session.param.watch(lambda event: (filled(), self.lift()), "problem")

    def lift(self):
        """Take the picture away."""
        self.lifted = True

    def wants(self):
        """Return no keys."""
        return []

    def brushes(self):
        """Return no charts."""
        return []

    def awaits_tiles(self):
        """Leave it to those who show them."""
        return False

    def parts(self, chart, places):
        """Return nothing for a brush in the browser."""
        return {}

    def rescene(self, scene):
        """Wait for its figures."""

    def move(self, chart, parts, elsewhere):
        """Leave a moving brush alone."""

    def show(self, wholes, parts, filters):
        """Say that the charts are there; tiles come next, and where there are none, lift it."""
        self._filled()
        if not self._audience.has_tiles:
            self.lift()

    def show_tiles(self, answers):
        """Lift it: the charts are there already."""
        self.lift()
