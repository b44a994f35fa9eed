"""A visitor without a browser: what would run on other threads and later on the loop runs when a test says so."""

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.session import Session
from retail_panel.store import Shelf
from retail_panel.views import OVERVIEW

CHARTS = {chart.name: chart for chart in OVERVIEW}


class Screen:
    """An audience that notes what it was shown."""

    def __init__(self, session, names):
        self.session, self.charts = session, [CHARTS[name] for name in names]
        self.scenes, self.shown, self.moves, self.tiles = [], [], [], []
        self.has_tiles = True

    def wants(self):
        """Return the keys of its charts."""
        return [chart.key(self.session.measure) for chart in self.charts]

    def brushes(self):
        """Return no charts, so that nothing is made ahead."""
        return []

    def awaits_tiles(self):
        """Whether it has tiles, which a test may take away."""
        return self.has_tiles

    def rescene(self, scene):
        """Note a scene."""
        self.scenes.append(scene)

    def show(self, wholes, parts, filters):
        """Note exact values."""
        self.shown.append((wholes, parts, filters))

    def move(self, chart, parts, elsewhere):
        """Note the answers to a moving brush."""
        self.moves.append((chart, parts))

    def show_tiles(self, answers):
        """Note tiles."""
        self.tiles.append(answers)


class Desk:
    """A session, its screen, and the queues in between.

    Parameters
    ----------
    store : Store
        Where it asks.
    scenes : Scenes, optional
        To share with other desks; by default its own, which keep nothing that nobody holds.
    charts : sequence of str
        Names of the charts on the screen.
    more
        Further parameters of the session.
    """

    def __init__(self, store, scenes=None, charts=("time", "channel", "kind", "segment", "recency"), **more):
        self.store, self.scenes = store, scenes or Scenes(store, Shelf(spare=0), "GBP")
        self.shelf = self.scenes._shelf
        self.jobs, self.deferred = [], []
        self.session = Session(store, self.scenes, self, self.deferred.append, **more)
        self.screen = Screen(self.session, charts)
        self.session.answers.audience.append(self.screen)

    def submit(self, job):
        """Take a job, as an executor does."""
        self.jobs.append(job)

    def work(self):
        """Do the jobs so far; what they want shown waits."""
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            job()

    def show(self):
        """Run what waits for the loop."""
        waiting, self.deferred[:] = list(self.deferred), []
        for function in waiting:
            function()

    def settle(self):
        """Work and show until nothing is left; returns the session."""
        while self.jobs or self.deferred:
            self.work()
            self.show()
        return self.session

    def open(self, query=""):
        """Open the page at an address and wait for everything; returns the session."""
        self.session.restore(query)
        return self.settle()

    @property
    def holders(self):
        """How many hold any scene."""
        return sum(self.shelf._holders.values())
