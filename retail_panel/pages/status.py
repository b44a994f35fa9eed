"""The status bar: rows, version and freshness, the filters as a sentence, and what one does with them."""

import panel_material_ui as pmui

from retail_panel.crossfilter.rolled import since, told
from retail_panel.formats import format_value
from retail_panel.pages.alert import alert
from retail_panel.pages.feed_light import FeedLight
from retail_panel.pages.file_saver import FileSaver
from retail_panel.pages.plain_text import plain
from retail_panel.pages.report_button import ReportButton
from retail_panel.pages.saved import SavedViews

PAUSE, GO_ON = "Hold new rows back", "Go on with new rows"
SHOWN = ["query", "scene", "busy", "problem", "paused", "comparison"]
NOTHING = "Nothing selected: drag on a chart or click a bar."
EMPTY = "No order lines in scope. Widen the period, or take filters out of scope."
#: On a phone the buttons stand below the sentence rather than beside a column of it.
SENTENCE = {"flex": "1 1 260px"}
NOTHING_TOUCH = "Nothing selected: tap a bar, or open a chart's menu."
#: Where it takes no room, so that no chart below is laid out anew as it comes and goes.
ON_EDGE = {"position": "absolute", "left": "0", "bottom": "0"}
#: Its bars move by layout, which has all of the page laid out for each frame; most answers are there before.
PATIENT = {"& .MuiLinearProgress-bar1": {"animationDelay": "0.6s", "animationFillMode": "backwards"},
           "& .MuiLinearProgress-bar2": {"animationDelay": "1.75s", "animationFillMode": "backwards"}}  # fmt: skip


class StatusBar:
    """What the figures are of, above everything else.

    Parameters
    ----------
    session : Session
        The visitor.
    server : Server
        Its pump says whether rows are being fed in.
    touch : bool
        Whether fingers do the pointing.
    """

    def __init__(self, session, server, touch=False):
        self._session, self._server = session, server
        self._nothing = NOTHING_TOUCH if touch else NOTHING
        self._first_rows = None
        self._words = pmui.Typography(
            "", variant="body2", margin=(6, 8), sizing_mode="stretch_width", css_classes=["filters"], styles=SENTENCE
        )
        self._facts = pmui.Typography("", variant="caption", margin=(0, 8), css_classes=["facts"])
        self._light = FeedLight(server, session.person.may("admin"))
        self._problem = alert("error")
        self._undo = _button("undo", "Undo", session.undo)
        self._redo = _button("redo", "Redo", session.redo)
        self._clear = _button("filter_alt_off", "Clear the selection", session.clear)
        self._scope = _button("filter_center_focus", "Make the selection my scope", session.make_scope)
        self._pause = _button("pause_circle", PAUSE, self._pause_or_go_on)
        self._pause.visible = server.pump is not None
        self._empty = alert("info", EMPTY, visible=False)
        self._busy = pmui.LinearProgress(
            active=True, variant="indeterminate", visible=False, margin=0, sizing_mode="stretch_width",
            styles=ON_EDGE, sx=PATIENT,
        )  # fmt: skip
        saved = SavedViews(session)
        buttons = pmui.Row(
            self._undo, self._redo, self._clear, self._scope, *saved.layout, ReportButton(session, server).layout,
            FileSaver(session), self._pause, margin=0, sx={"alignItems": "center"},
        )  # fmt: skip
        row = pmui.Row(
            self._words, buttons, sizing_mode="stretch_width", margin=0,
            sx={"alignItems": "center", "flexWrap": "wrap"},
        )  # fmt: skip
        self.layout = pmui.Paper(
            row, pmui.Row(self._light.layout, self._facts, margin=0, sx={"alignItems": "center", "flexWrap": "wrap"}),
            self._busy, self._problem, self._empty, saved.panel, elevation=0, variant="outlined",
            margin=0, sizing_mode="stretch_width", css_classes=["status"],
            sx={"padding": "4px 8px", "borderRadius": "10px", "position": "sticky", "top": 0, "zIndex": 5},
        )
        session.param.watch(lambda *events: self.follow(), SHOWN)
        session.history.param.watch(lambda *events: self.follow(), ["past", "future"])
        self.follow()

    def follow(self):
        """Show the session's state."""
        session = self._session
        scope, selection = session.sentence()
        words = f"**{plain(selection[0].upper() + selection[1:])}**" if selection else self._nothing
        words = f"{words} · within {plain(scope)}" if scope else words
        gone = told(session.scene, session.selection.clauses) if session.scene is not None else ""
        self._words.object = f"{words}. {gone}" if gone else words
        self._undo.disabled, self._redo.disabled = not session.history.past, not session.history.future
        self._clear.disabled = self._scope.disabled = not session.selection.clauses
        icon, words = ("play_circle", GO_ON) if session.paused else ("pause_circle", PAUSE)
        self._pause.param.update(icon=icon, description=words)
        self._busy.visible = session.busy
        self._problem.param.update(object=plain(session.problem), visible=bool(session.problem))
        self._facts.object = self._freshness()
        self._empty.visible = session.scene is not None and not session.scene.rows

    def _pause_or_go_on(self):
        self._session.paused = not self._session.paused

    def _freshness(self):
        scene = self._session.scene
        if scene is None:
            return "Preparing the first view"
        known = scene.catalogue
        if self._first_rows is None:
            self._first_rows = known.rows
        words = [f"Estimates from 1 customer in {scene.one_in:,}, exact figures follow"] if scene.is_estimate else []
        words += facts(scene)
        if known.rows > self._first_rows:
            words.append(f"{known.rows - self._first_rows:,} new since you opened this page")
        if self._session.comparison:
            words.append(self._session.comparison)
        if self._session.paused:
            behind = self._session.store.version - known.version
            words.append(f"paused, {behind:,} batches behind" if behind else "paused")
        return " · ".join(words)

    def tick(self):
        """Notice time passing: a pump that has begun, and how far a paused page is behind."""
        self._pause.visible = self._server.pump is not None
        self._light.show()
        if self._session.paused:
            self._facts.object = self._freshness()


def facts(scene):
    """Return what a scene's figures are of, a list of texts: how many lines, which version, up to when."""
    known, rolled = scene.catalogue, since(scene)
    words = [f"{known.rows:,} lines", f"version {known.version}"]
    if known.last is not None:
        words.append(f"up to {known.last.day} {known.last:%b %Y %H:%M}")
    if rolled is not None:
        words.append(f"rolled up before {format_value(rolled, 'day')}")
    return words


def _button(icon, description, act):
    return pmui.IconButton(icon=icon, description=description, size="small", margin=0, on_click=lambda event: act())
