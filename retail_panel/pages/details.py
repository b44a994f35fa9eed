"""The drawer: for a chart its table, its filter without a mouse, and how its figures are made; likewise for a tile."""

from datetime import date
from html import escape
from numbers import Number

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.coded import among, is_known
from retail_panel.crossfilter.histogram import histogram_question
from retail_panel.dimensions import DIMENSIONS
from retail_panel.figures import explain
from retail_panel.formats import format_value
from retail_panel.measures import MEASURES
from retail_panel.pages.files import files
from retail_panel.pages.move_filter import move_filter
from retail_panel.pages.plain_text import plain
from retail_panel.pages.table import table_pane

MOST_ROWS = 200


class Details:
    """One drawer for the whole page, filled when it is opened.

    Parameters
    ----------
    session : Session
        The visitor.
    """

    def __init__(self, session):
        self._session = session
        self.drawer = pmui.Drawer(anchor="right", open=False, size=420, variant="temporary")
        session.answers.hushed.append(self._hush)

    def _hush(self, error):
        """Empty the drawer: its table and files are of a selection that is no more."""
        self.drawer.open = False
        self.drawer[:] = []

    def open_tile(self, name):
        """Show how a tile's figure is made."""
        scene = self._session.scene
        if scene is None or scene.is_estimate:
            return
        conditions = among(scene.coded, self._session.selection.clauses)
        lines = scene.coded.table.filter(*conditions) if conditions else scene.coded.table
        made = explain(self._session.store, {"order_line": lines}, name)
        self._fill(made["label"], _how(scene.coded, made["definition"], made["source"], made["parts"], made["sql"]))

    def open_chart(self, card):
        """Show a chart's table, its filter and how it is made."""
        scene, chart = self._session.scene, card.chart
        if scene is None or scene.is_estimate or card.whole is None:
            return
        key = chart.key(self._session.measure)
        measure = MEASURES[key.measure]
        question = histogram_question(
            scene.coded, key.dims, [key.measure], self._session.selection.clauses, key.dims
        )
        words = [f"{measure.definition}"] + [
            f"{DIMENSIONS[name].label}: {DIMENSIONS[name].definition}" for name in chart.dims
        ]
        self._fill(
            chart.label(self._session.measure),
            pmui.Tabs(
                ("Filter", pn.Column(*[self._filter(name) for name in chart.dims], sizing_mode="stretch_width")),
                ("Table", self._table(card, measure)),
                ("Files", files(
                    self._session, (chart.label(self._session.measure),), lambda: _values(card), self._day(),
                    dict.fromkeys(("Selected", "All"), measure.unit), card.live.figure,
                )),
                ("How", _how(scene.coded, "\n\n".join(words), measure.source, [], [self._session.store.sql(question)],
                             chart.dims)),
                sizing_mode="stretch_width",
            ),
        )

    def open_study(self, card):
        """Show a study's table and how it is made."""
        answer, study = card.answer, card.study
        known = [name for name in study.dims if is_known(self._session.scene.coded, name)]
        tabs = []
        if answer is not None and not isinstance(answer, Exception):
            tabs.append(("Table", self._frame(card)))
            tabs.append(("Files", files(
                self._session, (study.title,), lambda: study.table(answer, card.look()), self._day(), study.units,
                card.figure, card.look().paper,
            )))  # fmt: skip
        if known:
            filters = [self._filter(name, card) for name in known]
            tabs.append(("Filter", pn.Column(*filters, sizing_mode="stretch_width")))
        made = pn.Column(
            pmui.Typography(study.definition, sizing_mode="stretch_width"),
            *_listing("SQL that it asks", "\n\n".join(card.statements)), sizing_mode="stretch_width",
        )  # fmt: skip
        self._fill(study.title, pmui.Tabs(*tabs, ("How", made), sizing_mode="stretch_width"))

    def _frame(self, card):
        look = card.look()
        frame, units = card.study.table(card.answer, look), card.study.units or {}
        write = lambda value, unit: look.write(value, unit) if isinstance(value, Number) else _plain(value)  # noqa: E731
        rows = [
            [write(value, units.get(name, "ratio")) for name, value in zip(frame.columns, row, strict=True)]
            for row in frame.head(MOST_ROWS).itertuples(index=False, name=None)
        ]
        figures = [i for i, name in enumerate(frame.columns) if pd.api.types.is_numeric_dtype(frame[name])]
        more = f"The first {MOST_ROWS} of {len(frame):,} rows; the files hold all of them."
        return pn.Column(
            table_pane(rows, [str(name) for name in frame.columns], figures),
            *([pmui.Typography(more, variant="body2")] if len(frame) > MOST_ROWS else []),
            sizing_mode="stretch_width",
        )  # fmt: skip

    def _day(self):
        last = self._session.scene.catalogue.last
        return last.date() if last else None

    def _fill(self, title, body):
        close = pmui.IconButton(icon="close", description="Close", size="small",
                                on_click=lambda event: setattr(self.drawer, "open", False))
        head = pmui.Row(pmui.Typography(title, variant="h6", sizing_mode="stretch_width"), close,
                        sizing_mode="stretch_width")
        self.drawer[:] = [pn.Column(head, body, sizing_mode="stretch_width", margin=10)]
        self.drawer.open = True

    def _filter(self, name, card=None):
        if DIMENSIONS[name].kind == "move":
            return move_filter(self._session, name, card)
        session, cut = self._session, self._session.scene.coded.bins[name]
        clause = session.selection.clauses.get(name)
        picked = cut.codes(clause) if clause else []
        dimension = DIMENSIONS[name]
        if dimension.kind == "category":
            widget = pmui.MultiChoice(
                label=dimension.label, options={label: i for i, label in enumerate(cut.labels)}, value=picked,
                searchable=True, sizing_mode="stretch_width",
            )  # fmt: skip
            change = lambda event: session.selection.set({name: cut.clause(sorted(event.new))})  # noqa: E731
            widget.param.watch(change, "value")
        else:
            widget = self._ends(name, cut, (picked[0], picked[-1]) if picked else (0, cut.size - 1))
        clear = pmui.Button(label="Clear this filter", size="small", variant="outlined",
                            on_click=lambda event: session.clear([name]))
        return pn.Column(widget, clear, sizing_mode="stretch_width")

    def _ends(self, name, cut, span):
        options = {label: i for i, label in enumerate(cut.labels)}
        first, last = (
            pmui.Select(label=label, options=options, value=code, searchable=True, sizing_mode="stretch_width")
            for label, code in zip(("From", "To (included)"), span, strict=True)
        )

        def change(event):
            low, high = sorted((first.value, last.value))
            self._session.selection.set({name: cut.clause(list(range(low, high + 1)))})

        first.param.watch(change, "value")
        last.param.watch(change, "value")
        return pn.Column(pmui.Typography(DIMENSIONS[name].label, variant="overline"), first, last)

    def _table(self, card, measure):
        labels = card.live.labels
        write = lambda value: format_value(value, measure.unit, self._session.currency)  # noqa: E731
        rows = [
            (label, write(part), write(whole))
            for label, part, whole in zip(labels, card.part.ravel(), card.whole.ravel(), strict=True)
        ]
        return table_pane(rows, ("", "Selected", "All"), (1, 2))


