"""The shell of a page, without what would keep visitors who left in memory."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.views.lettering import THEMED

#: The ripple alone hardly shows where the keyboard is.
FOCUS = {"MuiButtonBase": {"styleOverrides": {"root": {
    "&.Mui-focusVisible": {"outline": "2px solid #3b82f6", "outlineOffset": "-2px"},
}}}}  # fmt: skip
#: A drawer over the page is lighter than dark paper, which the names of fields in it have behind them.
DRAWER = {"MuiDrawer": {"styleOverrides": {"paper": {"backgroundImage": "none"}}}}
THEME = {"components": FOCUS | DRAWER}


#: A page whose sidebar is not open moves to the left, to where the sidebar would be: out of the window if it has none.
NO_ROOM = {"& > .header + .main": {"marginLeft": 0}}


def shell_page(sx=None, **parameters):
    """Return a page that does not follow how busy the process is, and that stays in the window without a sidebar.

    panel-material-ui 0.16.6 ties each page to process-wide state: that would keep closed visitors in memory for ever
    and tell every visitor of every other one's callbacks.

    Parameters
    ----------
    sx : dict, optional
        Styles of the page.
    parameters
        Of ``panel_material_ui.Page``.
    """
    before = pn.state.param.watchers.get("busy", {}).get("value", [])[:]
    page = pmui.Page(busy_indicator=None, theme_config=THEME, sx=NO_ROOM | (sx or {}), **parameters)
    # It would find them in the document's theme; but a change, which comes as an event, would keep visitors in memory.
    page._custom_theme = list(THEMED)
    for watcher in pn.state.param.watchers["busy"]["value"][:]:
        if watcher not in before:
            pn.state.param.unwatch(watcher)
    return page
