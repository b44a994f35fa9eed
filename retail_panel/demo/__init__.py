"""Demo data: two invented brands over 24 months, from a fixed seed, with effects that analyses ought to find.

``data/README.md`` in the repository says what was put in.
"""

from retail_panel.demo.customers import demo_customers
from retail_panel.demo.feedback import demo_feedback
from retail_panel.demo.files import NAMES, checksums, folder, make
from retail_panel.demo.order_lines import demo_order_lines
from retail_panel.demo.scaled import scaled_order_lines
from retail_panel.demo.seed_layout import demo_seed_layout
from retail_panel.demo.stock import demo_stock

__all__ = [
    "NAMES",
    "checksums",
    "demo_customers",
    "demo_feedback",
    "demo_order_lines",
    "demo_seed_layout",
    "demo_stock",
    "folder",
    "make",
    "scaled_order_lines",
]
