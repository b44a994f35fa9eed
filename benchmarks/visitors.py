"""Memory of open visitors, and after many came and went: ``python benchmarks/visitors.py --open 20 --count 200``.

Starts the real server on the demo. Visitors speak Bokeh's protocol without a browser: they ask for the page, say that
it is ready as a browser does, and stay until the overview has its charts and tiles. Memory is what the process holds;
it is read once all who left have expired. That takes two minutes, but for ``--expire-s``, where the server lets go of
them sooner: otherwise up to two minutes' worth of visitors who have left is held at any time.

``--brush --count 50`` has so many brush at once instead. Where the server answers each move (``--way server``), a
visitor moves on once the patch that answers the last move is there. Where the browser does (``--way browser``, the
default of the workbench), a visitor's client tells of a moving box as often as ``brush_path.js``, lets it go after a
second, and what is measured is how long the exact answer takes.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from brushers import Brusher, brush_together, patch
from rich.console import Console
from served import Served
from tables import milliseconds, print_table
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

note = Console(stderr=True).print
READY = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
SAID = patch(READY)
#: Pages that are opened at the same time.
AT_ONCE = 4
#: The server, which forgets pages that were left after other times than usual.
SOONER = """
import sys
from retail_panel.__main__ import main
from retail_panel.commands import serve

serve.PANEL_OPTIONS = (*serve.PANEL_OPTIONS, "--unused-session-lifetime={0}000", "--check-unused-sessions=1000")
sys.exit(main())
"""
PATIENCE_S = 300
GOAL_MB = 15
#: Milliseconds that 95 of 100 answers should take at most, where 50 brush at once.
GOAL_MS = {"server": 300, "browser": 150}
#: How many answers are measured of each visitor: moves, or boxes let go.
MOVES = {"server": 40, "browser": 8}
#: What a probe is answered while the server loads.
STARTING = "503 GET /readyz"
#: Visitors who come and go before memory is read again.
STEP = 40


async def enter(url, hear=None, headers=None):
    """Open the overview as a browser does; returns the web socket and the task that reads it, by ``hear(socket)``."""
    headers = headers or {}
    answer = await AsyncHTTPClient().fetch(url, request_timeout=PATIENCE_S, headers=headers)
    (token,) = set(re.findall(r'"token":"([^"]+)"', answer.body.decode()))
    socket = await websocket_connect(
        HTTPRequest(f"{url.replace('http', 'ws', 1)}ws", headers={"Origin": url.rstrip("/"), **headers},
                    connect_timeout=PATIENCE_S, request_timeout=PATIENCE_S),
        subprotocols=["bokeh", token], max_message_size=200_000_000,
    )  # fmt: skip

    # As browsers do: a message is three frames, and Nagle's algorithm would hold the second back.
    socket.protocol.set_nodelay(True)

    # The server says first that it is there: header, metadata and content.
    for _ in SAID:
        await socket.read_message()
    for part in SAID:
        await socket.write_message(json.dumps(part))
    return socket, asyncio.create_task((hear or _read)(socket))


async def _read(socket):
    while await socket.read_message() is not None:
        pass


async def come(url, count, hears=()):
    """Open so many pages, and wait until all of them have their charts and tiles; returns them."""
    hears = [*hears, *[None] * (count - len(hears))]
    shown, pages = metric(url, "opening_seconds_count"), []
    ends = time.monotonic() + PATIENCE_S
    for begun in range(0, count, AT_ONCE):
        pages += await asyncio.gather(*(enter(url, hear) for hear in hears[begun : begun + AT_ONCE]))
        while metric(url, "opening_seconds_count") < shown + len(pages):
            if time.monotonic() > ends + 60 * count:
                raise SystemExit("visitors waited too long for the overview")
            await asyncio.sleep(0.5)
    return pages


def metric(url, name):
    """Return a figure of the server's metrics."""
    with urllib.request.urlopen(f"{url}metrics") as answer:
        return float(re.search(rf"^retail_panel_{name} (\S+)", answer.read().decode(), re.MULTILINE)[1])


async def leave(server, pages):
    """Close pages, and wait until the server has forgotten them; returns its memory then, in megabytes."""
    for socket, reading in pages:
        socket.close()
        await reading
    ends = time.monotonic() + PATIENCE_S
    while metric(server.url, "visitors"):
        if time.monotonic() > ends:
            raise SystemExit("visitors who left were not forgotten within five minutes")
        await asyncio.sleep(2)
    await asyncio.sleep(5)
    return server.memory_mb()


async def brush(server, ways, count, moves):
    """Return what is measured of so many who brush at once, a dict for each way."""
    note(f"{count} come")
    empty, busy, began = server.memory_mb(), server.processor_s(), time.monotonic()
    brushers = [Brusher(number) for number in range(count)]
    await come(server.url, count, [brusher.hear for brusher in brushers])
    opened = {
        "opening_s": (time.monotonic() - began) / count, "opening_processor_s": (server.processor_s() - busy) / count,
    }  # fmt: skip
    note(f"they brush; a page took {opened['opening_processor_s']:.2f} s of the processor")
    await asyncio.gather(*(brusher.enter() for brusher in brushers))
    found = []
    for way in ways:
        one = await brush_together(brushers, way, moves or MOVES[way], server.processor_s)
        found.append(one | opened | {"each_mb": (server.memory_mb() - empty) / count, "load": os.getloadavg()[0]})
        note(f"answered by the {way}: median {one['p50_ms']:.0f} ms, 95th percentile {one['p95_ms']:.0f} ms")
    return found


