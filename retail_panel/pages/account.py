"""Who is logged in, the way out, and for admins what everybody did."""

import functools
import json
from html import escape

import panel as pn
import panel_material_ui as pmui

from retail_panel.pages.table import table_html, table_pane

COLUMNS = ("When (UTC)", "Who", "What", "From", "About")
MOST = 200
#: On a phone the table is pushed sideways rather than squeezed.
LEAST_WIDTH = "table { min-width: 640px; }"
#: As wide as a phone lets it be; the cross is grey on grey otherwise.
DIALOG = {
    "& .MuiDialog-paper": {"margin": "12px", "width": "calc(100% - 24px)", "maxHeight": "calc(100% - 24px)"},
    "& .MuiIconButton-root": {"color": "text.primary"},
}  # fmt: skip
LINK = "a { font-size: 13px; color: inherit; } p { margin: 2px 0; font-size: 13px; overflow-wrap: anywhere; }"


class Account:
    """The end of the sidebar; nothing where there is no login.

    Parameters
    ----------
    session : Session
        The visitor.
    audit : retail_panel.portal.audit.Audit or None
        What everybody did; None without a login.
    """

    def __init__(self, session, audit):
        self._session, self._audit = session, audit
        self.layout = []
        if audit is None:
            return
        person = session.person
        words = pn.pane.HTML(
            f'<p><b>{escape(person.name)}</b> · {escape(person.role)}</p>'
            f'<a href="{pn.state.rel_path or "."}/logout" target="_top">Log out</a>',
            stylesheets=[LINK], margin=(4, 10), css_classes=["account"],
        )  # fmt: skip
        self.layout = [pmui.Typography("You", variant="overline", margin=(10, 10, 0, 10)), words]
        if person.may("admin"):
            self._text = pmui.TextInput(
                label="Who, what, from where", size="small", margin=(6, 4), sizing_mode="stretch_width"
            )
            self._text.param.watch(lambda event: self.search(), "value")
            self._rows = table_pane([], COLUMNS, css_classes=["audit"], styles={"overflow-x": "auto"})
            self._rows.stylesheets = [*self._rows.stylesheets, LEAST_WIDTH]
            self.panel = pmui.Dialog(
                self._text, self._rows, title=f"Audit, the latest {MOST}", show_close_button=True, width_option="lg",
                sx=DIALOG,
            )  # fmt: skip
            button = pmui.Button(label="Audit", icon="manage_search", variant="outlined", size="small", margin=(6, 10),
                                 on_click=lambda event: self._open())  # fmt: skip
            self.layout += [button, self.panel]

    def _open(self):
        self._session.record("saw", page="audit")
        self.panel.open = True
        self.search()

    def search(self):
        """Show the latest records that contain the text."""
        if not self._session.person.may("admin"):
            return
        text, audit = self._text.value or "", self._audit

        def work(ticket):
            yield functools.partial(self._show, audit.search(text, most=MOST))

        self._session.answers.make(work, self._fail)

    def _show(self, found):
        rows = [(f"{moment:%Y-%m-%d %H:%M:%S}", who, what, place, _words(facts))
                for moment, who, what, place, facts in found]  # fmt: skip
        self._rows.object = table_html(rows, COLUMNS)

    def _fail(self, error):
        self._session.problem = f"The audit could not be read: {error}"


def _words(facts):
    return "; ".join(f"{name} {value}" for name, value in json.loads(facts).items() if value not in ("", None))
