"""The customers of the selection as files for elsewhere."""

import functools
import tempfile
from importlib.util import find_spec

import panel_material_ui as pmui

from retail_panel.crossfilter.small_groups import TooFew
from retail_panel.export import FORMATS, file_name, write_audience
from retail_panel.export.excel_file import MOST_ROWS
from retail_panel.formats import format_value
from retail_panel.pages.file_button import FileButton


class AudienceFiles:
    """Buttons that bring the customers of the selection, each with scores, segment and cluster.

    Parameters
    ----------
    session : Session
        The visitor; its selection says whom the files hold, and is in their names.
    asking : callable
        Returns the :class:`retail_panel.studies.Asking` of the present scene and selection.
    """

    def __init__(self, session, asking):
        self._session, self._asking = session, asking
        self._words = pmui.Typography("", variant="body2", margin=(8, 4), css_classes=["audience"])
        self.buttons = {
            kind: FileButton(session, form.label, form.media_type, functools.partial(self._begin, kind),
                             file_name("customers", suffix=form.suffix))
            for kind, form in FORMATS.items()
        }  # fmt: skip
        buttons = [button.layout for button in self.buttons.values()]
        self.layout = pmui.Row(self._words, *buttons, margin=0, sizing_mode="stretch_width",
                               visible=session.person.may("export"), sx={"flexWrap": "wrap"})  # fmt: skip

    def name(self, customers):
        """Say whom the files hold, and name them by it.

        Parameters
        ----------
        customers : int
            How many they are.
        """
        day = self._session.scene.population.reference_day
        selected = self._session.sentence()[1]
        whom = "selected customers" if selected else "customers in scope"
        self._words.object = f"All {format_value(customers)} {whom} as a file, whatever is searched for:"
        for kind, button in self.buttons.items():
            name = file_name("customers", selected, day=day, suffix=FORMATS[kind].suffix)
            button.offer(name, f"{whom.capitalize()} as {FORMATS[kind].label}", _problem(kind, customers))

    def _begin(self, kind):
        least = self._session.person.min_customers
        if least > 1:
            raise TooFew(least)
        return functools.partial(_written, kind, self._asking())


def _written(kind, asking, ticket):
    asking = asking.anew(ticket)
    members = asking.lines if asking.filters else None
    with tempfile.TemporaryFile() as target:
        write_audience(target, kind, asking.ask, asking.scene.population, asking.store.customers, members)
        target.seek(0)
        return target.read()


def _problem(kind, customers):
    if kind == "excel" and find_spec("openpyxl") is None:
        return "Install openpyxl for Excel files"
    if kind == "excel" and customers > MOST_ROWS:
        return f"A sheet of Excel holds {MOST_ROWS:,} rows; take CSV or Parquet"
    return "" if customers else "There is nobody to write down"
