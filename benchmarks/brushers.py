"""Visitors who brush by Bokeh's protocol, without a browser: what they send, and the patch that answers it."""

import asyncio
import json
import random
import time

import numpy as np

#: How long a visitor looks at an answer before moving on.
PAUSE_S = 0.05
PATIENCE_S = 120
WARM_UP = 5


class Brusher:
    """One visitor's brush on the time chart of the overview.

    Its place differs with each move, so that the answer is known by its numbers: what is selected of another chart adds
    up to what the time chart has inside the box.

    Parameters
    ----------
    number : int
        Which of the visitors; their brushes differ.
    """

    def __init__(self, number):
        self.socket = None
        self._chance = random.Random(number)
        self._figure, self._source, self._values = None, None, None
        self._expected, self._answered = None, None

    async def hear(self, socket):
        """Read what the server says until it closes the web socket."""
        self.socket = socket
        # A message is a header, metadata, content, and for each array that travels as bytes a header and the bytes.
        while (header := await socket.read_message()) is not None:
            header = json.loads(header)
            _, content, *_ = [await socket.read_message() for _ in range(2 + 2 * header.get("num_buffers", 0))]
            arrived = time.perf_counter()
            if content is not None and header["msgtype"] == "PATCH-DOC":
                for event in json.loads(content)["events"]:
                    self._take(event, arrived)

    def _take(self, event, arrived):
        if self._figure is None:
            found = next((each for each in objects(event) if _is_brushed(each)), None)
            if found is not None:
                self._figure = found["id"]
                self._source = found["attributes"]["renderers"][0]["attributes"]["data_source"]["id"]
        if event["kind"] != "ColumnDataChanged":
            return
        part = dict(event["data"]["entries"]).get("part")
        if event["model"]["id"] == self._source:
            self._values = part or self._values
        elif self._expected is not None and part and np.isclose(sum(part), self._expected, rtol=1e-9):
            self._expected = None
            self._answered.set_result(arrived)

    async def enter(self):
        """Come to the chart, once it is there."""
        ends = time.monotonic() + PATIENCE_S
        while not self._values:
            if time.monotonic() > ends:
                raise SystemExit("a visitor waited too long for the time chart")
            await asyncio.sleep(0.1)
        await self._send("mouseenter")

    async def brush(self, moves):
        """Move a box without letting it go; returns the seconds from each move sent to the patch that answers it."""
        waited = []
        for _ in range(moves):
            low, high = sorted(self._chance.sample(range(len(self._values) + 1), 2))
            self._expected = float(np.sum(self._values[low:high]))
            self._answered = asyncio.get_running_loop().create_future()
            box = {"type": "rect", "x0": low + 0.1, "x1": high - 0.1, "y0": 0, "y1": 1}
            sent = time.perf_counter()
            await self._send("selectiongeometry", geometry={"type": "map", "entries": list(box.items())}, final=False)
            waited.append(await asyncio.wait_for(self._answered, PATIENCE_S) - sent)
            await asyncio.sleep(PAUSE_S)
        return waited

    async def _send(self, name, **values):
        entries = [("model", {"id": self._figure}), *values.items()]
        event = {"type": "event", "name": name, "values": {"type": "map", "entries": entries}}
        for part in patch(event):
            await self.socket.write_message(json.dumps(part))


def patch(event):
    """Return the parts of the message by which a browser tells of an event."""
    told = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
    return {"msgid": "1", "msgtype": "PATCH-DOC"}, {}, {"events": [told]}


def objects(value):
    """Yield the models that a message defines, outer ones first."""
    if isinstance(value, dict):
        if value.get("type") == "object" and "id" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


def _is_brushed(model):
    events = model.get("attributes", {}).get("subscribed_events", {})
    return model["name"] == "Figure" and "selectiongeometry" in events.get("entries", ())


async def brush_together(brushers, moves, processor_s):
    """Have all brush at once; returns what was measured, as a dict.

    Parameters
    ----------
    brushers : list of Brusher
    moves : int
        For each of them.
    processor_s : callable
        Returns the processor time that the server has had.
    """
    for brusher in brushers:
        await brusher.enter()
        await brusher.brush(WARM_UP)
    busy, began = processor_s(), time.perf_counter()
    waited = await asyncio.gather(*(brusher.brush(moves) for brusher in brushers))
    lasted, busy = time.perf_counter() - began, processor_s() - busy
    each, count = 1000 * np.median(waited, axis=1), moves * len(brushers)
    return {
        "visitors": len(brushers), "moves": count, "moves_per_s": count / lasted,
        "p50_ms": 1000 * float(np.median(waited)), "p95_ms": 1000 * float(np.percentile(waited, 95)),
        "processor_ms": 1000 * busy / count, "slowest_of_fastest": float(each.max() / each.min()),
    }  # fmt: skip
