"""A till: order lines of the demo's customers, sold at this moment, with the faults that one asks for."""

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd

from retail_panel.demo import folder
from retail_panel.simulate.ledger import Ledger

FIELDS = ("brand", "customer_id", "channel", "store", "country", "category", "product", "description", "quantity",
          "amount", "list_amount", "unit_cost", "kind", "tier", "currency")  # fmt: skip
BROKEN = (
    b'{"order_id": "half a mess',
    b'{"ordered_at": "yesterday, about noon", "amount": "12.00"}',
    b'{"line_id": "no amount", "ordered_at": "2026-01-01T10:00:00"}',
    b"\xff\xfe till on fire",
    b"[1, 2]",
)
LATEST = timedelta(minutes=30)
#: Lines that may be delivered a second time.
RECENT = 1_000


@dataclass(frozen=True)
class Faults:
    """Shares of faulty messages, 0 to 1: ones nobody can read, repeated deliveries, and late lines."""

    bad: float = 0.0
    repeated: float = 0.0
    late: float = 0.0


class Till:
    """Sells what the demo's customers bought, anew.

    Parameters
    ----------
    name : str
        Of this run; ids of orders and lines begin with it, so that two runs never share one.
    chance : random.Random
        Chooses orders and faults.
    faults : Faults
    clock : callable
        Returns the time of sale, a datetime as the shop's clock shows it.
    """

    def __init__(self, name, chance, faults=Faults(), clock=datetime.now):
        self.ledger = Ledger()
        self._name, self._chance, self._faults, self._clock = name, chance, faults, clock
        self._orders = _demo_orders()
        self._waiting, self._recent = deque(), deque(maxlen=RECENT)
        self._number = 0

    def message(self):
        """Return (key, message): the order's id, by which a broker keeps lines in order, and the bytes of one line."""
        roll, faults = self._chance.random(), self._faults
        if roll < faults.bad:
            self.ledger.bad += 1
            return self._name, self._broken()
        if roll < faults.bad + faults.repeated and self._recent:
            self.ledger.repeated += 1
            return self._chance.choice(self._recent)
        if not self._waiting:
            self._waiting.extend(self._order())
        key, line, amount = self._waiting.popleft()
        sent = key, line.encode()
        self.ledger.lines += 1
        self.ledger.amount += amount
        self._recent.append(sent)
        return sent

    def _order(self):
        self._number += 1
        key, at = f"{self._name}-{self._number}", self._clock()
        if self._chance.random() < self._faults.late:
            at -= LATEST * self._chance.random()
            self.ledger.late += 1
        lines = self._chance.choice(self._orders)
        named = json.dumps(key, ensure_ascii=False)
        sold = f'"order_id": {named}, "ordered_at": "{at.isoformat("T", "milliseconds")}"'
        for number, (line, amount) in enumerate(lines, 1):
            yield key, f'{{"line_id": {named[:-1]}-{number}", {sold}, {line}', amount

    def _broken(self):
        return self._chance.choice(BROKEN)


def _demo_orders():
    """Return the demo's orders, each a list of lines; a return is an order of its own.

    Of a line there is the message after its ids and time, since a till that sells ten thousand a second has no time to
    write each anew, and the amount.
    """
    table = pd.read_csv(folder() / "order_lines.csv.gz", dtype=str, usecols=["order_id", *FIELDS])
    lines = table[list(FIELDS)].to_dict("records")
    orders = {}
    for order_id, line in zip(table["order_id"], lines, strict=True):
        told = {name: value for name, value in line.items() if isinstance(value, str)}
        orders.setdefault(order_id, []).append((json.dumps(told, ensure_ascii=False)[1:], Decimal(told["amount"])))
    return list(orders.values())
