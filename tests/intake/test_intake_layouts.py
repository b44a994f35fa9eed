"""Known exports: what their columns mean, and the lines that come out."""

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.intake import Mapping, inspect, readings

SEED = """customer_id,purchase_amount,purchase_date,channel,product_category,transaction_type,customer_tier
1,19.04,5/21/2024,In-store,Apparel,Full Price,Gold
2,108.31,9/6/2023,Online,Home,Return,Platinum
1,5.50,12/13/2023,Online,Home,Discount,Gold
"""
UCI = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom
A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,-11062.06,,United Kingdom
536414,22139,,-56,2010-12-01 11:52:00,0.0,,United Kingdom
536365,85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
"""
SHOPIFY = """Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem discount,Source,Billing Country,Refunded Amount
#1001,ann@example.org,paid,GBP,25.00,30.00,2024-01-05 10:22:30 -0500,2,Mug,10.00,,MUG-1,0.00,web,GB,0.00
#1001,ann@example.org,,,,,,1,Tray,5.00,8.00,,0.00,,,
#1002,,paid,GBP,10.00,10.00,2024-01-06 09:00:00 -0500,1,Mug,10.00,,MUG-1,2.50,pos,GB,0.00
"""
WOO = """order_id,order_number,date_created,status,order_total,order_currency,billing_email,billing_country,item_name,\
item_sku,item_quantity,item_subtotal,item_total
11,11,2024-03-05 11:00:00,completed,45.00,GBP,a@example.org,GB,Scarf,SC-1,1,30.00,25.00
11,11,2024-03-05 11:00:00,completed,45.00,GBP,a@example.org,GB,Hat,,2,20.00,20.00
"""
WOO_ADVANCED = """Order Number,Order Status,Order Date,Email (Billing),Country Code (Billing),SKU,Item #,Item Name,\
Quantity (- Refund),Item Cost,Order Total Amount
11,Completed,2024-03-05 11:00,a@example.org,GB,SC-1,1,Scarf,1,25.00,45.00
11,Completed,2024-03-05 11:00,a@example.org,GB,HT-1,2,Hat,2,10.00,45.00
"""


def column(rows, name):
    return rows[name].to_pylist()


def test_seed_layout(write, cleaned):
    rows, _, plan = cleaned(write(SEED))
    assert column(rows, "amount") == [190_400, -1_083_100, 55_000]
    assert column(rows, "kind") == ["Full Price", "Return", "Discount"]
    assert column(rows, "is_return") == [False, True, False]
    assert [str(t) for t in column(rows, "ordered_at")] == [
        "2024-05-21 00:00:00", "2023-09-06 00:00:00", "2023-12-13 00:00:00",
    ]  # fmt: skip
    assert column(rows, "tier") == ["Gold", "Platinum", "Gold"]
    assert plan.decisions["dates"].startswith("month-first")
    assert inspect(write(SEED)).counts["turned"] == {"rows": 1, "value": 108.31}


def test_seed_layout_with_negative_returns_is_not_turned(write, cleaned):
    path = write(SEED.replace("108.31", "-108.31"))
    rows, _, _ = cleaned(path)
    assert column(rows, "amount")[1] == -1_083_100
    assert inspect(path).counts["turned"] == {"rows": 0, "value": 0.0}


def test_the_mapping_decides_on_the_sign_of_returns(write, cleaned):
    rows, _, _ = cleaned(write(SEED), returns="negative")
    assert column(rows, "amount")[1] == 1_083_100
    assert "1 returns have a positive amount" in inspect(write(SEED), Mapping(returns="negative")).notes[0]


def test_uci_layout(write, cleaned):
    rows, aside, _ = cleaned(write(UCI))
    assert aside.num_rows == 0
    assert column(rows, "customer_id") == ["17850", "14527", None, None, "17850"]
    assert column(rows, "amount") == [153_000, -275_000, -110_620_600, 0, 153_000]
    assert column(rows, "kind") == ["Full Price", "Return", "Full Price", "Full Price", "Full Price"]
    assert column(rows, "is_adjustment") == [False, False, True, False, False]
    assert column(rows, "is_zero_price") == [False, False, False, True, False]
    assert column(rows, "is_duplicate") == [False, False, False, False, True]
    assert column(rows, "quantity") == [6, -1, 1, -56, 6]
    assert inspect(write(UCI)).counts["negative_price_rows"] == 1


def test_shopify_order_columns_are_carried_down(write, cleaned):
    rows, aside, plan = cleaned(write(SHOPIFY))
    assert plan.layout == "Shopify orders"
    assert aside.num_rows == 0
    assert column(rows, "order_id") == ["#1001", "#1001", "#1002"]
    assert column(rows, "customer_id") == ["ann@example.org", "ann@example.org", None]
    assert [str(t) for t in column(rows, "ordered_at")] == ["2024-01-05 10:22:30"] * 2 + ["2024-01-06 09:00:00"]
    assert column(rows, "amount") == [200_000, 50_000, 75_000]
    assert column(rows, "list_amount") == [None, 80_000, None]
    assert column(rows, "kind") == ["Full Price", "Discount", "Full Price"]
    assert column(rows, "product") == ["MUG-1", "Tray", "MUG-1"]
    assert column(rows, "currency") == ["GBP"] * 3
    assert column(rows, "channel") == ["web", "web", "pos"]


def test_shopify_orders_are_carried_across_blocks(write, cleaned, monkeypatch):
    monkeypatch.setattr("retail_panel.intake.text_stream.CHUNK_BYTES", 300)
    head, *lines = SHOPIFY.splitlines()
    rows, _, _ = cleaned(write("\n".join([head, lines[0], *[lines[1]] * 50])))
    assert column(rows, "channel") == ["web"] * 51
    assert len(set(column(rows, "ordered_at"))) == 1


@pytest.mark.parametrize("text", [WOO, WOO_ADVANCED])
def test_woocommerce_lines(write, cleaned, text):
    rows, aside, plan = cleaned(write(text))
    assert plan.layout.startswith("WooCommerce")
    assert aside.num_rows == 0
    assert column(rows, "order_id") == ["11", "11"]
    assert column(rows, "amount") == [250_000, 200_000]
    assert column(rows, "customer_id") == ["a@example.org"] * 2
    assert column(rows, "country") == ["GB"] * 2
    assert column(rows, "description") == ["Scarf", "Hat"]


def test_woocommerce_discount_shows_against_the_list_amount(write, cleaned):
    rows, _, _ = cleaned(write(WOO))
    assert column(rows, "kind") == ["Discount", "Full Price"]
    assert column(rows, "product") == ["SC-1", "Hat"]


def test_cdnow_with_and_without_a_header(write, cleaned):
    lines = " 00001 19970101  1   11.77\r\n 00002 19970112  5   77.00\r\n"
    rows, _, _ = cleaned(write(" customer_id  date number_of_cds  dollar_value\r\n" + lines, "master.txt"))
    assert column(rows, "customer_id") == ["00001", "00002"]
    assert column(rows, "amount") == [117_700, 770_000]
    rows, _, plan = cleaned(
        write(lines.replace("1 1997", "1 0001 1997").replace("2 1997", "2 0002 1997"), "sample.txt")
    )
    assert plan.layout == "CDNOW sample"
    assert column(rows, "quantity") == [1, 5]


def test_unknown_names_are_mapped_by_a_file(write, cleaned):
    text = "wann;was;wieviel;laden\n31.12.2023;Hut;1.299,00;Ulm\n01.11.2023;Hut;19,00;Ulm\n"
    with pytest.raises(UnusableInput, match="no column was recognised as amount"):
        inspect(write(text))
    mapping = Mapping.read(write(
        '[columns]\nordered_at = "wann"\namount = "wieviel"\nproduct = "was"\nstore = "laden"\n'
        '[constants]\nbrand = "Ash & Oak"\n[options]\noutliers = 3.0\n', "m.toml"))  # fmt: skip
    (reading,) = readings(write(text), mapping)
    ((_, result),) = reading.batches()
    assert column(result.rows, "amount") == [12_990_000, 190_000]
    assert column(result.rows, "brand") == ["Ash & Oak"] * 2
    assert column(result.rows, "store") == ["Ulm"] * 2


def test_an_empty_column_leaves_a_role_out(write, cleaned):
    rows, _, plan = cleaned(write(SEED), columns={"tier": ""})
    assert column(rows, "tier") == [None] * 3
    assert "customer_tier" in plan.ignored


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1\n", "key 'colour' is not known"),
        ('[columns]\nprize = "a"\n', "role under .columns. 'prize'"),
        ('[options]\ndecimal_mark = "!"\n', "decimal_mark '!'"),
        ('[options]\ntimezone = "Europe/Nowhere"\n', "timezone 'Europe/Nowhere'"),
        ('[options]\ndate_format = "backwards"\n', "date_format 'backwards'"),
        ("[options]\noutliers = 0\n", "outliers 0"),
        ("[columns\n", "not TOML"),
    ],
)
def test_mapping_files_are_checked(write, text, message):
    with pytest.raises(UnusableInput, match=message):
        Mapping.read(write(text, "m.toml"))


def test_a_mapping_that_names_a_column_that_is_not_there(write):
    with pytest.raises(UnusableInput, match="names column 'Sold on' for ordered_at, which is not there"):
        inspect(write(SEED), Mapping(columns={"ordered_at": "Sold on"}))


def test_stock_and_feedback_are_told_apart(write, cleaned):
    rows, aside, plan = cleaned(
        write("day,store,product,on_hand,unit_cost\n2024-01-31,Leeds,A,5,1.25\n2024-01-31,Leeds,,5,1\n")
    )
    assert plan.table == "stock"
    assert rows.to_pylist()[0]["unit_cost"] == 12_500
    assert aside["reason"].to_pylist() == ["product is missing"]
    rows, aside, plan = cleaned(
        write("submitted_at,customer,score,survey_type\n2024-01-31 10:00,a,9,NPS\n2024-01-31,b,9,CSAT\n")
    )
    assert plan.table == "feedback"
    assert column(rows, "score") == [9]
    assert aside["reason"].to_pylist() == ["score is not a whole number from 1 to 5 as CSAT needs"]
    _, _, plan = cleaned(write("date,rating\n2024-01-31,5\n2024-01-31,1\n"))
    assert plan.constants["scale"] == "CSAT"


def test_a_clock_in_a_column_of_its_own(write, cleaned):
    rows, _, _ = cleaned(write("date,time,amount\n2024-01-31,09:05,1\n2024-01-31,21:30:15,1\n2024-01-31,,1\n"))
    assert [str(t) for t in column(rows, "ordered_at")] == [
        "2024-01-31 09:05:00", "2024-01-31 21:30:15", "2024-01-31 00:00:00",
    ]  # fmt: skip


def test_letters_before_all_order_ids_are_not_cancellations(write, cleaned):
    rows, _, _ = cleaned(write("order_id,date,amount\nC1001,2024-01-31,5\nC1002,2024-01-31,6\n"))
    assert column(rows, "is_return") == [False, False]


def test_offsets_are_kept_as_written_or_turned_to_the_shops_zone(write, cleaned):
    path = write("created_at,amount\n2024-07-01T12:00:00Z,1\n2024-07-01T12:00:00+05:00,1\n")
    rows, _, plan = cleaned(path)
    assert [t.hour for t in column(rows, "ordered_at")] == [12, 12]
    assert "2 stamps carry an offset" in plan.decisions["time_zone"]
    rows, _, _ = cleaned(path, timezone="Europe/London")
    assert [t.hour for t in column(rows, "ordered_at")] == [13, 8]
