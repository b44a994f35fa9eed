import math
from dataclasses import FrozenInstanceError, fields
from datetime import date

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.settings import ORIGINS, Settings, describe, in_force, load_settings


def test_defaults_without_environment_and_file():
    assert load_settings({}) == Settings()
    assert Settings().store == "duckdb://"
    assert Settings().currency == "GBP"


def test_given_wins_over_environment_over_file(tmp_path):
    file = tmp_path / "shop.toml"
    file.write_text('title = "File"\ncurrency = "EUR"\nrefresh_ms = 250\n')
    environ = {"RETAIL_PANEL_SETTINGS": str(file), "RETAIL_PANEL_TITLE": "Environment", "RETAIL_PANEL_CURRENCY": "USD"}
    settings = load_settings(environ, currency="CHF", replay=None)
    assert (settings.title, settings.currency, settings.refresh_ms) == ("Environment", "CHF", 250)


def test_empty_variable_counts_as_not_set_and_strangers_are_left_alone():
    environ = {"RETAIL_PANEL_REFRESH_MS": "", "RETAIL_PANEL_PORT": "tcp://10.0.0.1:5006"}
    assert load_settings(environ) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("replay_from", "2011-06-01", date(2011, 6, 1)),
        ("replay_from", "0.25", 0.25),
        ("replay_speed", "inf", math.inf),
        ("replay_speed", "3600", 3600.0),
        ("memory_limit", "1.5 GiB", "1.5 GiB"),
        ("engine_threads", "2", 2),
        ("embed_origins", "https://a.example, http://b:81 https://a.example", ("https://a.example", "http://b:81")),
        ("embed_origins", "https://[::1]:8443", ("https://[::1]:8443",)),
        ("browser_brush", "no", False),
        ("browser_brush", "yes", True),
    ],
)
def test_values_are_parsed(name, text, value):
    assert getattr(load_settings({f"RETAIL_PANEL_{name.upper()}": text}), name) == value


def test_toml_dates_are_days(tmp_path):
    file = tmp_path / "shop.toml"
    file.write_text("replay_from = 2011-06-01\n")
    assert load_settings({}, file).replay_from == date(2011, 6, 1)


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("refresh_ms", "soon", "a whole number from 100 to 3600000"),
        *[("embed_origins", text, ORIGINS.allowed) for text in (
            "*", "https://*.example.com", "portal.example.com", "https://portal.example.com/", "https://a.example; b",
            "https://a.example\r\nX: y", "ftp://a.example", "https://A.example", "'self'", "null",
        )],
        ("refresh_ms", "5", "a whole number from 100 to 3600000"),
        ("workers", "0", "a whole number from 1 to 256"),
        ("currency", "pounds", "an ISO 4217 code such as GBP"),
        ("replay_speed", "0", "a number above 0, or inf"),
        ("replay_speed", "nan", "a number above 0, or inf"),
        ("replay_from", "1.5", "a day as yyyy-mm-dd, or a share of the span from 0 to 1"),
        ("replay_from", "2011-13-01", "a day as yyyy-mm-dd, or a share of the span from 0 to 1"),
        ("memory_limit", "lots", "a size such as 512MB or 4GB"),
        ("browser_brush", "maybe", "yes or no"),
        ("store", "retail.duckdb", "a URL such as duckdb:// or duckdb:///retail.duckdb"),
    ],
)
def test_error_names_setting_value_and_what_is_allowed(name, text, allowed):
    variable = f"RETAIL_PANEL_{name.upper()}"
    with pytest.raises(UnusableInput) as caught:
        load_settings({variable: text})
    assert str(caught.value) == f"setting {name} ({variable}): {text!r}; allowed: {allowed}"


def test_file_that_cannot_be_used(tmp_path):
    with pytest.raises(UnusableInput, match="No such file"):
        load_settings({}, tmp_path / "none.toml")
    file = tmp_path / "bad.toml"
    file.write_text("title = \n")
    with pytest.raises(UnusableInput, match=r"bad\.toml"):
        load_settings({}, file)
    file.write_text("titel = 'x'\n")
    with pytest.raises(UnusableInput, match="'titel' .* is unknown; allowed: store, source"):
        load_settings({}, file)
    file.write_text("title = ['x']\n")
    with pytest.raises(UnusableInput, match=r"setting title .*\['x'\]"):
        load_settings({}, file)


def test_every_setting_is_described():
    rows = describe()
    assert [row["name"] for row in rows] == [f.name for f in fields(Settings) if f.name != "origins"]
    assert all(row["help"].endswith(".") and row["allowed"] for row in rows)


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().title = "x"


def test_each_setting_says_where_it_comes_from(tmp_path):
    file = tmp_path / "shop.toml"
    file.write_text('title = "File"\n')
    environ = {"RETAIL_PANEL_SETTINGS": str(file), "RETAIL_PANEL_CURRENCY": "EUR"}
    found = {name: (value, origin) for name, value, origin in in_force(load_settings(environ, refresh_ms="500"))}
    assert found["title"] == ("File", str(file))
    assert found["currency"] == ("EUR", "RETAIL_PANEL_CURRENCY")
    assert found["refresh_ms"] == ("500", "command line")
    assert found["workers"] == ("4", "default")
    assert found["feed"] == ("", "default")
    assert list(found) == [row["name"] for row in describe()]


def test_users_and_passwords_in_urls_are_hidden():
    settings = load_settings({"RETAIL_PANEL_SOURCE": "postgresql+psycopg://ann:hunter2@db.example/shop#orders"})
    shown = {name: value for name, value, _ in in_force(settings)}
    assert shown["source"] == "postgresql+psycopg://(hidden)@db.example/shop#orders"
    assert shown["store"] == "duckdb://"
