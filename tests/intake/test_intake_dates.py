"""Times from text."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from retail_panel.intake.date_order import OrderEvidence
from retail_panel.intake.dates import OUT_OF_RANGE, READ, UNREADABLE, DateReading, read_times

BEFORE = datetime.datetime(1970, 1, 1)


def read(text, *reading):
    micros, status = read_times(pa.array([text, "x"]), DateReading(*reading))
    return str(BEFORE + datetime.timedelta(microseconds=int(micros[0]))) if status[0] == READ else int(status[0])


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-01-31", None, "2024-01-31 00:00:00"), ("2024/1/31 9:05", None, "2024-01-31 09:05:00"),
        ("2024-01-31T09:05:07.123456789Z", None, "2024-01-31 09:05:07.123456"),
        ("20240131", None, "2024-01-31 00:00:00"),
        ("5/21/2024", "month-first", "2024-05-21 00:00:00"), ("21.05.24", "day-first", "2024-05-21 00:00:00"),
        ("1/2/99 11:59 pm", "day-first", "1999-02-01 23:59:00"),
        ("1/2/2024 12:00 AM", "month-first", "2024-01-02 00:00:00"),
        ("31 Jan 2024", None, "2024-01-31 00:00:00"), ("January 31st, 2024 10:00", None, "2024-01-31 10:00:00"),
        ("Wed, 31 Jan 2024 10:00:00 GMT", None, "2024-01-31 10:00:00"), ("31-JAN-24", None, "2024-01-31 00:00:00"),
        ("1706695507", None, "2024-01-31 10:05:07"), ("1706695507000", None, "2024-01-31 10:05:07"),
        ("2024-02-29", None, "2024-02-29 00:00:00"), ("2023-02-29", None, UNREADABLE),
        ("31/04/2024", "day-first", UNREADABLE),
        ("13/01/2024", "month-first", UNREADABLE), ("2024-01-31 25:00", None, UNREADABLE),
        ("1/2/2024 13:00 pm", "day-first",
        UNREADABLE), ("soon", None, UNREADABLE), ("1/1/1900", "day-first", OUT_OF_RANGE),
        ("2101-01-01", None, OUT_OF_RANGE),
        ("9999-12-31", None, OUT_OF_RANGE), ("00000000", None, UNREADABLE), ("0000-01-01", None, OUT_OF_RANGE),
    ],
)  # fmt: skip
def test_readings(text, order, expected):
    assert read(text, order) == expected


def test_a_format_goes_before_all_else():
    assert read("24-31-01", None, "%y-%d-%m") == "2024-01-31 00:00:00"
    assert read("2024-01-31", None, "%d.%m.%Y") == UNREADABLE


def test_every_day_and_both_orders():
    days = np.arange("1970-01-01", "2101-01-01", dtype="datetime64[D]")
    texts = [f"{d.day}/{d.month}/{d.year}" for d in days.tolist()]
    micros, status = read_times(pa.array(texts), DateReading("day-first"))
    assert not status.any()
    assert (micros.astype("datetime64[us]").astype("datetime64[D]") == days).all()


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["13/01/2024", "01/02/2024"], "day-first"),
        (["01/13/2024"], "month-first"),
        (["2024-01-02"], None),
        (["1/1/2024"], None),
    ],
)
def test_orders(texts, order):
    evidence = OrderEvidence()
    evidence.add(pa.array(texts), np.ones(len(texts), int))
    assert evidence.decide("a") == order
