"""Visitors who brush by Bokeh's protocol, without a browser: what they send, and the patch that answers it."""

import asyncio
import json
import math
import random
import time

import numpy as np

#: How long a visitor looks at an answer before moving on, where the server answers each move.
PAUSE_S = 0.05
#: Where the browser answers: how often the server hears of a brush (``HEARD_MS`` of ``pages/brush_path.js``), for how
#: many such reports a box moves before it is let go, and for how long, more or less, a visitor looks at what is exact.
#: Were it the same for all, those whom one stall made wait would let go at the same moments from then on.
HEARD_S, REPORTS, LOOK_S = 0.15, 7, (1.0, 3.0)
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
        # The browser's part of a brush, the number of its newest cube, and whether it says that it has it.
        self._path, self._number, self._has_cubes, self._acknowledges = None, None, asyncio.Event(), False

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
        if event["kind"] == "MessageSent":
            self._told(event["msg_data"])
        if event["kind"] != "ColumnDataChanged":
            return
        part = dict(event["data"]["entries"]).get("part")
        if event["model"]["id"] == self._source:
            self._values = part or self._values
        elif self._expected is not None and part and math.isclose(sum(part), self._expected, rel_tol=1e-9):
            self._expected = None
            self._answered.set_result(arrived)

    def _told(self, message):
        # As brush_path.js does once it has a cube.
        values = dict(message["values"]["entries"]) if message["name"] == "esm_event" else {}
        data = dict((values.get("data") or {}).get("entries", ()))
        if data.get("number", 0) > 0 and data.get("active"):
            self._path, self._number = values["model"], data["number"]
            self._has_cubes.set()
            if self._acknowledges:
                asyncio.get_running_loop().create_task(self._acknowledge())

    async def _acknowledge(self):
        await self._say("data_event", self._path, data=self._number)

    @property
    def seen(self):
        """What the time chart shows, None before it is there."""
        return self._values

    async def come(self):
        """Wait until the chart is there."""
        ends = time.monotonic() + PATIENCE_S
        while not self._values:
            if time.monotonic() > ends:
                raise SystemExit("a visitor waited too long for the time chart")
            await asyncio.sleep(0.1)

    async def enter(self):
        """Come to the chart, once it is there."""
        await self.come()
        await self._send("mouseenter")

    async def brush(self, moves):
        """Move a box without letting it go; returns the seconds from each move sent to the patch that answers it."""
        waited = []
        for _ in range(moves):
            waited.append(await self._asked(self._box(), final=False))
            await asyncio.sleep(PAUSE_S)
        return waited

    async def _asked(self, ends, final):
        low, high = ends
        self._expected = float(np.sum(self._values[low:high]))
        self._answered = asyncio.get_running_loop().create_future()
        sent = time.perf_counter()
        await self._tell(low, high, final)
        return await asyncio.wait_for(self._answered, PATIENCE_S) - sent

    def _box(self):
        return sorted(self._chance.sample(range(len(self._values) + 1), 2))

    async def _tell(self, low, high, final):
        box = {"type": "rect", "x0": low + 0.1, "x1": high - 0.1, "y0": 0, "y1": 1}
        await self._send("selectiongeometry", geometry={"type": "map", "entries": list(box.items())}, final=final)

    async def _send(self, name, **values):
        await self._say(name, {"id": self._figure}, **values)

    async def _say(self, name, model, **values):
        entries = {"type": "map", "entries": [("model", model), *values.items()]}
        for part in patch({"type": "event", "name": name, "values": entries}):
            await self.socket.write_message(json.dumps(part))

    async def take_over(self):
        """Have the browser answer from now on, as it does once it has the cubes."""
        await asyncio.wait_for(self._has_cubes.wait(), PATIENCE_S)
        self._acknowledges = True
        await self._acknowledge()

    async def drag(self, times):
        """Drag a box and let it go, again and again; returns the seconds from each letting go to the exact answer."""
        waited = []
        await asyncio.sleep(self._chance.uniform(0, HEARD_S * REPORTS + sum(LOOK_S) / 2))
        for _ in range(times):
            for _ in range(REPORTS):
                await self._tell(*self._box(), False)
                await asyncio.sleep(HEARD_S)
            waited.append(await self._asked(self._box(), final=True))
            await asyncio.sleep(self._chance.uniform(*LOOK_S))
        return waited


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


async def brush_together(brushers, way, moves, processor_s):
    """Have all brush at once; returns what was measured, as a dict.

    Parameters
    ----------
    brushers : list of Brusher
        Who have come to the chart.
    way : str
        Who answers while a box moves: ``server`` or ``browser``. The latter is for good.
    moves : int
        Measured answers for each of them.
    processor_s : callable
        Returns the processor time that the server has had.
    """
    if way == "browser":
        await asyncio.gather(*(brusher.take_over() for brusher in brushers))
        brush, warm_up, told_each = Brusher.drag, 1, REPORTS + 1
    else:
        brush, warm_up, told_each = Brusher.brush, WARM_UP, 1
    busy, own, began = processor_s(), time.process_time(), time.perf_counter()
    # In one go: whoever waits for the others lets the box rest, and has the server settle it.
    waited = await asyncio.gather(*(brush(brusher, warm_up + moves) for brusher in brushers))
    lasted, busy = time.perf_counter() - began, processor_s() - busy
    waited = [times[warm_up:] for times in waited]
    each, count = 1000 * np.median(waited, axis=1), moves * len(brushers)
    told = (moves + warm_up) * len(brushers) * told_each
    return {
        "way": way, "visitors": len(brushers), "answers": count, "told": told, "told_per_s": told / lasted,
        "p50_ms": 1000 * float(np.median(waited)), "p95_ms": 1000 * float(np.percentile(waited, 95)),
        "most_ms": 1000 * float(np.max(waited)), "processor_ms": 1000 * busy / told, "busy": busy / lasted,
        "own_busy": (time.process_time() - own) / lasted, "slowest_of_fastest": float(each.max() / each.min()),
    }  # fmt: skip
