"""The data page: what was read, what was set aside and why, and what the source lacks."""

import csv
import functools
import io
from datetime import datetime

import panel_material_ui as pmui

from retail_panel.export import FORMATS
from retail_panel.formats import NONE, format_value
from retail_panel.measures import MEASURES, available
from retail_panel.pages.file_button import FileButton
from retail_panel.pages.plain_text import plain
from retail_panel.pages.table import table_pane
from retail_panel.spreadsheet import guarded

KINDS = {"stock": "stock counts", "feedback": "feedback"}
HEAD = ("source", "table")
LISTS = (
    "quarantined", "cardinalities", "completeness", "unreadable", "mapping", "constants", "ignored", "lacks",
    "decisions", "notes", "tables", "outlier_rule",
)  # fmt: skip
#: Signs that one hardly sees by themselves.
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ".": "full stop"}
OTHERS = "What was read, and what was set aside, tells of every row; it is shown to those who may see every row."
ORDER = ("order_line", "stock", "feedback")
TIMES = ("first", "last")


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
        figures = list(_figures(report, self._session.currency))
        return _paper(
            f"{report.get('source')} · {KINDS.get(report.get('table'), 'order lines')}",
            pmui.Grid(
                _cell(_table("Counts", figures, figures=(1,))),
                _cell(_bars("Completeness", report.get("completeness", {}))),
                _cell(
                    _table("Recognised columns", [(m["column"], m["role"], m["why"])
                                                  for m in report.get("mapping", [])], ("Column", "Read as", "Why")),
                    _table("Decisions", [(_words(k), SIGNS.get(v, v)) for k, v in _decided(report).items()]),
                ),
                _cell(
                    _table("Set aside", [(q["reason"], _number(q["rows"]), _example(q))
                                         for q in report.get("quarantined", [])], ("Reason", "Rows", "Example"), (1,),
                           empty="No row was set aside."),
                    self._download(report),
                    _table("Distinct values", [(_words(k), _number(v))
                                               for k, v in report.get("cardinalities", {}).items()], figures=(1,)),
                ),
                container=True, spacing=2, sizing_mode="stretch_width", margin=0,
            ),
            *[pmui.Typography(plain(note), variant="body2", margin=(2, 4)) for note in report.get("notes", [])],
        )  # fmt: skip

    def _download(self, report):
        # The rows as they stood in the source name customers.
        if not report.get("rows_quarantined") or not self._session.person.may("see_customers"):
            return pmui.Column(margin=0)
        store, policy = self._session.store, self._session.policy
        return FileButton(
            self._session, "Download what was set aside", FORMATS["csv"].media_type,
            lambda: functools.partial(_set_aside, store, policy), "set-aside.csv",
        ).layout  # fmt: skip


def _lacking(supported, missing):
    rows = [(MEASURES[name].label, ", ".join(sorted(columns))) for name, columns in missing.items()]
    return _paper(
        "What the data does not support",
        _table("", rows, ("Figure", "Needs"), empty="Every figure of the workbench can be computed."),
        pmui.Typography(f"{len(supported)} figures are supported.", variant="body2", margin=(2, 4)),
    )


def _set_aside(store, policy, ticket):
    rows = store.ask(store.quarantine, policy, ticket)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.column_names)
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        writer.writerow([guarded(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _decided(report):
    rule = report.get("outlier_rule")
    return report.get("decisions", {}) | ({"outliers": rule} if rule else {})


def _figures(report, currency):
    for name, value in report.items():
        if name in HEAD or name in LISTS or value == "":
            continue
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, figure in parts:
            is_money = "value" in part or name == "amount_sum"
            text = format_value(figure, "money", currency) if is_money else _number(figure)
            text = _time(figure) if name in TIMES and figure else text
            yield _words(f"{name} {part}".strip()), text


def _example(reason):
    found = reason.get("examples") or [{}]
    return f"{found[0].get('position', '')}: {found[0].get('text', '')}"[:160]


def _words(name):
    return str(name).replace("_", " ").capitalize()


def _number(value):
    if value is None:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _time(text):
    at = datetime.fromisoformat(text)
    return f"{format_value(at.date())} {at:%H:%M}" if len(text) > len("2026-10-31") else format_value(at.date())


def _table(title, rows, columns=(), figures=(), empty=None):
    if not rows and empty is None:
        return pmui.Column(margin=0)
    body = table_pane(rows, columns, figures) if rows else pmui.Typography(empty, variant="body2", margin=4)
    head = [pmui.Typography(title, variant="overline", margin=(4, 4, 0, 4))] if title else []
    return pmui.Column(*head, body, sizing_mode="stretch_width", margin=0)


def _bars(title, shares):
    rows = [
        pmui.Row(
            pmui.Typography(plain(_words(name)), variant="body2", width=120, margin=(2, 4)),
            pmui.LinearProgress(value=round(share * 100), variant="determinate", sizing_mode="stretch_width",
                                margin=(12, 4), color="success" if share > 0.99 else "primary"),
            pmui.Typography(f"{share:.1%}", variant="body2", width=60, margin=(2, 4)),
            sizing_mode="stretch_width", margin=0,
        )
        for name, share in shares.items()
    ]  # fmt: skip
    head = pmui.Typography(title, variant="overline", margin=(4, 4, 0, 4))
    return pmui.Column(head, *rows, sizing_mode="stretch_width", margin=0) if shares else pmui.Column(margin=0)


def _cell(*parts):
    return pmui.Grid(*parts, size={"xs": 12, "md": 6}, margin=0)


def _paper(title, *parts):
    return pmui.Paper(
        pmui.Typography(plain(title), variant="h6", margin=4), *parts, elevation=0, variant="outlined", margin=0,
        sizing_mode="stretch_width", sx={"padding": "8px 12px", "borderRadius": "10px", "overflowX": "auto"},
    )  # fmt: skip
