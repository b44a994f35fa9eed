"""Words that stand out: an alert of the shell, without the room that it leaves for a title."""

import panel_material_ui as pmui

#: The text comes as a paragraph, whose own margins would push it below its icon.
TIGHT = {"& p": {"margin": 0}, "& .MuiAlert-message": {"padding": "7px 0"}}


def alert(severity, words="", margin=4, **params):
    """Return an alert as wide as its place, hidden while it has nothing to say.

    Parameters
    ----------
    severity : str
        ``error``, ``warning`` or ``info``.
    words : str
        Markdown.
    margin : int
        Pixels.
    **params
        Further parameters of ``pmui.Alert``.
    """
    shown = {"visible": bool(words), **params}
    return pmui.Alert(object=words, severity=severity, margin=margin, sizing_mode="stretch_width", sx=TIGHT, **shown)


class Notice:
    """An alert in a layout, which is made and put there once it has something to say.

    Each part of a page takes the server and the browser some milliseconds, and most alerts never come.

    Parameters
    ----------
    layout : pmui.Column or the like
        Where it belongs.
    place : int or None
        Before which of the layout's parts; None means behind all.
    severity, **params
        As :func:`alert` takes them.
    """

    def __init__(self, layout, place, severity, **params):
        self._layout, self._place, self._severity, self._params = layout, place, severity, params
        self._alert = None

    def tell(self, words):
        """Show words, Markdown; none take it away."""
        if self._alert is not None:
            # An update takes as long where nothing changes, on every chart with every refresh.
            if words != self._alert.object:
                self._alert.param.update(object=words, visible=bool(words))
        elif words:
            self._alert = alert(self._severity, words, **self._params)
            self._layout.insert(len(self._layout) if self._place is None else self._place, self._alert)
