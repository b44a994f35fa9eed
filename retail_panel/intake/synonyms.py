"""What columns and values are usually called: data that recognition and cleaning look up.

Column names are compared in lower case with words joined by underscores: ``InvoiceNo`` and ``Invoice No.`` are both
``invoice_no``. Within a role, earlier names win.
"""

from dataclasses import dataclass, field

_BRAND = "brand brand_name banner trading_name fascia"
_STORE = (
    "store store_id store_name store_code shop shop_id shop_name branch branch_id outlet site location "
    "location_name location_id pos_location warehouse"
)
_CHANNEL = "channel sales_channel purchase_channel order_channel source source_name order_source created_via platform"
_CUSTOMER = (
    "customer_id customer_no customer_number customer_key customer_code cust_id customer client_id client "
    "member_id loyalty_id loyalty_card loyalty_card_id card_id shopper_id user_id buyer_id account_id "
    "customer_user contact_id household_key customer_email billing_email email_billing email"
)
_ORDER = (
    "order_id order_number order_no order invoice_no invoice_id invoice_number invoice transaction_id "
    "transaction_no transaction_number receipt_id receipt_no receipt_number receipt ticket_id ticket_no basket_id "
    "document_id document_no bill_no order_number_formatted"
)
_PRODUCT = (
    "product_id product_code sku item_sku product_sku stock_code stockcode item_code item_id article_no "
    "article_number article_id article product item_product_id variant_sku upc ean barcode product_no item"
)
_CATEGORY = "category product_category category_name product_type department product_group item_category product_line"

#: Role -> names, for each table.
NAMES = {
    "order_line": {
        "ordered_at": "ordered_at order_date order_datetime date_created created_at order_created_at order_timestamp "
        "order_purchase_timestamp purchase_date purchased_at purchase_datetime invoice_date "
        "invoice_datetime transaction_date transaction_datetime transaction_timestamp sale_date sales_date "
        "sold_at date_of_purchase date_paid paid_at paid_date date_time datetime timestamp event_time date "
        "day order_time transaction_time time bestelldatum datum",
        "clock": "time time_of_day order_time transaction_time sale_time purchase_time",
        "order_id": _ORDER,
        "customer_id": _CUSTOMER,
        "amount": "amount line_amount line_total line_value item_total purchase_amount sales_amount sale_amount "
        "transaction_amount net_amount net_sales total_amount sales_value extended_price dollar_value "
        "total_price total_sales sales revenue spend amount_spent value turnover gross_amount total subtotal "
        "order_total order_amount umsatz betrag",
        "quantity": "quantity qty item_quantity item_qty quantity_ordered quantity_sold units units_sold "
        "number_of_items number_of_cds quantity_refund order_quantity pieces menge",
        "price": "unit_price price item_price price_per_unit price_each selling_price unit_selling_price sale_price "
        "item_cost preis",
        "list_amount": "list_amount list_total amount_before_discount line_subtotal item_subtotal original_amount",
        "list_price": "list_price compare_at_price original_price regular_price rrp msrp recommended_price",
        "discount": "line_discount item_discount lineitem_discount",
        "unit_cost": "unit_cost cost_price cost_per_unit cost_per_item cost",
        "kind": "kind transaction_type sale_type line_type order_type price_type type",
        "tier": "tier customer_tier loyalty_tier membership_tier loyalty_level member_level membership_level membership",
        "currency": "currency currency_code order_currency iso_currency",
        "brand": _BRAND,
        "channel": _CHANNEL,
        "store": _STORE,
        "country": "country country_name country_code billing_country country_code_billing country_billing "
        "shipping_country country_code_shipping region territory market",
        "category": _CATEGORY,
        "product": _PRODUCT,
        "description": "description product_name item_name product_title item_description product_description "
        "article_name title",
    },
    "stock": {
        "day": "day stock_date snapshot_date inventory_date count_date counted_on as_of date datum timestamp",
        "product": _PRODUCT,
        "on_hand": "on_hand stock_on_hand quantity_on_hand qty_on_hand units_on_hand onhand on_hand_quantity stock_level "
        "inventory_level closing_stock stock inventory available",
        "unit_cost": "unit_cost cost_price cost_per_unit cost",
        "brand": _BRAND,
        "store": _STORE,
        "category": _CATEGORY,
    },
    "feedback": {
        "given_at": "given_at feedback_date feedback_at answered_at responded_at response_date submitted_at survey_date "
        "review_date created_at date datetime timestamp day",
        "score": "score rating nps csat nps_score csat_score satisfaction satisfaction_score stars",
        "scale": "scale metric survey_type score_type survey",
        "customer_id": _CUSTOMER,
        "order_id": _ORDER,
        "brand": _BRAND,
        "channel": _CHANNEL,
        "store": _STORE,
    },
}
NAMES = {table: {role: tuple(names.split()) for role, names in roles.items()} for table, roles in NAMES.items()}

