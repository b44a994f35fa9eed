"""What stands in place of the workbench where there is none: the page was not opened, or closed after a while."""

from urllib.parse import parse_qsl

import panel as pn
import panel_material_ui as pmui

from retail_panel.pages.alert import alert
from retail_panel.pages.embed import FRAMELESS, Embed
from retail_panel.pages.plain_text import plain
from retail_panel.pages.shell_page import shell_page

PLACE = {"padding": "10px 14px 40px", "gap": "12px"}


def not_opened(reason, title):
    """Return what a visitor sees who may not open one page more, below the title of the workbench."""
    query = pn.state.location.search if pn.state.location is not None else ""
    is_embedded = Embed.asked(dict(parse_qsl((query or "").lstrip("?")))).is_on
    words = [alert("warning", plain(str(reason)), title="This page was not opened"), _again("Try again")]
    return shell_page(
        title=title, sidebar=[], sx=FRAMELESS if is_embedded else {},
        main=[pmui.Column(*words, sizing_mode="stretch_width", margin=0, sx=PLACE)],
    )  # fmt: skip


def closed_after(minutes):
    """Return what a visitor sees whose page was closed because nobody used it."""
    span = "a minute" if minutes == 1 else f"{minutes:,} minutes"
    words = f"Nobody used this page for {span}, so it was closed. It opens again as it was."
    return [alert("info", plain(words), title="Closed"), _again("Open it again")]


def login_ended():
    """Return what a visitor sees whose login has ended, or holds other rows and rights now."""
    words = "What was chosen stands in the address, and comes back once you have logged in."
    return [alert("info", plain(words), title="Your login has ended"), _again("Log in and go on")]


def _again(label):
    return pmui.Button(label=label, on_click=lambda event: _load_again())


def _load_again():
    pn.state.location.reload = True
