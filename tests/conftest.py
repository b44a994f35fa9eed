"""Six customers worked out by hand, and a fresh store that holds them.

Amounts in pounds; every product costs its shop the same all along (shoes 40, hats 8, coats 90) and has one list price
(100, 20, 200). The last day, 2024-06-30, is the reference date.

===== ======== ========== ======== ============== =========== === ======
order customer day        channel  product        kind        qty amount
===== ======== ========== ======== ============== =========== === ======
o7    Eve      2024-01-05 In-store Hats           Full Price    1     20
o1    Ada      2024-01-10 Online   Shoes          Full Price    1    100
o1    Ada      2024-01-10 Online   Hats           Full Price    2     40
o3    Dan      2024-01-15 Online   Coats          Full Price    1    200
o2    Ben      2024-02-01 In-store Shoes          Full Price    1    100
o4    Dan      2024-02-20 Online   Shoes          Full Price    1    100
g1    (guest)  2024-03-10 In-store Coats          Full Price    1    200
g1    (guest)  2024-03-10 In-store Hats, for free Full Price    1      0
o5    Ada      2024-04-15 In-store Shoes          Discount      1     80
--    Finn     2024-05-01 In-store Shoes          Full Price    1    100
--    Finn     2024-05-01 In-store Hats           Full Price    1     20
o6    Ben      2024-05-20 In-store Hats           Discount      2     30
o10   Ben      2024-06-20 Online   Coats          Full Price    1    200
o9    Ada      2024-06-25 Online   Coats          Full Price    1    200
o12   Cleo     2024-06-27 In-store Hats           Full Price    1     20
r1    Ben      2024-06-28 Online   Coats          Return       -1   -200
o11   Ada      2024-06-30 Online   Hats           Full Price    1     20
===== ======== ========== ======== ============== =========== === ======

KPIs
    17 lines, 14 orders (o1 to o7, o9 to o12, g1, and Finn's two lines, which name none), 15 transactions (r1 too).
    gross sales 440 Ada + 330 Ben + 20 Cleo + 300 Dan + 20 Eve + 120 Finn + 200 guest = 1,430; returns -200; net 1,230.
    absolute amounts 1,630. Average order value 1,430 / 14; average transaction value 1,630 / 15.
    units sold 18, returned 1, net 17. Return rate 200 / 1,430 by value, 1 / 18 by units.
    discounted sales 80 + 30 = 110; discount given 20 (o5) + 10 (o6) + 20 (the free hat) = 50.
    cost of goods: shoes 5 x 40 + hats 9 x 8 + coats (4 - 1) x 90 = 542; gross margin 1,230 - 542 = 688.
    6 customers, all buying; 13 orders of theirs; 4 of them repeat (Ada, Ben, Dan, Finn). On a day after that of their
    first purchase bought Ada, Ben and Dan, not Finn.

RFM (orders, net, returns subtract) and segments; edges are the 2nd, 3rd, 4th and 5th smallest value of six
    ==== ============== ========= ======== ===== ===============
    who  recency_days   frequency monetary R F M segment
    ==== ============== ========= ======== ===== ===============
    Ada  0   (06-30)            4      440 5 5 5 Champions
    Ben  10  (06-20)            3      130 4 4 3 Loyal
    Cleo 3   (06-27)            1       20 5 1 1 New
    Dan  131 (02-20)            2      300 2 2 4 At Risk
    Eve  177 (01-05)            1       20 1 1 1 Lost
    Finn 60  (05-01)            2      120 3 2 2 About to Sleep
    ==== ============== ========= ======== ===== ===============

Stock, counted at close on 2024-06-01, 06-15 and 06-30
    Coats at Web 4, 2, 0; Hats at Leeds 10, 8, 6. At cost 440, 244, 48: on average 244. One count of six is a stock-out.
    From 06-01 to 06-30 (30 days): cost of goods 90 + 90 + 8 - 90 + 8 = 106, net sales 240, margin 134, net units 3.
    Inventory turnover 106 / 244; days of supply 244 / (106 / 30); on hand at the end 6; weeks of cover
    6 / (3 / (30 / 7)); sell-through 3 / (3 + 6); GMROI 134 / 244.

Feedback
    CSAT 5, 4, 2: satisfied 2 / 3, mean 11 / 3. NPS 10, 9, 8, 3: 100 x (2 - 1) / 4 = 25. Seven responses.
"""

import asyncio
import datetime
import itertools
import shutil
import threading
from decimal import Decimal

import hypothesis
import pyarrow as pa
import pytest
from postgres_server import Postgres
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from retail_panel.schema import FEEDBACK, MARKS, MONEY_SCALE, ORDER_LINE, STOCK, arrow_schema
from retail_panel.store import Store

