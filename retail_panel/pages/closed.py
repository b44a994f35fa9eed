"""What stands in place of the workbench where there is none: the page was not opened, or closed after a while."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.pages.alert import alert
from retail_panel.pages.plain_text import plain


def not_opened(reason):
    """Return what a visitor sees who may not open one page more."""
    return pmui.Container(alert("warning", plain(str(reason)), title="This page was not opened"))


def closed_after(minutes):
    """Return what a visitor sees whose page was closed because nobody used it."""
    words = f"Nobody used this page for {minutes:,} minutes, so it was closed (setting idle_minutes)."
    return [alert("info", plain(words), title="Closed"), _again("Open it again, as it was")]


def login_ended():
    """Return what a visitor sees whose login has ended, or holds other rows and rights now."""
    words = "What was chosen stands in the address, and comes back once you have logged in."
    return [alert("info", plain(words), title="Your login has ended"), _again("Log in and go on")]


def _again(label):
    return pmui.Button(label=label, on_click=lambda event: _load_again())


def _load_again():
    pn.state.location.reload = True
