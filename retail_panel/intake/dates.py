"""Times from text: ISO, day-first, month-first, compact, named months and epoch seconds; each distinct text once."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.intake.date_shapes import MONTHS, match_shapes

READ, UNREADABLE, OUT_OF_RANGE = range(3)
STATUS_WORDS = {UNREADABLE: "cannot be read as a date", OUT_OF_RANGE: "is outside 1970 to 2100"}
FIRST_YEAR, LAST_YEAR = 1970, 2100
_DAY_US = 86_400_000_000
_FIRST = np.datetime64(f"{FIRST_YEAR}-01-01", "us").astype(np.int64)
_LAST = np.datetime64(f"{LAST_YEAR + 1}-01-01", "us").astype(np.int64)
ORDERS = ("day-first", "month-first")


@dataclass(frozen=True)
class DateReading:
    """How a column of times is read.

    `order` is day-first or month-first where two numbers leave it open, `format` a strptime format that goes before all
    else, and `timezone` the shop's zone, to which stamps with an offset are turned; without it the written wall time
    counts.
    """

    order: str | None = None
    format: str | None = None
    timezone: str | None = None


def read_times(texts, reading=DateReading()):
    """Read texts as times.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Without nulls and blanks around; pass distinct values, each is parsed once.
    reading : DateReading

    Returns
    -------
    tuple of (ndarray of int64, ndarray of int8)
        Microseconds since 1970 in shop time (0 where not read) and the status of each text.
    """
    if reading.format:
        parsed = pc.strptime(texts, format=reading.format, unit="us", error_is_null=True)
        return _ranged(np.asarray(parsed.cast(pa.int64()).fill_null(0)), np.asarray(parsed.is_valid()))
    try:
        micros = np.asarray(pc.cast(texts, pa.timestamp("us")).cast(pa.int64()))
        return _ranged(micros, np.ones(len(texts), bool))
    except pa.ArrowInvalid:
        pass
    micros, good = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    for _, indices, fields in match_shapes(texts):
        if "a" in fields:
            day, month = ("a", "b") if reading.order == "day-first" else ("b", "a")
            fields["day"], fields["month"] = fields[day], fields[month]
        micros[indices], good[indices] = _assemble(fields, reading.timezone)
    return _ranged(micros, good)


def _ranged(micros, good):
    status = np.where(good, np.where((micros < _FIRST) | (micros >= _LAST), OUT_OF_RANGE, READ), UNREADABLE)
    return np.where(status == READ, micros, 0), status.astype(np.int8)


def _whole(fields, name, size, default=0):
    if name not in fields:
        return np.full(size, default, np.int64)
    texts = fields[name]
    return np.asarray(pc.cast(pc.if_else(pc.equal(texts, ""), str(default), texts), pa.int64()))


def _assemble(fields, timezone):
    size = len(next(iter(fields.values())))
    if "epoch" in fields or "epoch_ms" in fields:
        unit = 1_000_000 if "epoch" in fields else 1_000
        micros = _whole(fields, "epoch" if "epoch" in fields else "epoch_ms", size) * unit
        return _to_zone(micros, timezone), np.ones(size, bool)
    year, day = _whole(fields, "year", size), _whole(fields, "day", size)
    year = np.where(np.asarray(pc.binary_length(fields["year"])) == 2, year + np.where(year < 70, 2000, 1900), year)
    if "month_name" in fields:
        month = np.asarray(pc.index_in(pc.utf8_lower(fields["month_name"]), pa.array(MONTHS))).astype(np.int64) + 1
    else:
        month = _whole(fields, "month", size)
    hour, minute, second = (_whole(fields, name, size) for name in ("hour", "minute", "second"))
    good = (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    if "half" in fields:
        half = pc.utf8_lower(pc.utf8_slice_codeunits(fields["half"], 0, 1))
        after, before = np.asarray(pc.equal(half, "p")), np.asarray(pc.equal(half, "a"))
        good &= ~(after | before) | ((hour >= 1) & (hour <= 12))
        hour = np.where(after | before, hour % 12 + 12 * after, hour)
    start = ((year - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    days = start.astype("datetime64[D]") + (day - 1)
    good &= days.astype("datetime64[M]") == start
    micros = days.astype(np.int64) * _DAY_US + (hour * 3600 + minute * 60 + second) * 1_000_000
    if "fraction" in fields:
        micros += _whole({"f": pc.utf8_slice_codeunits(pc.utf8_rpad(fields["fraction"], 6, "0"), 0, 6)}, "f", size)
    if timezone and "zone" in fields:
        zoned = np.asarray(pc.not_equal(fields["zone"], ""))
        micros[zoned] = _to_zone(micros[zoned] - _offsets(fields["zone"].filter(pa.array(zoned))), timezone)
    return micros, good


def _offsets(zones):
    names = pc.unique(zones)
    known = {
        name: 0
        if name in ("Z", "UTC", "GMT")
        else (1 if name[0] == "+" else -1)
        * timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
        // timedelta(microseconds=1)
        for name in names.to_pylist()
    }
    return np.array([known[name] for name in zones.to_pylist()], np.int64)


def _to_zone(micros, timezone):
    if not timezone:
        return micros
    stamps = pa.array(micros, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", timezone))
    return np.asarray(pc.local_timestamp(stamps).cast(pa.int64()))
