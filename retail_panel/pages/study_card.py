"""A study on a page: its title, its choices, its drawing or why there is none, and what it says."""

import panel as pn
import panel_material_ui as pmui
from bokeh.models import BoxAnnotation, BoxSelectTool

from retail_panel.crossfilter.small_groups import TooFew
from retail_panel.pages.alert import alert
from retail_panel.pages.lattice import FILLED, HEAD_PX, span
from retail_panel.pages.plain_text import plain
from retail_panel.pages.plotly_pane import PlotlyPane
from retail_panel.pages.prompt import prompt
from retail_panel.studies import Easel, Nothing, copy_of, graft
from retail_panel.views.palette import BRUSH

PENDING = {"opacity": "0.45"}
#: Two of them share a row of a phone where their words are short.
LEAST_PX, MOST_PX, LETTER_PX, AROUND_PX = 148, 240, 7.6, 62
#: The box while it is being drawn; afterwards the drawing shows what it took.
BOX = {"fill_color": BRUSH, "fill_alpha": 0.15, "line_alpha": 0, "visible": False}
SHOWN = {"opacity": "1"}


class StudyCard:
    """One study of a visitor's page.

    Parameters
    ----------
    study : Study
        What it shows.
    session : Session
        The visitor.
    ask : callable
        ``ask()`` asks for the page's studies anew.
    details : callable
        ``details(card)`` opens the drawer with the table and the definition.
    look : callable
        ``look()`` returns the present :class:`retail_panel.studies.Look`.
    """

    def __init__(self, study, session, ask, details, look):
        self.study, self._session, self.look = study, session, look
        self.answer, self.statements, self.note = None, (), ""
        #: What is chosen, by the choice's name; empty until it was asked for.
        self.taken = {}
        #: The Bokeh figure on the screen, or the pane of a figure in three dimensions; None until there is one.
        self.figure = None
        self._ask, self._quiet, self._easel = ask, False, Easel()
        title = pmui.Typography(f"**{study.title}**", variant="subtitle2", margin=0, sizing_mode="stretch_width")
        # A row that is filled only later stays empty in the browser now and then.
        self._selects = {choice.name: self._select(choice) for choice in study.choices}
        self._choices = pmui.Row(
            *self._selects.values(), margin=0, sx={"flexWrap": "wrap", "gap": "6px"}, sizing_mode="stretch_width",
            visible=bool(study.choices),
        )  # fmt: skip
        more = pmui.IconButton(
            icon="more_vert", description=f"Table, files and definition of {study.title}", size="small", margin=0,
            on_click=lambda event: details(self),
        )
        self._place = pn.Column(sizing_mode="stretch_width", height=study.height, margin=0, styles=PENDING)
        self._nothing = pmui.Typography(
            "", variant="body2", visible=False, margin=(24, 8), sizing_mode="stretch_width", css_classes=["nothing"]
        )
        self._fault = alert("error")
        self._says = pmui.Typography("", variant="body2", margin=(2, 4), sizing_mode="stretch_width",
                                     css_classes=["says"])  # fmt: skip
        head = pmui.Row(title, more, sizing_mode="stretch_width", margin=0, min_height=HEAD_PX)
        self.layout = pmui.Paper(
            head, self._choices, self._fault, self._nothing, self._place, self._says, elevation=0, variant="outlined",
            margin=0, sizing_mode="stretch_width", css_classes=[f"study-{study.name}"],
            stylesheets=[span(study.width), FILLED],
            sx={"padding": "6px 10px 4px", "borderRadius": "10px", "height": "100%", "boxSizing": "border-box"},
        )  # fmt: skip

    def chosen(self, asking):
        """Return what is chosen, by the choice's name, and offer what there is to choose from.

        Parameters
        ----------
        asking : Asking
            For choices that depend on the data.

        Returns
        -------
        tuple of (dict of str to str, dict of str to dict)
            What is chosen, and the options of each choice.
        """
        found, offered = {}, {}
        for choice in self.study.choices:
            options = choice.options(asking) if callable(choice.options) else choice.options
            wanted = self._session.choices.get(f"{self.study.name}.{choice.name}")
            offered[choice.name] = options
            found[choice.name] = wanted if wanted in options.values() else next(iter(options.values()), None)
        return found, offered

    def offer(self, chosen, offered):
        """Show the choices, and which of them are taken."""
        self.taken = chosen
        for choice in self.study.choices:
            options, value = offered[choice.name], chosen[choice.name]
            select = self._selects[choice.name]
            if select.options != options or select.value != value:
                self._quiet = True
                select.param.update(options=options, value=value, styles=_wide_enough(options))
                self._quiet = False

    def _select(self, choice):
        options = {} if callable(choice.options) else choice.options
        value = next(iter(options.values()), None)
        select = pmui.Select(
            label=choice.label, options=options, value=value, size="small", margin=(4, 0), sizing_mode="stretch_width",
            styles=_wide_enough(options),
        )
        prompt(select).param.watch(lambda event: self._chose(choice.name, event.new), "value")
        return select

    def _chose(self, name, value):
        key = f"{self.study.name}.{name}"
        if self._quiet or self._session.choices.get(key) == value:
            return
        self._session.choose(key, value)
        self._ask()

    def wait(self):
        """Pale what is not the answer to the present question."""
        self._place.styles = PENDING

    def show(self, answer, statements=(), note=""):
        """Show an answer, or the error in its place, and a note on what was left out of it."""
        self.answer, self.statements, self.note = answer, statements, note
        if isinstance(answer, Exception) and self._session.person.min_customers > 1:
            # Figures of before would be told of beside the reason that none may be.
            self._empty()
        if isinstance(answer, TooFew):
            self._state(nothing=f"Nothing is shown: {answer}.")
        elif isinstance(answer, Nothing):
            self._state(nothing=str(answer))
        elif isinstance(answer, Exception):
            self._state(fault=f"This study could not be answered: {answer}")
        else:
            look = self.look()
            self._draw(look)
            self._state(says=f"{self.study.says(answer, look)} {note}".strip())

    def _state(self, nothing="", fault="", says=""):
        self._nothing.param.update(object=plain(nothing), visible=bool(nothing))
        self._fault.param.update(object=plain(fault), visible=bool(fault))
        self._says.param.update(object=plain(says), visible=bool(says))
        self._place.param.update(visible=not (nothing or fault), styles=SHOWN)

    def _empty(self):
        """Take the drawing away, so that the next one is built anew."""
        self.figure, self._easel = None, Easel()
        self._place[:] = []

    def _draw(self, look):
        if self.study.backend == "plotly":
            self._draw_deep(look)
            return
        figure = self._easel.draw(self.study.draw(self.answer, look), look)
        if self.figure is not None and graft(self.figure, figure):
            return
        self.figure = copy_of(figure)
        if self.study.publish is not None:
            self.figure.on_event("tap", lambda event: self._pick(self.study.publish, event.x, event.y))
        if self.study.brush is not None:
            self._add_box()
        self._place[:] = [pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", margin=0)]

    def _draw_deep(self, look):
        drawn = self.study.draw(self.answer, look)
        if len(self._place):
            self._place[0].object = drawn
        else:
            takes = self.study.publish
            picked = None if takes is None else lambda trace: self._pick(takes, trace, None)
            pane = PlotlyPane(picked, object=drawn, sizing_mode="stretch_both", margin=0)
            self.figure = pane
            self._place[:] = [pane]

    def _add_box(self):
        # Swipes scroll a phone's page.
        if self.look().narrow:
            return
        box = BoxSelectTool(dimensions="width", renderers=[], overlay=BoxAnnotation(**BOX))
        self.figure.add_tools(box)
        self.figure.toolbar.active_drag = box
        self.figure.on_event("selectiongeometry", self._boxed)

    def _boxed(self, event):
        if event.final and event.geometry.get("type") == "rect":
            self._pick(self.study.brush, event.geometry["x0"], event.geometry["x1"])

    def _pick(self, publish, *at):
        if at[0] is None or self.answer is None or isinstance(self.answer, Exception):
            return
        clauses = publish(self.answer, *at)
        if not clauses:
            return
        taken = {name: self._session.selection.clauses.get(name) for name in clauses}
        self._session.selection.set(dict.fromkeys(clauses) if taken == clauses else clauses)

    def redraw(self):
        """Follow the light or dark paper."""
        if self.answer is not None and not isinstance(self.answer, Exception):
            self._draw(self.look())


def _wide_enough(options):
    """Return the style of a select that none of its options is cut in."""
    wanted = round(max(map(len, options), default=0) * LETTER_PX + AROUND_PX)
    return {"flex": f"1 1 {max(LEAST_PX, wanted)}px", "max-width": f"{max(MOST_PX, wanted)}px"}
