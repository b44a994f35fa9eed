"""Takes apart the records that Amazon's producer library (KPL) packs many messages into.

Source: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

from hashlib import md5

from retail_panel.feed.message_rows import Undecodable

MAGIC = b"\xf3\x89\x9a\xc2"
TORN = "an aggregated record (KPL) whose checksum or structure is wrong"
_CHECKSUM_BYTES = 16
_KEYS, _HASH_KEYS, _RECORDS = 1, 2, 3
_KEY_INDEX, _HASH_KEY_INDEX, _DATA = 1, 2, 3


def unpacked(raw, hashes):
    """Return the messages of one record.

    Parameters
    ----------
    raw : bytes
    hashes : tuple of (int, int)
        First and last hash key of the shard. Messages of others are left out: when a shard was split under a record on
        its way, the library sends those again, to where they belong.

    Returns
    -------
    list
        Bytes, or one :class:`~retail_panel.feed.message_rows.Undecodable`; None for a record that is not aggregated.
    """
    if not raw.startswith(MAGIC):
        return None
    body = raw[len(MAGIC) : -_CHECKSUM_BYTES]
    if md5(body, usedforsecurity=False).digest() != raw[-_CHECKSUM_BYTES:]:
        return [Undecodable(TORN, raw)]
    try:
        fields = list(_fields(body))
        keys = [value for number, value in fields if number == _KEYS]
        hash_keys = [int(value) for number, value in fields if number == _HASH_KEYS]
        found = [_message(value, keys, hash_keys) for number, value in fields if number == _RECORDS]
    except (IndexError, KeyError, ValueError, TypeError):
        return [Undecodable(TORN, raw)]
    return [message for hash_key, message in found if hashes[0] <= hash_key <= hashes[1]]


def _message(body, keys, hash_keys):
    given = dict(_fields(body))
    if _HASH_KEY_INDEX in given:
        hash_key = hash_keys[given[_HASH_KEY_INDEX]]
    else:
        hash_key = int.from_bytes(md5(keys[given[_KEY_INDEX]], usedforsecurity=False).digest(), "big")
    return hash_key, given[_DATA]


def _fields(body):
    """Give (number, value) of each field of a Protobuf message: bytes or a whole number."""
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        value, at = _varint(body, at)
        if tag & 7 == 2:
            at, start = at + value, at
            if at > len(body):
                raise ValueError("cut off")
            value = body[start:at]
        elif tag & 7:
            raise ValueError("no such field here")
        yield tag >> 3, value


def _varint(body, at):
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
