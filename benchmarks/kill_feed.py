"""Kill test of feeds: ``python benchmarks/kill_feed.py --kills 30 --feed kafka``.

A shop sells lines into a topic or a stream and keeps a ledger, with broken messages and repeated deliveries among them;
``retail-panel serve`` reads them into a store file, is visited, and is killed (``kill -9``) at random moments, and the
server of the feed is stopped in between; the shards of a Kinesis stream are split and merged as well. In the end every
row must be in the store once, and all sums equal to the ledger's; the exit status tells.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

from kill_ledger import Ledger, differences
from kill_serving import Serving
from served import ROOT

RESTART_EVERY, CHANGE_EVERY, EARLY_EVERY = 5, 3, 4


def run(shop, folder, kills, rate, seed=0, restart_every=RESTART_EVERY, tell=lambda text: None):
    """Kill the server so many times, and stop the broker now and then; returns differences, figures and the ledger.

    Every fourth kill comes while the server starts, the others while it serves.

    Parameters
    ----------
    shop : KafkaShop or KinesisShop
    folder : Path
        For the store's file.
    kills : int
        Times the server is killed.
    rate : float
        Messages a second.
    seed : int
        Of the random moments, amounts and faults.
    restart_every : int
        Kills between two stops of the broker, or of what stands for Kinesis.
    tell : callable
        Told what is being done.
    """
    serving = Serving(shop, folder, random.Random(seed))
    ledger = Ledger(shop, rate, seed).start()
    try:
        for kill in range(1, kills + 1):
            if kill % CHANGE_EVERY == 1:
                shop.change(kill // CHANGE_EVERY + 1)
            if kill % restart_every == 0:
                again = threading.Thread(target=shop.restart)
                again.start()
                serving.live_and_die(2 * shop.life_s)
                again.join()
            elif kill % EARLY_EVERY == 0:
                serving.start_and_die()
            else:
                serving.live_and_die(shop.life_s)
            tell(f"{kill} of {kills} kills, {shop.restarts} restarts of the broker, {len(ledger.lines):,} lines sold")
    finally:
        ledger.stop()
    statuses = serving.drain(ledger.messages)
    found, figures = differences(ledger, serving.store_url)
    found += [f"exit status of a server that was stopped: {status}" for status in statuses]
    found += [f"error in the log: {line}" for line in serving.errors()]
    figures |= {"messages": ledger.messages, "kills": kills, "broker restarts": shop.restarts}
    return found, figures, ledger


@contextmanager
def opened(feed, folder):
    """Give the shop of a feed; its server runs meanwhile."""
    sys.path.insert(0, str(ROOT / "tests" / "feed"))
    import kafka_broker
    import kill_shops
    import kinesis_server

    make, shop = {
        "kafka": (kafka_broker.Broker, kill_shops.KafkaShop),
        "kinesis": (kinesis_server.KinesisServer, kill_shops.KinesisShop),
    }[feed]
    try:
        server = make(folder).start()
    except (kafka_broker.Missing, kinesis_server.Missing) as missing:
        sys.exit(str(missing))
    try:
        yield shop(server)
    finally:
        server.stop()


def main():
    """Run the command."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=30, help="times the server is killed")
    options.add_argument("--feed", choices=["kafka", "kinesis"], default="kafka", help="where the rows come from")
    options.add_argument("--rate", type=float, help="messages a second")
    options.add_argument("--seed", type=int, default=0, help="of the random moments")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    given = options.parse_args()
    from tables import print_table

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="retail-panel-") as folder, opened(given.feed, folder) as shop:
        rate = given.rate or shop.rate
        found, figures, _ = run(
            shop, folder, given.kills, rate, given.seed, tell=lambda text: print(text, file=sys.stderr)
        )
    figures["seconds"] = round(time.monotonic() - began)
    if given.json:
        print(json.dumps({**figures, "differences": found}))
    else:
        print_table(f"Kill test, {shop.title}", ["", ""], [(name, f"{value:,}") for name, value in figures.items()])
        print("\n".join(found) or "every row once, sums equal to the ledger")
    return sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