# A busy machine is no defect; how long things take is told by benchmarks.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

_numbers = itertools.count()
SHOES, HATS, COATS = ("Shoes", 100, 40), ("Hats", 20, 8), ("Coats", 200, 90)
WEB, LEEDS = ("Online", "Web"), ("In-store", "Leeds")
FULL, LESS, BACK = "Full Price", "Discount", "Return"

SIX_CUSTOMERS = (
    ("o7", "Eve", "2024-01-05 09:30", LEEDS, HATS, FULL, 1, 20),
    ("o1", "Ada", "2024-01-10 20:15", WEB, SHOES, FULL, 1, 100),
    ("o1", "Ada", "2024-01-10 20:15", WEB, HATS, FULL, 2, 40),
    ("o3", "Dan", "2024-01-15 21:00", WEB, COATS, FULL, 1, 200),
    ("o2", "Ben", "2024-02-01 12:00", LEEDS, SHOES, FULL, 1, 100),
    ("o4", "Dan", "2024-02-20 07:45", WEB, SHOES, FULL, 1, 100),
    ("g1", None, "2024-03-10 15:00", LEEDS, COATS, FULL, 1, 200),
    ("g1", None, "2024-03-10 15:00", LEEDS, HATS, FULL, 1, 0),
    ("o5", "Ada", "2024-04-15 13:10", LEEDS, SHOES, LESS, 1, 80),
    (None, "Finn", "2024-05-01 10:00", LEEDS, SHOES, FULL, 1, 100),
    (None, "Finn", "2024-05-01 10:00", LEEDS, HATS, FULL, 1, 20),
    ("o6", "Ben", "2024-05-20 11:20", LEEDS, HATS, LESS, 2, 30),
    ("o10", "Ben", "2024-06-20 19:00", WEB, COATS, FULL, 1, 200),
    ("o9", "Ada", "2024-06-25 22:05", WEB, COATS, FULL, 1, 200),
    ("o12", "Cleo", "2024-06-27 16:40", LEEDS, HATS, FULL, 1, 20),
    ("r1", "Ben", "2024-06-28 08:00", WEB, COATS, BACK, -1, -200),
    ("o11", "Ada", "2024-06-30 18:30", WEB, HATS, FULL, 1, 20),
)
COUNTS = (
    ("2024-06-01", "Web", "Coats", 4, 90), ("2024-06-01", "Leeds", "Hats", 10, 8),
    ("2024-06-15", "Web", "Coats", 2, 90), ("2024-06-15", "Leeds", "Hats", 8, 8),
    ("2024-06-30", "Web", "Coats", 0, 90), ("2024-06-30", "Leeds", "Hats", 6, 8),
)
ANSWERS = (
    ("2024-01-12", "Ada", "o1", WEB, "CSAT", 5), ("2024-02-03", "Ben", "o2", LEEDS, "CSAT", 4),
    ("2024-02-22", "Dan", "o4", WEB, "CSAT", 2), ("2024-04-17", "Ada", "o5", LEEDS, "NPS", 10),
    ("2024-05-02", "Finn", None, LEEDS, "NPS", 8), ("2024-05-22", "Ben", "o6", LEEDS, "NPS", 9),
    ("2024-06-29", None, None, WEB, "NPS", 3),
)

#: recency_days, frequency, monetary, R, F, M and segment of each customer.
SIX_RFM = {
    "Ada": (0, 4, 440, 5, 5, 5, "Champions"),
    "Ben": (10, 3, 130, 4, 4, 3, "Loyal"),
    "Cleo": (3, 1, 20, 5, 1, 1, "New"),
    "Dan": (131, 2, 300, 2, 2, 4, "At Risk"),
    "Eve": (177, 1, 20, 1, 1, 1, "Lost"),
    "Finn": (60, 2, 120, 3, 2, 2, "About to Sleep"),
}


def _ten_thousandths(value):
    return None if value is None else int(Decimal(str(value)) * MONEY_SCALE)


def _when(value):
    return datetime.datetime.fromisoformat(value) if isinstance(value, str) else value


def _batch(columns, given, defaults):
    money = {column.name for column in columns if column.unit.startswith("ten-thousandths")}
    unknown = set(given) - {column.name for column in columns}
    assert not unknown, f"no such columns: {sorted(unknown)}"
    height = max([len(v) for v in given.values() if isinstance(v, (list, tuple))], default=1)
    arrays = []
    for column in columns:
        values = given.get(column.name, defaults.get(column.name))
        values = list(values) if isinstance(values, (list, tuple)) else [values] * height
        if column.name in money:
            values = [_ten_thousandths(value) for value in values]
        elif column.name in ("ordered_at", "given_at", "day"):
            values = [_when(value) for value in values]
        arrays.append(pa.array(values, column.type))
    return pa.Table.from_arrays(arrays, schema=arrow_schema(columns))


