"""Cards side by side: twelve columns on a wide screen, one below the other on a phone.

The grid of panel-material-ui 0.16 keeps a place's width when another card takes the place, as when a source lacks what
a card needs; here each card brings its own.
"""

import panel_material_ui as pmui

COLUMNS = {"display": "grid", "gridTemplateColumns": "repeat(12, minmax(0, 1fr))", "gap": "10px"}
#: Cards of one row are as high as the highest of them.
FILLED = ".paper { height: 100%; }"
#: Height of a card's title and buttons. The shell draws them after the chart on a first visit: all below would jump.
HEAD_PX = 30
TABLET_PX, SCREEN_PX = 600, 900


def lattice(cards):
    """Return a place for cards, each made with :func:`span`; one takes cards out and puts others in as in a list."""
    return pmui.Column(*cards, sizing_mode="stretch_width", margin=0, sx=COLUMNS)


def span(columns, on_tablet=12):
    """Return the style sheet of a card that is so many columns wide.

    Parameters
    ----------
    columns, on_tablet : int
        Of twelve, on a screen and on a tablet; on a phone it is all of them.
    """
    sizes = ((TABLET_PX, on_tablet), (SCREEN_PX, columns))
    wider = " ".join(f"@media (min-width: {px}px) {{ :host {{ grid-column: span {n}; }} }}" for px, n in sizes)
    # Panel has each part of a column begin where the row begins, and as high as what is in it.
    return f":host {{ grid-column: span 12; align-self: stretch !important; height: auto !important; }} {wider}"