async def measure(server, open_count, count):
    """Return what is measured of memory, as a dict."""
    note("warming up: some come and go")
    empty = await leave(server, await come(server.url, AT_ONCE))
    note(f"{open_count} come and stay")
    pages = await come(server.url, open_count)
    await asyncio.sleep(5)
    full = server.memory_mb()
    after_few = await leave(server, pages)
    note(f"{empty:,.1f} MB before, {full:,.1f} MB with {open_count} open, {after_few:,.1f} MB after")
    note(f"{count} come and go")
    course = []
    for begun in range(0, count, STEP):
        for some in range(begun, min(begun + STEP, count), AT_ONCE):
            for socket, reading in await come(server.url, min(AT_ONCE, count - some)):
                socket.close()
                await reading
        course.append(await leave(server, []))
        note(f"{begun + STEP} have come and gone: {course[-1]:,.1f} MB")
    after_many = course[-1]
    return {
        "course_mb": course,
        "empty_mb": empty, "open": open_count, "open_mb": full, "each_mb": (full - empty) / open_count,
        "after_few_mb": after_few, "count": count, "after_many_mb": after_many,
        "grown_each_mb": (after_many - after_few) / count, "load": os.getloadavg()[0],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--open", type=int, default=20, help="visitors at once (default: 20)")
    parser.add_argument("--count", type=int, default=200, help="visitors who come and go, or brush (default: 200)")
    parser.add_argument("--brush", action="store_true", help="have them brush at once, instead of reading memory")
    parser.add_argument("--way", choices=(*MOVES, "both"), default="both", help="who answers a moving brush")
    parser.add_argument("--moves", type=int, help="answers of each with --brush (default: 40 moves, or 8 boxes let go)")
    parser.add_argument("--expire-s", type=int, help="seconds until the server forgets who left (default: as usual)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    ways = list(MOVES) if options.way == "both" else [options.way]
    with tempfile.TemporaryDirectory() as folder:
        program = ["-m", "retail_panel"] if options.expire_s is None else ["-c", SOONER.format(options.expire_s)]
        # Where both are measured, the server answers as long as browsers do not say that they can.
        by_itself = "no" if options.brush and ways == ["server"] else "yes"
        settings = {"RETAIL_PANEL_REFRESH_MS": "1000", "RETAIL_PANEL_BROWSER_BRUSH": by_itself}
        with Served([], Path(folder, "log"), settings, program) as server:
            _wait_until_ready(server.url)
            if options.brush:
                found = asyncio.run(brush(server, ways, options.count, options.moves))
            else:
                found = [asyncio.run(measure(server, options.open, options.count))]
            faults = [line for line in server.complaints() if STARTING not in line]
    if options.json:
        print(json.dumps({"runs": found, "faults": faults} if options.brush else found[0] | {"faults": faults}))
    elif options.brush:
        _print_brushes(found)
    else:
        _print_memory(found[0])
    for fault in faults:
        note(fault)
    if options.brush:
        return int(bool(faults) or any(each["p95_ms"] > GOAL_MS[each["way"]] for each in found))
    return int(bool(faults) or found[0]["each_mb"] > GOAL_MB)


def _print_brushes(found):
    print_table(
        f"from a move, or a box let go, to the patch that answers it exactly, load {found[-1]['load']:.1f}",
        ["answered by", "at once", "answers", "told a second", "p50", "p95", "longest", "processor, each told",
         "of a core", "of slowest by fastest", "page opened, processor", "memory, each"],
        [[each["way"], each["visitors"], f"{each['answers']:,}", f"{each['told_per_s']:,.0f}",
          *(milliseconds(each[name]) for name in ("p50_ms", "p95_ms", "most_ms", "processor_ms")),
          f"{each['busy']:.2f}", f"{each['slowest_of_fastest']:.2f}", f"{each['opening_processor_s']:.2f} s",
          f"{each['each_mb']:.1f} MB"] for each in found],
    )  # fmt: skip


def _print_memory(found):
    print_table(
        f"memory in MB, load {found['load']:.1f}",
        ["nobody", f"{found['open']} open", "each", "when they left", f"{found['count']} later", "grown, each"],
        [[f"{found[name]:,.2f}" for name in ("empty_mb", "open_mb", "each_mb", "after_few_mb", "after_many_mb",
                                             "grown_each_mb")]],
    )  # fmt: skip


def _wait_until_ready(url):
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            urllib.request.urlopen(f"{url}readyz").close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the server was not ready within five minutes")


if __name__ == "__main__":
    sys.exit(main())
