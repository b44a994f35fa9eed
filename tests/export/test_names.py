import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_panel.export.names import file_name

DAY = dt.date(2024, 6, 30)


@pytest.mark.parametrize(
    ("content", "day", "expected"),
    [
        (("customers", "Champions"), DAY, "customers-champions-2024-06-30.csv"),
        (("customers", "Can't Lose"), None, "customers-can-t-lose.csv"),
        (("Revenue by channel", "Télé/vente é"), DAY, "revenue-by-channel-tele-vente-e-2024-06-30.csv"),
        (("../../etc/passwd",), None, "etc-passwd.csv"),
        (("CON",), None, "export-con.csv"),
        (("con",), DAY, "con-2024-06-30.csv"),
        (("顧客",), DAY, "顧客-2024-06-30.csv"),
        (("Äpfel & Straße",), None, "apfel-strasse.csv"),
        (("...",), None, "export.csv"),
        ((), None, "export.csv"),
    ],
)
def test_names(content, day, expected):
    assert file_name(*content, day=day, suffix="csv") == expected


@given(st.lists(st.text(max_size=200), max_size=3), st.none() | st.dates(dt.date(1900, 1, 1)))
def test_any_name_is_safe_on_every_system(content, day):
    name = file_name(*content, day=day, suffix="xlsx")
    assert re.fullmatch(r"[^\W_](?:[^\W_]|-)*\.xlsx", name)
    assert len(name.encode()) < 150
    assert day is None or name.endswith(f"{day.isoformat()}.xlsx")
