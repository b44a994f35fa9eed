"""Whatever a page's web socket is sent, a person hears of permitted rows only, and others go on undisturbed."""

import asyncio
import json
import random
import re
import secrets
from contextlib import asynccontextmanager

import pytest
from portal.portal_text import TEXT
from portal.running import LINES, Running
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

#: What stands in rows of the shop that Ada may not see and in nothing that is sent, beside a store that she asks for.
SECRET = "Hidden goods"
ADA = '\n[[passwords]]\nname = "Ada"\npassword = "{vera}"\ngroups = ["analysts", "online"]\n'
SLY = (
    "In-store", "Back Road", "' OR 1=1 --", "?channel=In-store&page=data", "page=customers",
    "?within.scope=channel%3DIn-store&page=segments", "order_line", "EVERYTHING", "admin", "C1", "", 0, 1, -1, 10**9,
    True, False, None, [], ["In-store"], ["Back Road"],
    {"type": "map", "entries": [["channel", ["In-store"]]]}, {"type": "map", "entries": []},
)  # fmt: skip
BOX = {"type": "map", "entries": [["type", "rect"], ["x0", -1e9], ["x1", 1e9], ["y0", -1e9], ["y1", 1e9]]}
#: What events hold beside their model.
EVENTS = {
    "button_click": lambda sly: {}, "value_submit": lambda sly: {"value": sly},
    "dom_event": lambda sly: {"node": "button", "data": sly}, "data_event": lambda sly: {"data": sly},
    "esm_event": lambda sly: {"data": sly}, "tap": lambda sly: {"sx": 9, "sy": 9, "x": 0, "y": 0},
    "selectiongeometry": lambda sly: {"geometry": BOX, "final": True},
    "table-edit": lambda sly: {"column": sly, "row": 0, "value": sly},
    "cell-click": lambda sly: {"column": sly, "row": 0},
}  # fmt: skip
#: What visitors choose by; models say them only where they are not as they were made.
CHOICES = ("search", "value", "value_input", "options", "active", "page", "filters", "clicks", "open")


class Line:
    """A web socket of a page: what it is sent is kept."""

    def __init__(self, socket):
        self._socket, self.heard = socket, []
        self._reading, self._number = asyncio.create_task(self._read()), 0

    async def _read(self):
        while (message := await self._socket.read_message()) is not None:
            self.heard.append(message if isinstance(message, str) else message.decode("latin-1"))

    @property
    def is_over(self):
        """Whether the server has closed it."""
        return self._reading.done()

    async def send(self, kind, content):
        """Send a message of Bokeh's protocol."""
        self._number += 1
        for part in ({"msgid": str(self._number), "msgtype": kind}, {}, content):
            await self._socket.write_message(json.dumps(part))

    async def quiet(self, seconds=1.5, most=90):
        """Wait until nothing has come for some seconds."""
        for _ in range(int(most / seconds)):
            before = len(self.heard)
            await asyncio.sleep(seconds)
            if len(self.heard) == before:
                return
        raise AssertionError(f"messages came for {most} seconds")

    async def models(self):
        """Return the properties of the models of the page, by id, in the order in which the server has them."""
        before = len(self.heard)
        await self.send("PULL-DOC-REQ", {})
        # A server with much to do may be quiet for a while before it answers.
        replies = await self._until(lambda: [text for text in self.heard[before:] if text.startswith('{"doc"')])
        await self.quiet()
        (reply,) = replies
        return dict(objects(json.loads(reply)["doc"]))

    async def _until(self, found, most=90):
        for _ in range(10 * most):
            if something := found():
                return something
            await asyncio.sleep(0.1)
        raise AssertionError(f"what was waited for did not come in {most} seconds")

    async def close(self):
        """Leave."""
        self._socket.close()
        await self._reading


def objects(part):
    """Yield (id, names of properties) of each model in a document as it is sent."""
    if isinstance(part, dict):
        if part.get("type") == "object" and "id" in part:
            yield part["id"], tuple(part.get("attributes", {}))
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from objects(each)


@asynccontextmanager
async def page_of(running, name, query=""):
    """Open a page, as a browser does that is ready, and leave it."""
    headers = running.cookie(name)
    token = re.search(r'"token":"([^"]+)"', running.get(f"/app{query}", headers).text)[1]
    request = HTTPRequest(running.address.replace("http", "ws") + "/app/ws", headers=headers)
    line = Line(await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=200_000_000))
    # The server says first that it is there: header, metadata and content.
    await until(lambda: len(line.heard) > 2 or line.is_over)
    ready = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
    await line.send("PATCH-DOC", {"events": [told(ready)]})
    try:
        # The server lays it out at once and fills it while it answers others.
        await until(lambda: len(line.heard) > 8 or line.is_over)
        await line.quiet()
        yield line
    finally:
        await line.close()


async def until(is_so, seconds=60):
    """Wait until something is so."""
    for _ in range(5 * seconds):
        if is_so():
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not so within {seconds} seconds")


def told(event):
    """Return the change of a document that says that something happened."""
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}


def crafted(models, chance, count):
    """Yield changes of a document that no page of ours would send."""
    choices = [(model, name) for model, names in models.items() for name in names if name in CHOICES]
    anything = [(model, name) for model, names in models.items() for name in {*names, *CHOICES}]
    for model, name in [*chance.sample(choices, min(count, len(choices))), *chance.sample(anything, count)]:
        yield {"kind": "ModelChanged", "model": {"id": model}, "attr": name, "new": chance.choice(SLY)}
    for model in chance.choices(list(models), k=count):
        name = chance.choice(list(EVENTS))
        values = {"model": {"id": model}, **EVENTS[name](chance.choice(SLY))}
        yield told({"type": "event", "name": name, "values": {"type": "map", "entries": [*map(list, values.items())]}})


@pytest.fixture(scope="module")
def running(tmp_path_factory, hashes):
    folder = tmp_path_factory.mktemp("crafted")
    (folder / "secret").write_text(secrets.token_hex(32))
    (folder / "portal.toml").write_text((TEXT + ADA).format(**hashes))
    further = ["store,category", *("Web,Tea" if n % 2 else f"Back Road,{SECRET}" for n in range(LINES))]
    made = Running(folder, folder / "portal.toml", further)
    yield made
    made.client.close()
    made.process.kill()
    made.process.communicate()


@pytest.mark.parametrize("query", ["", "?page=data"])
def test_no_message_brings_a_forbidden_row(running, query):
    async def storm():
        async with page_of(running, "Ada", query) as line:
            for event in crafted(await line.models(), random.Random(query), 120):
                await line.send("PATCH-DOC", {"events": [event]})
            await line.quiet()
            # What it looks like now, beside what it was told in between.
            await line.models()
            return "\n".join(line.heard)

    heard = asyncio.run(storm())
    assert "Tea" in heard and SECRET not in heard
    assert SECRET not in running.log.read_text()
    assert running.get("/app", running.cookie("Ada")).status_code == 200


def test_somebody_who_may_see_them_is_told_of_them(running):
    async def look():
        async with page_of(running, "Anna") as line:
            return "\n".join(line.heard)

    assert SECRET in asyncio.run(look())
