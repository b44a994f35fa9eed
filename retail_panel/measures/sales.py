"""KPIs of order lines: sales, returns, margin, orders and customers.

Expressions read *facts*: order lines with three columns more, see :func:`facts`.
"""

import ibis

from retail_panel.measures.merged import cost, line_number
from retail_panel.measures.record import Measure


def facts(lines, customers):
    """Return order lines with what measures need beside them.

    Parameters
    ----------
    lines : ibis.Table
        Order lines in scope, one row a line.
    customers : ibis.Table
        The store's customers, one row a customer; columns beside ``customer_key``, ``customer_id`` and ``first_day``
        are taken along.

    Returns
    -------
    ibis.Table
        ``lines`` with ``is_discount``, ``is_first_day`` (the line's day is the customer's first purchase day in the
        store; null for guests) and ``has_customer``.
    """
    more = [name for name in customers.columns if name not in ("customer_key", "customer_id", "first_day")]
    first = customers.select(*more, first_key=customers.customer_key, first_day=customers.first_day)
    joined = lines.left_join(first, lines.customer_key == first.first_key)
    return joined.select(
        *lines.columns,
        *(first[name] for name in more),
        is_discount=lines.kind == "Discount",
        has_customer=lines.customer_key.notnull(),
        is_first_day=lines.ordered_at.date() == first.first_day,
    )


def _sale(t):
    return ~t.is_return


def _only(condition, value):
    return ibis.ifelse(condition, value, 0)


SALES = (
    Measure("lines", "Lines", "count", "Number of order lines, sales and returns.", 0,
            row=line_number),
    Measure("gross_sales", "Gross sales", "money", "Sale lines before returns.",
            row=lambda t: _only(_sale(t), t.amount)),
    Measure("returns_value", "Returns", "money", "Value of return lines (negative).", 1,
            row=lambda t: _only(t.is_return, t.amount)),
    Measure("net_sales", "Net sales", "money", "Gross sales plus returns (which are negative).",
            row=lambda t: t.amount),
    Measure("absolute_value", "Value moved", "money", "Absolute amounts of all lines, sales and returns.", 0,
            row=lambda t: t.amount.abs()),
    Measure("units", "Units", "count", "Units sold less units returned.", needs=("quantity",),
            row=lambda t: t.quantity),
    Measure("units_sold", "Units sold", "count", "Units on sale lines.", needs=("quantity",),
            row=lambda t: _only(_sale(t), t.quantity)),
    Measure("units_returned", "Units returned", "count", "Units on return lines.", -1, needs=("quantity",),
            row=lambda t: _only(t.is_return, -t.quantity)),
    Measure("discounted_sales", "Discounted sales", "money", "Gross sales on lines of kind Discount.", 0,
            needs=("kind",), row=lambda t: _only(t.is_discount, t.amount)),
    Measure("discount_value", "Discount given", "money", "List value less paid value on sale lines with a list value.",
            -1, needs=("list_amount",), row=lambda t: _only(_sale(t), t.list_amount - t.amount)),
    Measure("cost_of_goods_sold", "Cost of goods sold", "money",
            "Unit cost times units, returns subtracting, on lines with a unit cost.", 0,
            needs=("unit_cost", "quantity"), row=cost),
    Measure("costed_sales", "Net sales with known cost", "money", "Net sales on lines with a unit cost.", 0,
            needs=("unit_cost", "quantity"), row=lambda t: _only(cost(t).notnull(), t.amount)),
    Measure("gross_margin", "Gross margin", "money", "Net sales less cost of goods, on lines with a unit cost.",
            needs=("unit_cost", "quantity"), row=lambda t: t.amount - cost(t)),
    Measure("orders", "Orders", "count", "Distinct orders among sale lines; a line without an order id is one.",
            key=lambda t: t.order_key, among=_sale),
    Measure("transactions", "Transactions", "count",
            "Distinct orders and return documents; a line without an order id is one.", 0, key=lambda t: t.order_key),
    Measure("customers", "Customers", "count", "Distinct customers with any line; guests are not counted.",
            needs=("customer_key",), key=lambda t: t.customer_key),
    Measure("buyers", "Buying customers", "count", "Distinct customers with a sale line.", needs=("customer_key",),
            key=lambda t: t.customer_key, among=_sale),
    Measure("customer_orders", "Orders by known customers", "count", "Orders that are not a guest's.",
            needs=("customer_key",), key=lambda t: t.order_key, among=lambda t: _sale(t) & t.has_customer),
    Measure("new_customers", "New customers", "count", "Customers who bought on the day of their first purchase ever.",
            needs=("customer_key",), key=lambda t: t.customer_key, among=lambda t: _sale(t) & t.is_first_day),
    Measure("returning_customers", "Returning customers", "count",
            "Customers who bought on a day after that of their first purchase ever.",
            needs=("customer_key",), key=lambda t: t.customer_key, among=lambda t: _sale(t) & ~t.is_first_day),
    Measure("average_order_value", "Average order value", "money", "Gross sales divided by orders.",
            parts=("gross_sales", "orders")),
    Measure("average_transaction_value", "Average transaction value", "money",
            "Absolute amounts divided by transactions, returns included.", parts=("absolute_value", "transactions")),
    Measure("units_per_order", "Units per order", "ratio", "Units sold divided by orders.",
            parts=("units_sold", "orders")),
    Measure("return_rate", "Return rate", "share", "Value returned divided by gross sales.", -1,
            parts=("returns_value", "gross_sales"), sign=-1),
    Measure("return_rate_units", "Return rate, units", "share", "Units returned divided by units sold.", -1,
            parts=("units_returned", "units_sold")),
    Measure("discount_share", "Discount share", "share", "Share of gross sales made on lines of kind Discount.", 0,
            parts=("discounted_sales", "gross_sales")),
    Measure("gross_margin_rate", "Gross margin rate", "share", "Gross margin divided by net sales with known cost.",
            parts=("gross_margin", "costed_sales")),
    Measure("purchase_frequency", "Purchase frequency", "ratio",
            "Orders by known customers divided by buying customers.", parts=("customer_orders", "buyers")),
    Measure("repeat_customers", "Repeat customers", "count", "Customers with two or more orders.",
            needs=("customer_key",), key=lambda t: t.customer_key, among=_sale, least_orders=2),
    Measure("repeat_rate", "Repeat purchase rate", "share",
            "Customers with two or more orders, divided by buying customers.", parts=("repeat_customers", "buyers")),
    Measure("first_day", "First day", "day", "Day of the first line.", 0, whole=lambda t: t.ordered_at.min().date()),
    Measure("last_day", "Last day", "day", "Day of the last line.", 0, whole=lambda t: t.ordered_at.max().date()),
)
