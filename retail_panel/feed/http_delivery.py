"""One delivery by HTTP: what was posted, and what is to be answered once its order lines are read."""

from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from retail_panel.feed.arrival import Arrival
from retail_panel.feed.http_answers import MOST_REASONS, Answer


@dataclass(eq=False)
class Delivery:
    """One body that was posted, and the answer that is due.

    Attributes
    ----------
    body : bytes
        JSON objects, one a line.
    key, digest : str or None
        Digests of the key and the body; None where no key came with it.
    answered : concurrent.futures.Future
        Of the answer, once the rows are committed.
    number : int or None
        Its place among the deliveries, from when the pump asks for it.
    answer : Answer or None
        What is to be answered, once it was read.
    """

    body: bytes
    key: str | None
    digest: str | None
    answered: Future = field(default_factory=Future)
    number: int | None = None
    answer: Answer | None = None


def read_deliveries(reader, deliveries):
    """Read deliveries and give each of them its answer.

    Parameters
    ----------
    reader : MessageReader
    deliveries : list of Delivery
        Numbered one after the other.

    Returns
    -------
    Arrival
        Their order lines and what is set aside, in their order.
    """
    arrival = reader.read([each.body for each in deliveries], lambda index: str(deliveries[index].number))
    first, rows = deliveries[0].number, np.bincount(arrival.owners(), minlength=len(deliveries))
    reasons = [[] for _ in deliveries]
    for fault in arrival.set_aside.select(["position", "column", "reason"]).to_pylist():
        number, _, line = fault["position"].partition(" line ")
        reasons[int(number) - first].append((int(line or 1), fault["column"], fault["reason"]))
    for delivery, count, found in zip(deliveries, rows.tolist(), reasons, strict=True):
        delivery.answer = Answer(count, len(found), tuple(found[:MOST_REASONS]))
    return Arrival(arrival.lines, arrival.set_aside, arrival.line_ids, arrival.places, arrival.raw_bytes, True)
