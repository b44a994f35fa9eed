"""How far each shard of a stream is read, and which shards may be read: none before those it came from."""

import json
from dataclasses import dataclass


@dataclass
class Place:
    """How far one shard is read.

    Attributes
    ----------
    begins : str
        Sequence number that the shard begins with; tells it from one of the same id in a stream made anew.
    after : str or None
        Sequence number of the last record read.
    at_s : float or None
        Where none was read yet: the moment to begin at (seconds since 1970); None begins at the oldest record.
    seen_s : float or None
        The moment up to which the shard is known to be read.
    oldest : bool
        Whether the last record read cannot be found, so that reading begins at the oldest after it.
    done : bool
        Whether it is read to its end.
    """

    begins: str
    after: str | None = None
    at_s: float | None = None
    seen_s: float | None = None
    oldest: bool = False
    done: bool = False


class KinesisPosition:
    """The places of all shards, dict by id in `places`; as text it is the position that the store keeps."""

    def __init__(self, text=None):
        self.places = {shard: Place(**place) for shard, place in json.loads(text or "{}").items()}

    def text(self):
        """Return JSON: of each shard what is not empty."""
        told = {
            shard: {key: value for key, value in vars(place).items() if value or key == "begins"}
            for shard, place in self.places.items()
        }
        return json.dumps(told)

    def is_another(self, listed):
        """Tell whether these shards (dict by id) are those of another stream of the same name."""
        return any(place.begins != listed[id].begins for id, place in self.places.items() if id in listed)

    def take(self, listed, at_s, reading):
        """Take over the shards that AWS lists; returns whether anything changed, and places that are gone unread.

        Parameters
        ----------
        listed : dict of Shard
        at_s : float or None
            The moment at which shards that are new here begin; None begins at their oldest record.
        reading : set of str
            Ids of shards whose reading was begun; one that AWS no longer lists is read on to its end.
        """
        left = {id: place for id, place in self.places.items() if id not in listed}
        gone = {id: place for id, place in left.items() if place.done or id not in reading}
        for id in gone:
            del self.places[id]
        fresh = [shard for id, shard in listed.items() if id not in self.places]
        self.places |= {shard.id: Place(shard.begins, at_s=at_s) for shard in fresh}
        return bool(fresh or gone), {id: place for id, place in gone.items() if not place.done}

    def open_shards(self, listed):
        """Return the ids of the shards to be read now: not read to the end, while all that they came from are."""
        waiting = {id for id, place in self.places.items() if not place.done}
        return {id for id in waiting if waiting.isdisjoint(listed[id].parents)}

    def advance(self, portion):
        """Move a shard behind a portion of it."""
        place = self.places[portion.shard]
        if portion.records:
            place.after, place.at_s, place.oldest = portion.records[-1]["SequenceNumber"], None, False
        place.seen_s = portion.seen_s or place.seen_s
        place.done = place.done or portion.ended
