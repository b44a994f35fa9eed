"""The shell of a page, without what would keep visitors who left in memory."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.views.lettering import THEMED

#: The ripple alone hardly shows where the keyboard is.
FOCUS = {"components": {"MuiButtonBase": {"styleOverrides": {"root": {
    "&.Mui-focusVisible": {"outline": "2px solid #3b82f6", "outlineOffset": "-2px"},
}}}}}  # fmt: skip


def shell_page(**parameters):
    """Return a page that does not follow how busy the process is.

    panel-material-ui 0.16.6 ties each page to process-wide state: that would keep closed visitors in memory for ever
    and tell every visitor of every other one's callbacks.
    """
    before = pn.state.param.watchers.get("busy", {}).get("value", [])[:]
    page = pmui.Page(busy_indicator=None, theme_config=FOCUS, **parameters)
    # It would find them in the document's theme; but a change, which comes as an event, would keep visitors in memory.
    page._custom_theme = list(THEMED)
    for watcher in pn.state.param.watchers["busy"]["value"][:]:
        if watcher not in before:
            pn.state.param.unwatch(watcher)
    return page
