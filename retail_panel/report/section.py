"""A section of a report: charts and studies of one page, and in words what is not there."""

import logging
from html import escape

from bokeh.models import Text

from retail_panel.measures import MEASURES
from retail_panel.report.rows import COLUMNS, spans
from retail_panel.report.table import table_markup

log = logging.getLogger(__name__)
#: Heights on paper against those on a screen, which is wider; where words stand among the marks they need the room.
PAPER = 0.76
#: Pixels that a bar needs for its label, and those that bars share.
A_BAR, ALL_BARS = 13, 36
#: Columns of a screen from which a study has a line of its own.
WIDE = 6


class Section:
    """One section.

    Parameters
    ----------
    name, title : str
        Its anchor; words above it.
    look : Look
        What drawings must suit.
    plots : Plots
        Takes the figures.
    is_selected : bool
        Whether charts show a selection within the scope.
    """

    def __init__(self, name, title, look, plots, is_selected=False):
        self.name, self.title = name, title
        self._look, self._plots, self._is_selected = look, plots, is_selected
        self._charts, self._entries, self._nothing, self._lacks = [], [], [], []

    def chart(self, chart, measure, figure, table):
        """Add a chart."""
        label = MEASURES[measure].label
        least = A_BAR * len(table) + ALL_BARS if chart.form == "bars" else 0
        place = self._plots.place(figure, max(least, round(PAPER * chart.height)), f"{label}: {chart.title}")
        rows = table_markup(table, dict.fromkeys(("Selected", "All", label), MEASURES[measure].unit), self._look)
        width = 4 if chart.width < WIDE else 6 if chart.width == WIDE else COLUMNS
        self._charts.append((width, _head(chart.title, [label]) + place + rows))

    def study(self, entry):
        """Add a study, or why it is not there."""
        if entry.is_nothing:
            self._nothing.append(f"{entry.study.title}: {entry.answer}")
        elif entry.fault:
            self.fault(entry.study.title, entry.fault)
        else:
            try:
                self._entries.append((COLUMNS if entry.study.width >= WIDE else 6, self._study(entry)))
            except Exception as error:
                log.exception("the study %s could not be drawn", entry.study.name)
                self.fault(entry.study.title, f"This study could not be drawn: {type(error).__name__}: {error}")

    def _study(self, entry):
        study, look = entry.study, self._look
        says, table = study.says(entry.answer, look), study.table(entry.answer, look)
        figure = entry.figure(look)
        if figure is None:
            drawing = '<p class="definition">Drawn in the workbench only.</p>'
        else:
            worded = any(isinstance(getattr(each, "glyph", None), Text) for each in figure.renderers)
            height = study.height if worded else round(PAPER * study.height)
            drawing = self._plots.place(figure, height, f"{study.title}. {says}")
        return (
            _head(study.title, [f"{label}: {option}" for label, option in entry.chosen.items()]) + drawing
            + f'<p class="says">{escape(says)}</p>{table_markup(table, study.units or {}, look)}'
            f'<p class="definition">{escape(study.definition)}</p>'
        )  # fmt: skip

    def fault(self, title, words):
        """Add what could not be shown, with the reason."""
        self._entries.append((COLUMNS, f'{_head(title)}<p class="fault">{escape(words)}</p>'))

    def lack(self, title, needs):
        """Note what the source does not support."""
        self._lacks.append(f"{title} (needs {' and '.join(needs)})")

    def html(self):
        """Return the section without its heading; empty where it has nothing at all."""
        parts = []
        if self._charts and self._is_selected:
            parts.append('<p class="legend">everything in scope<span>what is selected</span></p>')
        parts += [_grid(boxes) for boxes in (self._charts, self._entries) if boxes]
        if self._nothing:
            parts.append(f'<p class="absent">Nothing to show. {escape(" ".join(self._nothing))}</p>')
        if self._lacks:
            needs = f"Not shown, since the source lacks what they need: {'; '.join(self._lacks)}."
            parts.append(f'<p class="absent">{escape(needs)}</p>')
        return "".join(parts)


def _head(title, beside=()):
    more = f' <span class="of">{escape(" · ".join(beside))}</span>' if beside else ""
    return f"<h3>{escape(title)}{more}</h3>"


def _grid(boxes):
    widths = spans([width for width, _ in boxes])
    inside = "".join(
        f'<article class="entry" style="grid-column: span {width}">{html}</article>'
        for width, (_, html) in zip(widths, boxes, strict=True)
    )
    return f'<div class="grid">{inside}</div>'
