"""Kill test of feeds: ``python benchmarks/kill_feed.py --kills 30 --feed kafka``.

A shop sells lines into a topic or a stream and keeps a ledger, with broken messages and repeated deliveries among them;
a process pumps them into a store file and is killed (``kill -9``) at random moments, and the server of the feed is
stopped in between; the shards of a Kinesis stream are split and merged as well. In the end every row must be in the
store once, and all sums equal to the ledger's; the exit status tells.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESTART_EVERY, CHANGE_EVERY = 5, 3


class Ledger:
    """A shop that sells in a thread of its own, and what it sold.

    Parameters
    ----------
    shop : KafkaShop or KinesisShop
    rate : float
        Messages a second.
    seed : int
    """

    def __init__(self, shop, rate, seed):
        self.lines, self.deliveries, self.bad = {}, Counter(), set()
        self._shop, self._rate, self._chance = shop, rate, random.Random(seed)
        self._stopping, self._thread = threading.Event(), threading.Thread(target=self._run, daemon=True)

    @property
    def unwritten(self):
        """Messages that the server never took."""
        return self._shop.unwritten

    def start(self):
        """Begin to sell; returns the ledger."""
        self._thread.start()
        return self

    def stop(self):
        """Stop selling and wait until all of it is written."""
        self._stopping.set()
        self._thread.join()
        self._shop.finish()

    def _run(self):
        began, number = time.monotonic(), 0
        while not self._stopping.is_set():
            due = int((time.monotonic() - began) * self._rate)
            while number < due:
                self._write(number)
                number += 1
            self._shop.breathe()

    def _write(self, number):
        if self._chance.random() < 0.01:
            text = f"broken {number} {{"
            self.bad.add(text)
            return self._shop.write(text)
        name = f"l{number}"
        cents = self._chance.randrange(-5_000, 20_000)
        hour = f"2024-{self._chance.randrange(1, 13):02}-{self._chance.randrange(1, 29):02}T{number % 24:02}:00:00"
        line = {"line_id": name, "order_id": name, "customer_id": f"c{number % 997}", "ordered_at": hour}
        line["amount"] = f"{cents / 100:.2f}"
        self.lines[name] = cents
        for _ in range(1 + (self._chance.random() < 0.01)):
            self.deliveries[name] += 1
            self._shop.write(json.dumps(line))


def serve(url, store_url, drain):
    """Pump a feed into a store until killed; with `drain`, until there is nothing left."""
    from retail_panel.feed import Pump
    from retail_panel.feed.kafka_url import kafka_source
    from retail_panel.feed.kinesis_url import kinesis_source
    from retail_panel.store import Store

    store = Store(store_url)
    source = kinesis_source(url, look_s=1.0, pace_s=0.1) if url.startswith("kinesis") else kafka_source(url, look_s=1.0)
    pump = Pump(source, store, most_rows=2_000, longest_s=0.05, idle_s=0.02, back_off_s=0.5)
    pump.open()
    pump.start()
    print("ready", flush=True)
    quiet = 0
    while not drain or quiet < 20:
        time.sleep(0.1)
        quiet = quiet + 1 if pump.state.lag_rows == 0 and pump.state.error is None else 0
    pump.stop()
    store.close()


class Serving:
    """The process that pumps, started again as often as it is killed."""

    def __init__(self, shop, folder):
        self._url, self._environment = shop.url, shop.environment
        self.store_url = f"duckdb:///{folder}/feed.duckdb"
        self._errors = (Path(folder) / "serving.log").open("w")

    def start(self, *more):
        """Start it; returns the process."""
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(
            [sys.executable, __file__, "--serve", self._url, self.store_url, *more], stdout=subprocess.PIPE, text=True,
            stderr=self._errors, env={**os.environ, **self._environment, "PYTHONPATH": paths},
        )  # fmt: skip

    def live_and_die(self, seconds, from_start):
        """Start it and kill it some seconds after it pumps, or after its very start."""
        process = self.start()
        if not from_start:
            process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        process.wait()
        process.stdout.close()

    def drain(self, timeout_s=180):
        """Run it until nothing is left; returns whether it ended well."""
        process = self.start("--drain")
        try:
            process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        self._errors.close()
        return process.returncode == 0


def differences(ledger, store_url):
    """Return what the store and the ledger do not agree on, one text each; and the figures."""
    from retail_panel.feed.pump import REPEATED
    from retail_panel.store import Store

    store = Store(store_url)
    counted = store.ask("SELECT order_id, count(*) AS lines FROM order_line GROUP BY 1").to_pydict()
    rows = dict(zip(counted["order_id"], counted["lines"], strict=True))
    amount = store.ask("SELECT coalesce(sum(amount), 0)::BIGINT AS amount FROM order_line").column(0)[0].as_py()
    aside = store.ask("SELECT reason, text FROM quarantine").to_pylist()
    commits = store.version
    store.close()
    repeated = Counter(json.loads(row["text"])["line_id"] for row in aside if row["reason"] == REPEATED)
    broken = Counter(row["text"] for row in aside if row["reason"] != REPEATED)
    expected = Counter({name: count - 1 for name, count in ledger.deliveries.items()})
    found = []
    for what, wrong in (
        ("messages the server never took", ledger.unwritten),
        ("rows missing", len(ledger.lines.keys() - rows.keys())),
        ("rows from nowhere", len(rows.keys() - ledger.lines.keys())),
        ("rows more than once", sum(count > 1 for count in rows.values())),
        ("difference of the sums", amount - sum(ledger.lines.values()) * 100),
        ("repeats not set aside", (expected - repeated).total()),
        ("repeats set aside twice", (repeated - expected).total()),
        ("broken messages not set aside once", len(ledger.bad ^ broken.keys()) + sum(n > 1 for n in broken.values())),
    ):
        if wrong:
            found.append(f"{what}: {wrong:,}")
    figures = {"rows": len(rows), "amount": amount / 10_000, "repeats": sum(repeated.values()), "broken": len(broken),
               "commits": commits}  # fmt: skip
    return found, figures


def run(shop, folder, kills, rate, seed=0, restart_every=RESTART_EVERY, tell=lambda text: None):
    """Kill the pump so many times, and stop the shop's server now and then; returns differences and figures.

    Parameters
    ----------
    shop : KafkaShop or KinesisShop
    folder : Path
        For the store's file.
    kills : int
        Times the pump's process is killed.
    rate : float
        Messages a second.
    seed : int
        Of the random moments, amounts and faults.
    restart_every : int
        Kills of the pump between two stops of the server.
    tell : callable
        Told what is being done.
    """
    chance, serving = random.Random(seed), Serving(shop, folder)
    ledger = Ledger(shop, rate, seed).start()
    try:
        for kill in range(1, kills + 1):
            if kill % CHANGE_EVERY == 0:
                shop.change(kill // CHANGE_EVERY)
            if kill % restart_every == 0:
                again = threading.Thread(target=shop.restart)
                again.start()
                serving.live_and_die(chance.random() * 2 * shop.life_s, False)
                again.join()
            else:
                serving.live_and_die(chance.random() * shop.life_s, chance.random() < 0.25)
            tell(f"{kill} of {kills} kills, {shop.restarts} restarts of the server, {len(ledger.lines):,} lines sold")
    finally:
        ledger.stop()
    ended = serving.drain()
    found, figures = differences(ledger, serving.store_url)
    figures |= {"kills": kills, "server restarts": shop.restarts}
    figures["messages"] = ledger.deliveries.total() + len(ledger.bad)
    return found + ([] if ended else ["the last run did not end by itself"]), figures


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
    options.add_argument("--kills", type=int, default=30, help="times the pump is killed")
    options.add_argument("--feed", choices=["kafka", "kinesis"], default="kafka", help="where the rows come from")
    options.add_argument("--rate", type=float, help="messages a second")
    options.add_argument("--seed", type=int, default=0, help="of the random moments")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--serve", nargs=2, metavar=("URL", "STORE"), help=argparse.SUPPRESS)
    options.add_argument("--drain", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        return serve(*given.serve, given.drain)
    from tables import print_table

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="retail-panel-") as folder, opened(given.feed, folder) as shop:
        rate = given.rate or shop.rate
        found, figures = run(
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
