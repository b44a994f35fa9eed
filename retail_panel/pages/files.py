"""Files of what is on the screen: a table as CSV, Excel or Parquet, a chart as PNG or SVG."""

from importlib.util import find_spec
from pathlib import Path

import panel as pn
import panel_material_ui as pmui
import param

from retail_panel.export import FORMATS, file_name, table_bytes
from retail_panel.pages.file_button import FileButton
from retail_panel.pages.plotly_pane import PlotlyPane

BUTTONS = """
button { font: inherit; font-size: 13px; font-weight: 500; padding: 4px 12px; margin: 0 6px 0 0; border-radius: 4px;
  border: 1px solid var(--mui-palette-primary-main, #0072b5); color: var(--mui-palette-primary-main, #0072b5);
  background: transparent; cursor: pointer; }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
"""


class ChartSaver(pn.custom.JSComponent):
    """Buttons that save a figure of the page from the browser."""

    figure = param.String(doc="Id of a Bokeh figure's model.")
    plot = param.String(doc="Handle of a plotly figure instead, see :class:`PlotlyPane`.")
    paper = param.String(doc="Colour behind a plotly figure.")
    file = param.String(doc="Name of the file, without its suffix.")

    _esm = Path(__file__).with_name("chart_saver.js").read_text(encoding="utf-8")
    _stylesheets = [BUTTONS]


def files(session, content, table, day=None, units=None, figure=None, paper="#ffffff"):
    """Return the buttons that bring the files of one chart.

    Parameters
    ----------
    session : Session
        The visitor.
    content : tuple of str
        What the files hold, for their names.
    table : callable
        Returns the table (pandas.DataFrame or pyarrow.Table), on the event loop when a file is asked for.
    day : datetime.date, optional
        As of when.
    units : dict of str to str, optional
        Unit by column.
    figure : bokeh.models.Plot or PlotlyPane, optional
        The chart on the screen; none where there is nothing to save as a picture.
    paper : str
        Colour behind a figure that has none.
    """

    if not session.person.may("export"):
        return pn.Column(sizing_mode="stretch_width")

    def button(kind, form):
        def begin():
            found = table()
            return lambda ticket: table_bytes(found, kind, units, content[0])

        lacks = "Install openpyxl for Excel files" if kind == "excel" and find_spec("openpyxl") is None else ""
        name, words = file_name(*content, day=day, suffix=form.suffix), f"{content[0]} as {form.label}"
        return FileButton(session, form.label, form.media_type, begin, name, words, lacks).layout

    tables = pmui.Row(*[button(kind, form) for kind, form in FORMATS.items()], margin=0, sx={"flexWrap": "wrap"})
    parts = [pmui.Typography("Table", variant="overline", margin=(4, 4, 0, 4)), tables]
    if figure is not None:
        stem = file_name(*content, day=day, suffix="x").removesuffix(".x")
        where = {"plot": figure.handle, "paper": paper} if isinstance(figure, PlotlyPane) else {"figure": figure.id}
        parts += [pmui.Typography("Picture", variant="overline", margin=(8, 4, 0, 4)),
                  ChartSaver(file=stem, margin=(4, 4), **where)]  # fmt: skip
    return pn.Column(*parts, sizing_mode="stretch_width")
