"""The published counts of the real files."""

from retail_panel.intake import inspect


def test_online_retail_agrees_with_every_published_count(real):
    report = inspect(real("online_retail.csv.gz")).to_dict()
    assert (report["rows_read"], report["rows_loaded"], report["rows_quarantined"]) == (541_909, 541_909, 0)
    expected = {
        "documents": 25_900, "transactions": 25_900, "customers": 4_372, "products": 4_070, "countries": 38,
        "rows_without_customer": 135_080, "rows_without_description": 1_454,
        "returns": {"documents": 3_836, "rows": 9_288, "value": -896_812.49}, "adjustment_rows": 3,
        "negative_price_rows": 2, "zero_price_rows": 2_515, "duplicate_rows": 5_268, "amount_sum": 9_747_747.934,
        "sales": {"rows": 397_884, "customers": 4_338, "documents": 18_532, "value": 8_911_407.904},
        "first": "2010-12-01 08:26:00", "last": "2011-12-09 12:50:00",
    }  # fmt: skip
    assert {name: report[name] for name in expected} == expected


def test_cdnow(real):
    master = inspect(real("CDNOW_master.txt.gz")).to_dict()
    assert (master["rows_loaded"], master["customers"], master["amount_sum"], master["zero_price_rows"]) == (
        69_659, 23_570, 2_500_315.63, 80,
    )  # fmt: skip
    assert (master["first"][:10], master["last"][:10]) == ("1997-01-01", "1998-06-30")
    sample = inspect(real("CDNOW_sample.txt.gz")).to_dict()
    assert (sample["rows_loaded"], sample["customers"], sample["amount_sum"]) == (6_919, 2_357, 244_091.94)