TIME_ROLES = ("ordered_at", "day", "given_at")
NUMBER_ROLES = ("amount", "quantity", "price", "list_amount", "list_price", "discount", "unit_cost", "on_hand", "score")


@dataclass(frozen=True)
class Layout:
    """A well-known export: the names that give it away and what they mean there.

    `carry` are roles filled only on the first line of an order; `fill` gives a role whose blanks take another role's
    value; `shut` are columns that look like something but are totals of the whole order.
    """

    name: str
    needs: tuple
    roles: dict
    carry: tuple = ()
    fill: dict = field(default_factory=dict)
    shut: tuple = ()
    invoice_letters: bool = False


LAYOUTS = (
    Layout(
        "UCI Online Retail",
        ("stock_code", "invoice_date", "quantity"),
        {"ordered_at": "invoice_date", "product": "stock_code"},
        invoice_letters=True,
    ),
    Layout(
        "Shopify orders",
        ("name", "lineitem_quantity", "lineitem_price"),
        {
            "order_id": "name",
            "ordered_at": "created_at",
            "customer_id": "email",
            "quantity": "lineitem_quantity",
            "price": "lineitem_price",
            "list_price": "lineitem_compare_at_price",
            "discount": "lineitem_discount",
            "product": "lineitem_sku",
            "description": "lineitem_name",
            "channel": "source",
            "currency": "currency",
            "country": "billing_country",
            "store": "location",
        },
        carry=("ordered_at", "customer_id", "channel", "currency", "country", "store"),
        fill={"product": "description"},
        shut=(
            "total",
            "subtotal",
            "discount_amount",
            "id",
            "paid_at",
            "vendor",
            "refunded_amount",
            "outstanding_balance",
            "shipping",
            "taxes",
        ),
    ),
    Layout(
        "WooCommerce order items",
        ("item_name", "item_total"),
        {
            "amount": "item_total",
            "list_amount": "item_subtotal",
            "quantity": "item_quantity",
            "product": "item_sku",
            "description": "item_name",
        },
        fill={"product": "description"},
        shut=("order_total", "total", "subtotal", "cost", "type", "source", "item_id"),
    ),
    Layout(
        "WooCommerce advanced export",
        ("order_number", "item_name", "item_cost"),
        {"price": "item_cost", "product": "sku", "description": "item_name"},
        fill={"product": "description"},
        shut=("order_total_amount", "order_subtotal_amount", "total", "cost", "type", "source", "item"),
    ),
)


@dataclass(frozen=True)
class Headerless:
    """A known file without a header: one pattern and role (or None) per column."""

    name: str
    columns: tuple


HEADERLESS = (
    Headerless(
        "CDNOW sample",
        (
            ("customer_id", r"\d{5}"),
            (None, r"\d{4}"),
            ("ordered_at", r"(19|20)\d{6}"),
            ("quantity", r"\d{1,3}"),
            ("amount", r"-?\d+\.\d\d"),
        ),
    ),
    Headerless(
        "CDNOW master",
        (
            ("customer_id", r"\d{5}"),
            ("ordered_at", r"(19|20)\d{6}"),
            ("quantity", r"\d{1,3}"),
            ("amount", r"-?\d+\.\d\d"),
        ),
    ),
)

#: Texts that mean "no value", in lower case. "NA" is kept in a country column, where it is Namibia.
MISSING = ("", "nan", "null", "none", "n/a", "#n/a", "na", "nat", "<na>", "(null)", "\\n")
NO_CUSTOMER = ("guest", "anonymous", "walk-in", "walk in", "unknown", "-")

KIND_WORDS = {
    "Return": (
        "return",
        "returned",
        "returns",
        "refund",
        "refunded",
        "refunds",
        "credit",
        "credit note",
        "cancelled",
        "canceled",
        "cancellation",
        "retoure",
        "storno",
    ),
    "Discount": ("discount", "discounted", "promotion", "promo", "promotional", "clearance", "markdown", "reduced"),
    "Full Price": (
        "full price",
        "full_price",
        "fullprice",
        "full",
        "regular",
        "regular price",
        "sale",
        "sold",
        "purchase",
        "order",
        "normal",
        "standard",
    ),
}

CURRENCY_SIGNS = {
    "£": "GBP",
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "zł": "PLN",
    "Kč": "CZK",
    "R$": "BRL",
}
CURRENCY_CODES = [
    "GBP",
    "EUR",
    "USD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "ISK",
    "TRY",
    "UAH",
    "RUB",
    "AUD",
    "NZD",
    "CAD",
    "MXN",
    "BRL",
    "ARS",
    "CLP",
    "COP",
    "PEN",
    "JPY",
    "CNY",
    "HKD",
    "TWD",
    "KRW",
    "INR",
    "IDR",
    "MYR",
    "PHP",
    "SGD",
    "THB",
    "VND",
    "ZAR",
    "NGN",
    "KES",
    "EGP",
    "MAD",
    "AED",
    "SAR",
    "QAR",
    "KWD",
    "ILS",
    "PKR",
    "BDT",
    "LKR",
]
