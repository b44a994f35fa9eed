"""Study records: one question that cubes do not answer, and how its answer is drawn, told and tabled."""

from collections.abc import Callable
from dataclasses import dataclass

from retail_panel.errors import RetailPanelError
from retail_panel.studies.apart import Groups


class Nothing(RetailPanelError):
    """There is nothing to draw, and the text says why and what would help."""


class TooSmall(Nothing):
    """A group of what a study draws is too small, and without it the drawing would be wrong."""

    def __init__(self, least):
        super().__init__(f"Not shown, since a part of it has fewer than {least} customers. Widen the selection.")


@dataclass(frozen=True)
class Choice:
    """What a user may choose about one study.

    Parameters
    ----------
    name, label : str
        Key in code and URL; words on the screen.
    options : dict of str to str, or callable
        Words to value, the first one is the default. A callable takes a :class:`retail_panel.studies.asking.Asking` and
        returns them, where they depend on the data.
    """

    name: str
    label: str
    options: dict | Callable


@dataclass(frozen=True)
class Study:
    """One study.

    Parameters
    ----------
    name, title : str
        Key in code, URL and tests; words on the screen.
    answer : callable
        ``answer(asking)``, off the event loop: asks the store and returns what the others take. Raises :class:`Nothing`
        where there is nothing to show.
    draw : callable
        ``draw(answer, look)``: a HoloViews element or overlay, drawn with hvPlot. Like answers give like drawings, so
        that the next one can be put into the chart that is on the screen.
    table : callable
        ``table(answer, look)``: a pandas.DataFrame of what is drawn, for reading, for screen readers and for export;
        figures as numbers (money in currency units), headings as words.
    says : callable
        ``says(answer, look)``: one to three sentences on what is to be seen, computed from the answer.
    definition : str
        How it is computed, in words that a user can check it by; with the source of a formula.
    needs : tuple of str
        What the source must have: columns of the order lines, or the tables ``stock`` and ``feedback``.
    choices : tuple of Choice
        What a user may choose.
    units : dict of str to str
        Unit of the table's columns by heading, as in :class:`retail_panel.measures.Measure`; others are text or counts.
    width, height : int
        Columns of the page's grid of twelve; pixels of the drawing.
    publish : callable, optional
        ``publish(answer, x, y)``: the filters that a click on the drawing at these axis coordinates stands for:
        dimension name to clause, or None. In a figure in three dimensions ``x`` is the number of a trace, ``y`` None.
    brush : callable, optional
        ``brush(answer, low, high)``: likewise, for a box drawn from one place of the horizontal axis to another.
    dims : tuple of str
        The dimensions that clicks and boxes filter by: the drawer offers the same filters to the keyboard.
    groups : Groups, optional
        What its answer groups customers by; small ones are left out before it is asked.
    large : callable, optional
        ``large(answer, least)`` returns the answer without groups of fewer customers, and how many were left out. A
        study with neither is not shown to whoever may not be told of small groups.
    backend : str
        ``bokeh``; or ``plotly`` for a figure in three dimensions, whose ``draw`` returns a plotly figure as a dict.
    """

    name: str
    title: str
    answer: Callable
    draw: Callable
    table: Callable
    says: Callable
    definition: str
    needs: tuple = ()
    choices: tuple = ()
    units: dict = None
    width: int = 6
    height: int = 260
    publish: Callable | None = None
    brush: Callable | None = None
    dims: tuple = ()
    groups: Groups | None = None
    large: Callable | None = None
    backend: str = "bokeh"
