"""The sidebar: scope, what is left out, and how customers are scored."""

import time
from datetime import timedelta

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.clause import NONE
from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.scope import LEAVE_OUT, LISTED, presets
from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES
from retail_panel.pages.prompt import prompt
from retail_panel.session import CHART_MEASURES

OWN_DAYS = "Own days"
CHOICES = {
    "frequency": {"Orders": "orders", "Lines": "lines", "Days with a purchase": "days"},
    "monetary": {"Net sales": "net", "Gross sales": "gross"},
    "returns": {"Subtract": "subtract", "Count as purchases": "count"},
    "method": {"Clusters (K-means)": "clusters", "Rules (eleven segments)": "rules"},
}
TITLES = {"frequency": "Frequency counts", "monetary": "Monetary is", "returns": "Returns", "method": "Group by"}
#: Seconds for which the numbers of lines beside choices stay as rows arrive, since the browser builds each list anew.
COUNTS_S = 10.0
FIELD = {"margin": (6, 10), "sizing_mode": "stretch_width"}
#: The shell makes it narrower than its place, and its icon as dark as dark paper.
DAY = """
.MuiFormControl-root.MuiPickersTextField-root { width: 100%; }
.MuiPickersTextField-root .MuiButtonBase-root.MuiIconButton-root { color: inherit; }
.MuiPickersTextField-root .MuiIconButton-root .MuiSvgIcon-root { color: inherit; fill: currentColor; }
"""


