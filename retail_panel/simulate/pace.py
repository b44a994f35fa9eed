"""How many messages are due: a mean rate, evenly or in bursts."""

import math

SLICE_S = 5.0


class Pace:
    """Messages due by a time.

    Parameters
    ----------
    rate : float
        Messages a second in the mean; ``inf`` is as fast as they can be sent.
    burst : float
        How many times the mean rate a burst has; 1 is an even stream. One slice of five seconds in `burst` is a burst,
        and between bursts there is silence.
    chance : random.Random
        Chooses the bursts.
    """

    def __init__(self, rate, burst, chance):
        self._rate, self._burst, self._chance = rate, burst, chance
        self._due, self._until, self._now, self._flow = 0.0, 0.0, 0.0, rate

    def due(self, seconds):
        """Return how many messages are due so many seconds after the start; calls go forward in time."""
        if math.isinf(self._rate):
            return math.inf
        while self._until <= seconds:
            self._due += self._flow * (self._until - self._now)
            self._now, self._until = self._until, self._until + SLICE_S
            self._flow = self._rate * self._burst if self._chance.random() < 1 / self._burst else 0.0
        self._due += self._flow * (seconds - self._now)
        self._now = seconds
        return int(self._due)
