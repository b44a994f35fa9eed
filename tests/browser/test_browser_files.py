"""Files that the server makes while one waits: each lands once, under its name, with what it should hold."""

import io

import pandas as pd
import pytest
from screen import until

pytestmark = pytest.mark.browser


def test_the_audience_lands_as_a_file_of_each_kind(visit, demo_server, lines):
    screen = visit(demo_server.url, "sel.channel=Online")
    screen.tab("Customers")
    page = screen.page
    sold = lines[(lines.channel == "Online") & lines.customer_id.notna()]
    page.get_by_text("selected customers as a file").first.wait_for(timeout=60_000)
    readers = {
        "CSV": ("csv", lambda file: pd.read_csv(file, dtype={"customer_id": str})),
        "Excel": ("xlsx", lambda file: pd.read_excel(file, dtype={"customer_id": str})),
        "Parquet": ("parquet", pd.read_parquet),
    }
    found = {}
    for kind, (suffix, read) in readers.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).click()
        assert download.value.suggested_filename.startswith("customers-channel-is-online-")
        assert download.value.suggested_filename.endswith(f".{suffix}")
        found[kind] = read(io.BytesIO(download.value.path().read_bytes()))
        until(page.get_by_role("button", name=kind).is_enabled, "the button at rest")
    for frame in found.values():
        assert frame.customer_id.tolist() == found["CSV"].customer_id.tolist()
    assert set(found["CSV"].customer_id) <= set(sold.customer_id) and len(found["CSV"]) > 100


def test_the_report_lands_as_a_file(visit, demo_server):
    screen = visit(demo_server.url)
    with screen.page.expect_download(timeout=120_000) as download:
        screen.page.get_by_role("button", name="Report of this view, to read and to print").click()
    assert download.value.suggested_filename.endswith(".html")
    assert download.value.path().read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
