"""Widgets whose changes are taken at once."""


def prompt(widget):
    """Have what a visitor changes at a widget taken at once, and return it.

    Panel 1.9.4 waits 50 ms for more changes, which is for sliders and what one types: whoever clicks waits in vain.
    """
    widget._debounce = 0
    return widget
