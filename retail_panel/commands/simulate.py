"""``retail-panel simulate``: sell to a live feed, so that anyone can see the workbench at work."""

import json
import math
import random
import sys
import time
import uuid

from rich.console import Console

from retail_panel.errors import UnusableInput

HELP = "Send order lines of the demo's customers to a live feed, as if they were sold now."
#: Seconds between two sendings; a feed is looked at ten times a second.
BEAT_S = 0.1
MOST = 5_000
NUMBERS = (
    ("rate", "N", 5.0, "lines a second, or inf (default 5)"),
    ("burst", "N", 1.0, "1 sells evenly, 10 in bursts of ten times the rate (default 1)"),
    ("bad", "SHARE", 0.0, "share of unreadable messages (default 0)"),
    ("repeated", "SHARE", 0.0, "share of lines delivered again (default 0)"),
    ("late", "SHARE", 0.0, "share of orders up to half an hour old (default 0)"),
    ("patience", "S", 60.0, "seconds to try again where nothing is taken (default 60)"),
)


def arguments(parser):
    """Add the command's options."""
    parser.add_argument(
        "--to", metavar="URL", required=True,
        help="kafka://broker:9092/topic, kinesis://stream?region=R, http://host:port/feed or folder:///path",
    )  # fmt: skip
    parser.add_argument("--settings", metavar="FILE", help="key = value lines: token, passwords, the client's settings")
    for name, metavar, default, text in NUMBERS:
        parser.add_argument(f"--{name}", metavar=metavar, type=float, default=default, help=text)
    parser.add_argument("--count", metavar="N", type=int, help="stop after so many messages (default: never)")
    parser.add_argument("--seconds", metavar="N", type=float, help="stop after so many seconds (default: never)")
    parser.add_argument("--seed", metavar="N", type=int, default=None, help="the same orders and faults on every run")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def run(options):
    """Send until the count, the time or the user ends it; prints what was sent."""
    from retail_panel.feed.settings_file import client_settings
    from retail_panel.simulate import Faults, Pace, Till, sink

    _check(options)
    chance = random.Random(options.seed)
    till = Till(f"sim-{uuid.uuid4().hex[:8]}", chance, Faults(options.bad, options.repeated, options.late))
    pace = Pace(options.rate, options.burst, chance)
    target = sink(options.to, client_settings(options.settings), options.patience)
    try:
        _send(options, till, pace, target)
    except KeyboardInterrupt:
        pass
    finally:
        target.close()
    _tell(options, till.ledger)


def _check(options):
    for name in ("bad", "repeated", "late"):
        value = getattr(options, name)
        if not 0 <= value <= 1:
            raise UnusableInput(f"--{name} {value}: allowed: a share from 0 to 1")
    if options.bad + options.repeated > 1:
        raise UnusableInput("--bad and --repeated: more than all messages together; allowed: at most 1")
    if not options.rate > 0:
        raise UnusableInput(f"--rate {options.rate}: allowed: a number above 0, or inf")
    if not options.burst >= 1:
        raise UnusableInput(f"--burst {options.burst}: allowed: a number from 1")


def _send(options, till, pace, target):
    began, sent = time.monotonic(), 0
    while options.count is None or sent < options.count:
        passed = time.monotonic() - began
        if options.seconds is not None and passed >= options.seconds:
            return
        due = min(pace.due(passed), sent + MOST, options.count or sent + MOST)
        if due > sent:
            target.send([till.message() for _ in range(int(due - sent))])
            sent = int(due)
        if not math.isinf(options.rate):
            time.sleep(BEAT_S)


def _tell(options, ledger):
    if options.json:
        print(json.dumps(ledger.figures()))
        return
    Console(file=sys.stdout, highlight=False, soft_wrap=True).print(
        f"Sent {ledger.lines:,} lines worth {ledger.amount:,.2f}, {ledger.repeated:,} of them again; "
        f"{ledger.bad:,} unreadable messages; {ledger.late:,} late orders."
    )
