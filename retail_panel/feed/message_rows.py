"""The texts of messages, one a row, with the message and the line in it that each stands for."""

import base64
import json
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from retail_panel.intake.block import TEXT_LIMIT

NO_VALUE = "the message has no value (a tombstone)"
NOT_UTF8 = "the message is not UTF-8 text"


@dataclass(frozen=True)
class Undecodable:
    """A message that its decoder could not read: why, in a short, stable text, and its bytes."""

    reason: str
    raw: bytes


class MessageRows:
    """The rows of some messages.

    Parameters
    ----------
    messages : list
        As :meth:`retail_panel.feed.message.MessageReader.read` takes them.
    place : callable
        Takes the index of a message and returns its position as str.

    Attributes
    ----------
    texts : pyarrow.Array of string
        Text of each row, empty where there is none.
    nbytes : int
        Size of the messages.
    """

    def __init__(self, messages, place):
        self._place = place
        self._faulty = {}
        self._raw, self._owner, self._line = [], None, None
        plain = set(map(type, messages)) <= {bytes}
        raw = messages if plain else [self._bytes(index, message) for index, message in enumerate(messages)]
        self.nbytes = sum(map(len, raw))
        if b"\n" in b"".join(raw):
            self._split(raw)
        else:
            self._raw = raw
        try:
            self.texts = pa.array(self._raw, pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            self.texts = pa.array([self._text(index) for index in range(len(self._raw))], pa.string())

    def __len__(self):
        return len(self._raw)

    def _bytes(self, index, message):
        if isinstance(message, bytes):
            return message
        if isinstance(message, dict):
            return json.dumps(message, default=_plain, ensure_ascii=False).encode("utf-8", "replace")
        self._faulty[index] = NO_VALUE if message is None else message.reason
        return b"" if message is None else message.raw

    def _split(self, raw):
        faulty, self._faulty = self._faulty, {}
        self._owner, self._line = [], []
        for index, text in enumerate(raw):
            parts = [(0, text)] if index in faulty else _lines(text)
            for line, part in parts:
                if index in faulty:
                    self._faulty[len(self._raw)] = faulty[index]
                self._raw.append(part)
                self._owner.append(index)
                self._line.append(line)

    def _text(self, index):
        try:
            return self._raw[index].decode()
        except UnicodeDecodeError:
            self._faulty.setdefault(index, NOT_UTF8)
            return ""

    def blame(self, faults):
        """Tell of the rows that are no text."""
        for reason in sorted(set(self._faulty.values())):
            rows = np.zeros(len(self), bool)
            rows[[index for index, found in self._faulty.items() if found == reason]] = True
            faults.add(rows, reason)

    def owners(self, indices):
        """Return the indices of the messages that rows are of, an ndarray."""
        return indices if self._owner is None else np.array(self._owner, np.int64)[indices]

    def places(self, indices):
        """Return the positions of rows."""
        if self._owner is None:
            return [self._place(int(index)) for index in indices]
        found = ((self._place(self._owner[index]), self._line[index]) for index in indices)
        return [f"{place} line {line}" if line else place for place, line in found]

    def originals(self, indices):
        """Return the texts of rows as they came; bytes that are no text as base64."""
        return [_shown(self._raw[index])[:TEXT_LIMIT] for index in indices]


def placed(rows, quarantine):
    """Return rows set aside, whose position is a row's index, in their order and with their true positions."""
    indices = np.asarray(quarantine.column("position").cast(pa.int64()))
    order = np.argsort(indices, kind="stable")
    places = pa.array(rows.places(indices[order]), pa.string())
    at = quarantine.schema.get_field_index("position")
    return quarantine.take(pa.array(order)).set_column(at, quarantine.schema.field(at), places)


def _lines(text):
    """Return (line number, text) of each object in a message; a single one, even over several lines, is line 0."""
    if b"\n" not in text.strip():
        return [(0, text)]
    try:
        json.loads(text)
        return [(0, text)]
    except (ValueError, RecursionError):
        return [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]


def _shown(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw[:TEXT_LIMIT]).decode()


def _plain(value):
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