def _how(coded, definition, source, parts, statements, names=()):
    words = [definition, *([f"Made of: {', '.join(parts)}."] if parts else []), f"Source: {source}"]
    pieces = [
        f"{DIMENSIONS[name].label}: {_numbered(coded.bins[name].labels)}." for name in names
    ]
    return pn.Column(
        pmui.Typography("\n\n".join(words), sizing_mode="stretch_width"),
        *_listing("SQL that makes it", "\n\n".join(statements)),
        pmui.Typography(f"It reads {coded.name}: the order lines in scope, each dimension as the number of the piece "
                        "that the line lies in.", variant="body2", sizing_mode="stretch_width"),
        *[pmui.Typography(plain(text), variant="body2", sizing_mode="stretch_width") for text in pieces],
        *_listing(f"SQL that made {coded.name}", coded.sql),
        sizing_mode="stretch_width",
    )  # fmt: skip


def _values(card):
    columns = {"Selected": card.part.ravel(), "All": card.whole.ravel()}
    heading = " and ".join(DIMENSIONS[name].label for name in card.chart.dims)
    return pd.DataFrame({heading: card.live.labels, **columns})


def _plain(value):
    return "" if value is None or value is pd.NaT else format_value(value) if isinstance(value, date) else str(value)


def _numbered(labels):
    words = [f"{i} is {label}" for i, label in enumerate(labels)]
    return ", ".join(words if len(words) <= 15 else [*words[:3], "and so on to", words[-1]]).replace("to, ", "to ")


def _listing(title, sql):
    style = "white-space:pre-wrap;font-size:12px;overflow-wrap:anywhere"
    return (
        pmui.Typography(title, variant="overline"),
        pn.pane.HTML(f"<pre style='{style}'>{escape(sql)}</pre>", sizing_mode="stretch_width"),
    )
