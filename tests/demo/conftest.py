"""The demo's tables, made once, and the tables of data/README.md."""

from pathlib import Path

import pytest

from retail_panel.demo import demo_customers, demo_feedback, demo_order_lines, demo_seed_layout, demo_stock

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def data():
    return DATA


@pytest.fixture(scope="session")
def lines():
    return demo_order_lines()


@pytest.fixture(scope="session")
def sales(lines):
    return lines[lines["kind"] != "Return"]


@pytest.fixture(scope="session")
def returns(lines):
    return lines[lines["kind"] == "Return"]


@pytest.fixture(scope="session")
def habits():
    return demo_customers().dropna(subset="customer_id").set_index("customer_id")["habit"]


@pytest.fixture(scope="session")
def stock(lines):
    return demo_stock(lines)


@pytest.fixture(scope="session")
def feedback(lines, stock):
    return demo_feedback(lines, stock)


@pytest.fixture(scope="session")
def seed_layout():
    return demo_seed_layout()


@pytest.fixture(scope="session")
def tables():
    """Return the tables of data/README.md as lists of rows of texts, by the first cell of their header."""
    found, rows = {}, None
    for text in (DATA / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if not text.startswith("|"):
            rows = None
        elif rows is None:
            rows = found.setdefault((cells[0], cells[1]), [])
        elif set(cells[0]) != {"-"}:
            rows.append(cells)
    return found
