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