def build_lines(**columns):
    """Build a clean batch of order lines from lists, or single values for all lines; money in currency units."""
    kinds = columns.get("kind", FULL)
    back = [kind == BACK for kind in kinds] if isinstance(kinds, (list, tuple)) else kinds == BACK
    defaults = {"ordered_at": "2024-01-01", "kind": kinds, "is_return": back, "amount": 1}
    return _batch(ORDER_LINE, columns, defaults | dict.fromkeys(MARKS, False))


def build_stock(**columns):
    """Build a clean batch of stock counts, as :func:`build_lines` does of order lines."""
    return _batch(STOCK, columns, {"day": "2024-01-01", "product": "Hats", "on_hand": 1.0})


def build_feedback(**columns):
    """Build a clean batch of answers, as :func:`build_lines` does of order lines."""
    return _batch(FEEDBACK, columns, {"given_at": "2024-01-01", "scale": "CSAT", "score": 5})


def six_customers():
    """Return the order lines, stock counts and answers of the table above, as clean batches."""
    order, customer, when, place, product, kind, quantity, amount = (list(c) for c in zip(*SIX_CUSTOMERS, strict=True))
    lines = build_lines(
        order_id=order, customer_id=customer, ordered_at=when, kind=kind, quantity=quantity, amount=amount,
        channel=[p[0] for p in place], store=[p[1] for p in place], currency="GBP",
        category=[p[0] for p in product], product=[p[0] for p in product], unit_cost=[p[2] for p in product],
        list_amount=[p[1] * q for p, q in zip(product, quantity, strict=True)],
        is_zero_price=[a == 0 for a in amount],
    )
    day, shop, what, on_hand, cost = (list(c) for c in zip(*COUNTS, strict=True))
    stock = build_stock(day=day, store=shop, category=what, product=what, on_hand=on_hand, unit_cost=cost)
    given, who, about, where, scale, score = (list(c) for c in zip(*ANSWERS, strict=True))
    feedback = build_feedback(given_at=given, customer_id=who, order_id=about, scale=scale, score=score,
                              channel=[p[0] for p in where], store=[p[1] for p in where])
    return lines, stock, feedback


@pytest.fixture(scope="session")
def make_lines():
    """The function that builds a clean batch of order lines, see :func:`build_lines`."""
    return build_lines


@pytest.fixture(scope="session")
def make_stock():
    """The function that builds a clean batch of stock counts."""
    return build_stock


@pytest.fixture(scope="session")
def make_feedback():
    """The function that builds a clean batch of answers."""
    return build_feedback


@pytest.fixture(scope="session")
def six_clean():
    """The order lines of the six customers, as a clean batch."""
    return six_customers()[0]


@pytest.fixture
def empty_store():
    """A fresh store in memory without rows."""
    store = Store()
    yield store
    store.close()


@pytest.fixture
def store(empty_store):
    """A fresh store in memory with the six customers, their stock and their feedback, at version 1."""
    lines, stock, feedback = six_customers()
    with empty_store.loading("six customers") as load:
        load.append(lines)
        load.append_stock(stock)
        load.append_feedback(feedback)
    return empty_store


@pytest.fixture(scope="session")
def six_rfm():
    """RFM, scores and segment of the six customers by name, as worked out by hand."""
    return SIX_RFM


@pytest.fixture(scope="session")
def six_lines():
    """Rows of the table above: order, customer, time, (channel, store), (product, list, cost), kind, units, amount."""
    return SIX_CUSTOMERS


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server on the loopback."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not (shutil.which("initdb") and shutil.which("postgres")):
        pytest.skip("PostgreSQL's initdb and postgres are not on the path")
    made = Postgres()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def shop_url(postgres):
    """The URL of an empty store on the PostgreSQL server."""
    name = f"shop{next(_numbers)}"
    postgres.do(f"CREATE SCHEMA {name}")
    return f"postgresql://till@127.0.0.1:{postgres.port}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture
def serve_routes():
    """Serves routes of Tornado: ``serve_routes(routes)`` returns the address."""
    stops = []

    def start(routes):
        started, address = threading.Event(), []

        async def main():
            stop = asyncio.Event()
            (socket,) = bind_sockets(0, "127.0.0.1")
            server = HTTPServer(Application(routes))
            server.add_sockets([socket])
            stops.append((asyncio.get_running_loop(), stop))
            address.append(f"http://127.0.0.1:{socket.getsockname()[1]}")
            started.set()
            await stop.wait()
            server.stop()
            await server.close_all_connections()

        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        assert started.wait(10)
        stops[-1] += (thread,)
        return address[0]

    yield start
    for loop, stop, thread in stops:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
