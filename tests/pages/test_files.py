"""Files of a chart: each kind holds the table as it is when it is asked for, and is named by content and day."""

import datetime
import io

import pandas as pd
import pyarrow.parquet as pq
import pytest
from bokeh.models import Plot

from pages.visitor import all_of, one, press
from retail_panel.pages.files import ChartSaver, files


@pytest.fixture
def buttons(desk):
    """The files of a chart that shows one channel whose name a spreadsheet would run."""
    frame = pd.DataFrame({"Channel": ["=1+1", "Online"], "Net sales": [10.5, 2.0]})
    day, units = datetime.date(2024, 6, 30), {"Net sales": "money"}
    return files(desk.session, ("Net sales by channel",), lambda: frame, day, units, Plot())


@pytest.fixture
def file_of(desk, buttons):
    """Returns name and content of the file that a button brings."""

    def take(label):
        press(one(buttons, "Button", label=label))
        desk.settle()
        name, _, content = desk.session.file
        return name, content

    return take


def test_each_kind_is_named_and_holds_the_table(file_of):
    name, csv = file_of("CSV")
    assert name == "net-sales-by-channel-2024-06-30.csv"
    assert csv.decode("utf-8-sig").splitlines()[1] == "\"'=1+1\",10.5"
    name, sheet = file_of("Excel")
    assert name.endswith(".xlsx")
    assert pd.read_excel(io.BytesIO(sheet))["Channel"].tolist() == ["'=1+1", "Online"]
    name, parquet = file_of("Parquet")
    assert pq.read_table(io.BytesIO(parquet)).column("Channel").to_pylist() == ["=1+1", "Online"]


def test_pictures_only_of_what_is_drawn(desk, buttons):
    (saver,) = all_of(buttons, "ChartSaver")
    assert isinstance(saver, ChartSaver) and saver.file == "net-sales-by-channel-2024-06-30"
    assert not all_of(files(desk.session, ("Customers",), pd.DataFrame), "ChartSaver")


def test_without_openpyxl_excel_is_off(desk, monkeypatch):
    monkeypatch.setattr("retail_panel.pages.files.find_spec", lambda name: None)
    found = files(desk.session, ("Customers",), pd.DataFrame)
    assert [button.label for button in all_of(found, "Button") if button.disabled] == ["Excel"]
