"""The ledger of kill_feed.py: what was sold, broken messages and repeated deliveries included, against a store."""

import json
import random
import threading
import time
from collections import Counter

from retail_panel.feed.pump import REPEATED
from retail_panel.store import Store


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

    @property
    def messages(self):
        """Messages written, repeats and broken ones included."""
        return self.deliveries.total() + len(self.bad)

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


def differences(ledger, store_url):
    """Return what the store and the ledger do not agree on, one text each; and the figures."""
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


def stored(store_url):
    """Return the number of messages that a store holds, as rows or set aside."""
    store = Store(store_url)
    found = store.ask("SELECT (SELECT count(*) FROM order_line) + (SELECT count(*) FROM quarantine) AS messages")
    store.close()
    return found.column(0)[0].as_py()
