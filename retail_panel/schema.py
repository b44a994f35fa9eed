"""The tables: order lines, stock and feedback, column by column.

A *clean batch* is a :class:`pyarrow.Table` with exactly the columns of one of these tables, in this order; intake makes
it and :meth:`retail_panel.store.Store.append` takes it. Texts may be dictionary encoded.
"""

from dataclasses import dataclass

import pyarrow as pa

#: Money is held as whole numbers of ten-thousandths of the currency unit (25.5000 GBP is 255000), so that sums are
#: exact in any order and on any engine.
MONEY_SCALE = 10_000

KINDS = ("Full Price", "Discount", "Return")
#: The product of lines that were rolled up, see :mod:`retail_panel.store.retention`.
ROLLED_UP = "(rolled up)"
MARKS = ("is_duplicate", "is_zero_price", "is_adjustment", "is_outlier")


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, Arrow type, unit and meaning."""

    name: str
    type: pa.DataType
    label: str
    doc: str
    unit: str = ""
    required: bool = False


TEXT = pa.string()
MONEY = pa.int64()
_money = {"type": MONEY, "unit": "ten-thousandths of the currency unit"}

ORDER_LINE = (
    Column("brand", TEXT, "Brand", "Trading name the line was sold under; null where the source has one brand."),
    Column("order_id", TEXT, "Order", "Order or return document; null makes the line an order of its own."),
    Column("customer_id", TEXT, "Customer", "Customer as the source names them; null is a guest."),
    Column("ordered_at", pa.timestamp("us"), "Time", "Time of the sale or return, shop's time.", required=True),
    Column("channel", TEXT, "Channel", "Where it was sold, such as Online or In-store."),
    Column("store", TEXT, "Store", "Shop or site."),
    Column("country", TEXT, "Country", "Country or region of the sale."),
    Column("category", TEXT, "Category", "Product category."),
    Column("product", TEXT, "Product", "Product or stock code."),
    Column("description", TEXT, "Description", "Product name."),
    Column("kind", TEXT, "Kind", "Full Price, Discount or Return.", required=True),
    Column("tier", TEXT, "Tier", "Loyalty tier at the time of the line."),
    Column("currency", TEXT, "Currency", "ISO 4217 code; null means the currency of the settings."),
    Column("quantity", pa.float64(), "Quantity", "Units; negative on a return. Null where there is none.", "units"),
    Column("amount", label="Amount", doc="Line value after discount; negative on a return.", required=True, **_money),
    Column("list_amount", label="List amount", doc="Line value before discount, same sign as amount.", **_money),
    Column("unit_cost", label="Unit cost", doc="Cost of one unit, positive.", **_money),
    Column("is_return", pa.bool_(), "Return", "True exactly where kind is Return.", required=True),
    Column("is_duplicate", pa.bool_(), "Duplicate", "Second or later row equal in every source column.", required=True),
    Column("is_zero_price", pa.bool_(), "Zero price", "The price (or the amount, where no price is given) is zero.",
           required=True),
    Column("is_adjustment", pa.bool_(), "Adjustment", "Bookkeeping entry, neither sale nor return.", required=True),
    Column("is_outlier", pa.bool_(), "Outlier", "Amount beyond the stated robust limits.", required=True),
)

STOCK = (
    Column("brand", TEXT, "Brand", "Trading name."),
    Column("day", pa.date32(), "Day", "Day the stock was counted, at close.", required=True),
    Column("store", TEXT, "Store", "Shop or warehouse."),
    Column("category", TEXT, "Category", "Product category."),
    Column("product", TEXT, "Product", "Product or stock code.", required=True),
    Column("on_hand", pa.float64(), "On hand", "Units on hand; zero is a stock-out.", "units", required=True),
    Column("unit_cost", label="Unit cost", doc="Cost of one unit.", **_money),
)

FEEDBACK = (
    Column("brand", TEXT, "Brand", "Trading name."),
    Column("given_at", pa.timestamp("us"), "Time", "Time of the answer.", required=True),
    Column("customer_id", TEXT, "Customer", "Customer; null is anonymous."),
    Column("order_id", TEXT, "Order", "Order the answer speaks of."),
    Column("channel", TEXT, "Channel", "Where the order was placed."),
    Column("store", TEXT, "Store", "Shop or site."),
    Column("scale", TEXT, "Scale", "CSAT (score 1 to 5) or NPS (score 0 to 10).", required=True),
    Column("score", pa.int16(), "Score", "The answer on its scale.", required=True),
)

#: Rows that could not be loaded, from any table: nothing is dropped in silence.
QUARANTINE = (
    Column("source", TEXT, "Source", "File, table or feed the row came from.", required=True),
    Column("position", TEXT, "Position", "Line number in the file (header is 1), or the feed's.", required=True),
    Column("column", TEXT, "Column", "Source column at fault; null where the whole row is."),
    Column("reason", TEXT, "Reason", "Short, stable text; rows are counted by it.", required=True),
    Column("text", TEXT, "Text", "The row as it stood in the source, cut at 2,000 characters.", required=True),
)


def arrow_schema(columns):
    """Return the Arrow schema of a table.

    Parameters
    ----------
    columns : tuple of Column
        For example :data:`ORDER_LINE`.

    Returns
    -------
    pyarrow.Schema
        Required columns are not nullable.
    """
    return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in columns])
