"""Answers to deliveries that carried a key, remembered so that sending one again changes nothing."""

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

#: Deliveries whose keys are remembered, those without a key counted as well.
REMEMBERED = 10_000
#: Reasons that an answer lists at most.
MOST_REASONS = 100


class Refused(Exception):
    """A delivery that is not taken.

    Parameters
    ----------
    status : int
        Of HTTP.
    text : str
        Why, for whoever sent it.
    retry_s : int, optional
        Seconds after which it may be sent again as it is.
    """

    def __init__(self, status, text, retry_s=None):
        super().__init__(text)
        self.status, self.text, self.retry_s = status, text, retry_s


@dataclass(frozen=True)
class Answer:
    """What became of a delivery.

    `rows` lines of it are in the store, those that came before under the same line_id included; `set_aside` were
    not readable, and `reasons` has (line, column or None, reason) of the first :data:`MOST_REASONS` of them.
    """

    rows: int
    set_aside: int = 0
    reasons: tuple = ()

    def to_dict(self):
        """Return the answer as JSON has it."""
        found = [{"line": line, "column": column, "reason": reason} for line, column, reason in self.reasons]
        return {"rows": self.rows, "quarantined_rows": self.set_aside, "quarantined": found}


@dataclass(frozen=True)
class Keyed:
    """The key of a delivery and its body, both as digests; and its number among the deliveries."""

    number: int
    key: str
    body: str


class Answers:
    """Answers by key; those of the last `remembered` deliveries."""

    def __init__(self, remembered=REMEMBERED):
        self._remembered = remembered
        self._found = OrderedDict()

    def add(self, keyed, answer):
        """Remember an answer; keys come in the order of their numbers."""
        self._found[keyed.key] = keyed, answer
        while next(iter(self._found.values()))[0].number <= keyed.number - self._remembered:
            self._found.popitem(last=False)

    def find(self, key, body, reached):
        """Return the answer to a key, or None.

        Parameters
        ----------
        key, body : str
            Digests.
        reached : int
            Number of the next delivery.

        Raises
        ------
        Refused
            The key came with another body.
        """
        keyed, answer = self._found.get(key, (None, None))
        if keyed is None or keyed.number < reached - self._remembered:
            return None
        check_same(keyed.body, body)
        return answer

    def recall(self, positions):
        """Remember what positions tell, given newest first; reads no more of them than it remembers."""
        told, newest = [], None
        for position in positions:
            number, answers = read_position(position)
            newest = number if newest is None else newest
            if number <= newest - self._remembered:
                break
            told.append(answers)
        for answers in reversed(told):
            for keyed, answer in answers:
                self.add(keyed, answer)


def check_same(one, other):
    """Raise :class:`Refused` if two digests of bodies differ."""
    if one != other:
        raise Refused(422, "the Idempotency-Key came before, with another body; allowed: a key of its own for each")


def digest(*parts):
    """Return a digest of bytes that tells them apart, 32 characters."""
    found = sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()[:32]


def write_position(number, answers):
    """Return the position before delivery `number`, with the (Keyed, Answer) that are new in it, as JSON."""
    told = [[k.number, k.key, k.body, a.rows, a.set_aside, a.reasons] for k, a in answers]
    return json.dumps({"next": number, **({"answers": told} if told else {})}, separators=(",", ":"))


def read_position(position):
    """Return the number of the next delivery and the list of (Keyed, Answer) that a position tells."""
    found = json.loads(position)
    return found["next"], [
        (Keyed(*keyed), Answer(rows, set_aside, tuple(map(tuple, reasons))))
        for *keyed, rows, set_aside, reasons in found.get("answers", ())
    ]
