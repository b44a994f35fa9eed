"""The data page: what was read, what was set aside and why, and what the source lacks."""

import csv
import functools
import io

import panel as pn
import panel_material_ui as pmui

from retail_panel.export import FORMATS
from retail_panel.measures import available
from retail_panel.pages.file_button import FileButton
from retail_panel.pages.report_sheet import lacking_html, report_html, sheet
from retail_panel.spreadsheet import guarded

OTHERS = "What was read, and what was set aside, tells of every row; it is shown to those who may see every row."
ORDER = ("order_line", "stock", "feedback")
PAPER = """
:host { padding: 8px 12px; border: 1px solid var(--mui-palette-divider, #e2e8f0); border-radius: 10px;
  background: var(--mui-palette-background-paper, transparent); box-sizing: border-box; }
"""


class DataPage:
    """The quality reports of every load, newest last.

    Parameters as in :class:`retail_panel.pages.study_page.StudyPage`.
    """

    def __init__(self, contents, session, details=None, touch=False):
        self._session = session
        self._shown = None
        self.layout = pmui.Column(sizing_mode="stretch_width", margin=0, sx={"gap": "12px"})
        session.param.watch(lambda event: self.follow(), ["scene", "page"])
        self.follow()

    def follow(self):
        """Ask for the reports, to show them unless they are on the screen already."""
        session = self._session
        if session.page == "data" and session.scene is not None:
            session.answers.make(functools.partial(self._read, session.scene), self._fail)

    def _read(self, scene, ticket):
        reports = self._session.store.reports()
        found = (len(reports), scene.catalogue.columns)
        if self._shown != found:
            yield functools.partial(self._show, found, reports, *available(self._session.store, self._session.policy))

    def _fail(self, error):
        self._session.problem = f"What was read could not be shown: {error}"

    def _show(self, found, reports, supported, missing):
        if self._shown == found:
            return
        self._shown = found
        if not self._session.policy.has_all_rows:
            self.layout[:] = [pmui.Typography(OTHERS, variant="body2", margin=8), _lacking(supported, missing)]
            return
        tables = [t for report in reports for t in (report.get("tables") or [report])]
        tables.sort(key=lambda table: ORDER.index(table["table"]) if table.get("table") in ORDER else 0)
        self.layout[:] = [*[self._report(table) for table in tables], _lacking(supported, missing)]

    def theme(self, dark):
        """Nothing here is drawn."""

    def _report(self, report):
        return _paper(report_html(report, self._session.currency), *self._download(report))

    def _download(self, report):
        # The rows as they stood in the source name customers.
        if not report.get("rows_quarantined") or not self._session.person.may("see_customers"):
            return []
        store, policy = self._session.store, self._session.policy
        button = FileButton(
            self._session, "Download what was set aside", FORMATS["csv"].media_type,
            lambda: functools.partial(_set_aside, store, policy), "set-aside.csv",
        )  # fmt: skip
        return [button.layout]


def _lacking(supported, missing):
    return _paper(lacking_html(supported, missing))


def _set_aside(store, policy, ticket):
    rows = store.ask(store.quarantine, policy, ticket)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.column_names)
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        writer.writerow([guarded(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _paper(html, *parts):
    return pn.Column(sheet(html), *parts, sizing_mode="stretch_width", margin=0, stylesheets=[PAPER])