class Sidebar:
    """Widgets that follow the session and that the session follows.

    Parameters
    ----------
    session : Session
        The visitor.
    """

    def __init__(self, session):
        self._session = session
        self._following = False
        self._counted_at, self._counted, self._later = -COUNTS_S, None, None
        self._preset = pmui.Select(label="Period", options=["All"], size="small", **FIELD)
        self._since = pmui.DatePicker(label="From", size="small", **FIELD, clearable=True, stylesheets=[DAY])
        self._until = pmui.DatePicker(label="To (included)", size="small", **FIELD, clearable=True, stylesheets=[DAY])
        self._lists = {
            name: pmui.MultiChoice(
                label=DIMENSIONS[name].label, searchable=True, **FIELD, visible=False,
                placeholder="All",
            )
            for name in LISTED
        }  # fmt: skip
        self._out = pmui.CheckBoxGroup(label="", options={}, **FIELD)
        self._measure = pmui.Select(
            label="Charts show", options={MEASURES[n].label: n for n in CHART_MEASURES}, size="small", **FIELD
        )
        self._compare = pmui.Select(label="Compare with", options=list(WAYS), size="small", **FIELD)
        self._rfm = {
            name: pmui.Select(label=TITLES[name], options=options, size="small", **FIELD)
            for name, options in CHOICES.items()
        }
        self._k = pmui.Select(
            label="Number of clusters", options={"Automatic": 0, **{str(k): k for k in range(2, 11)}}, size="small",
            **FIELD,
        )
        self._others = pmui.Column(margin=0)
        everything = pmui.Button(
            label="Everything", icon="restart_alt", variant="outlined", size="small", **FIELD,
            description="Take every filter out of scope", on_click=lambda event: self._reset(),
        )
        self.layout = [
            _heading("Scope"), self._preset, self._since, self._until, *self._lists.values(), self._others, everything,
            _heading("Leave out"), self._out,
            _heading("Figures"), self._measure, self._compare,
            _heading("Customers"), *self._rfm.values(), self._k,
        ]  # fmt: skip
        self._watch()
        self.follow()

    def _watch(self):
        session = self._session
        _on(self._preset, lambda value: self._guard(self._set_preset, value))
        for widget in (self._since, self._until):
            _on(widget, lambda value: self._guard(self._set_days))
        for name, widget in self._lists.items():
            _on(widget, lambda value, name=name: self._guard(setattr, session.scope, name, list(value)))
        _on(self._out, lambda value: self._guard(setattr, session.scope, "leave_out", list(value)))
        _on(self._measure, lambda value: self._guard(setattr, session, "measure", value))
        _on(self._compare, lambda value: self._guard(setattr, session, "compare", value))
        for name, widget in self._rfm.items():
            _on(widget, lambda value, name=name: self._guard(setattr, session.pipeline, name, value))
        _on(self._k, lambda value: self._guard(setattr, session.pipeline, "k", value or None))
        session.param.watch(lambda event: self.follow(), ["query", "scene"])

    def _guard(self, function, *arguments):
        if not self._following:
            function(*arguments)

    def _set_preset(self, value):
        since, until = self._presets().get(value, (self._session.scope.since, self._session.scope.until))
        self._session.scope.param.update(since=since, until=until)

    def _set_days(self):
        until = self._until.value and self._until.value + timedelta(days=1)
        since = self._since.value
        if since and until and since >= until:
            self._session.problem = f"From {since} lies after To {self._until.value}: choose an earlier first day."
            return
        self._session.scope.param.update(since=since, until=until)

    def _presets(self):
        scene = self._session.scene
        if scene is None or scene.catalogue.first is None:
            return {"All": (None, None)}
        return presets(scene.catalogue.first.date(), scene.catalogue.last.date())

    def _reset(self):
        scoped = self._session.scope.query()
        self._session.restore({k: v for k, v in self._session.state().items() if k not in scoped})

    def follow(self):
        """Show the session's state."""
        self._following = True
        try:
            self._follow_options()
            self._follow_values()
        finally:
            self._following = False

    def _follow_options(self):
        scene = self._session.scene
        if scene is None:
            return
        catalogue, is_due = scene.catalogue, self._are_counts_due(scene)
        self._preset.options = [*self._presets(), OWN_DAYS]
        for name, widget in self._lists.items():
            values = catalogue.values(name) if name in catalogue.counts else []
            widget.visible = len(values) > 1
            named = dict.fromkeys((NONE if v is None else v for v in values), 0)
            for value in values:
                named[NONE if value is None else value] += catalogue.counts[name][value]
            # A value that a link names stays choosable though no row has it.
            named |= {v: 0 for v in getattr(self._session.scope, name) if v not in named}
            options = {f"{value} ({count:,})": value for value, count in named.items()}
            if is_due or list(widget.options.values()) != list(options.values()):
                widget.options = options
        words = {"zero-price": "zero prices"}
        out = {f"{words.get(n, n).capitalize()} ({catalogue.marks[n]:,})": n for n in LEAVE_OUT}
        if is_due:
            self._out.options = out

    def _are_counts_due(self, scene):
        """Whether numbers of lines are to be shown; where they are not, they come later."""
        now, rewritten = time.monotonic(), self._session.store.rewritten
        what = (scene.query, rewritten, scene.version >= rewritten)
        wait = COUNTS_S - (now - self._counted_at)
        if what == self._counted and wait > 0 and pn.state.curdoc is not None:
            if self._later is None:
                self._later = pn.state.curdoc.add_timeout_callback(self._catch_up, round(1000 * wait))
            return False
        self._counted_at, self._counted = now, what
        return True

    def _catch_up(self):
        self._later = None
        with pn.io.hold():
            self.follow()

    def _follow_values(self):
        session, scope = self._session, self._session.scope
        days = (scope.since, scope.until)
        self._preset.value = next((name for name, ends in self._presets().items() if ends == days), OWN_DAYS) \
            if self._session.scene is not None else "All"
        self._since.value = scope.since
        self._until.value = scope.until and scope.until - timedelta(days=1)
        for name, widget in self._lists.items():
            if widget.options:
                widget.value = list(getattr(scope, name))
        if self._out.options:
            self._out.value = list(scope.leave_out)
        self._measure.value, self._compare.value = session.measure, session.compare
        for name, widget in self._rfm.items():
            widget.value = getattr(session.pipeline, name)
        self._k.value = session.pipeline.k or 0
        self._follow_others()

    def _follow_others(self):
        scope = self._session.scope
        chips = [
            pmui.Button(
                label=clause.sentence(DIMENSIONS[name], self._session.currency), end_icon="close", size="small",
                variant="outlined", margin=(3, 10), description="Take out of scope",
                on_click=lambda event, name=name: self._without(name),
            )
            for name, clause in scope.others.items()
        ]  # fmt: skip
        if scope.within:
            chips.append(
                pmui.Button(
                    label="Customers of an earlier selection", end_icon="close", size="small", variant="outlined",
                    margin=(3, 10), description="Take out of scope",
                    on_click=lambda event: setattr(scope, "within", None),
                )
            )
        self._others[:] = chips

    def _without(self, name):
        scope = self._session.scope
        scope.others = {n: clause for n, clause in scope.others.items() if n != name}


def _heading(text):
    return pmui.Typography(text, variant="overline", margin=(10, 10, 0, 10))


def _on(widget, act):
    prompt(widget).param.watch(lambda event: act(event.new), "value")
