"""The recommended actions of one user: read, edited and kept beside the saved views."""

import json
from dataclasses import asdict

import pandas as pd
import panel_material_ui as pmui

from retail_panel.insight.action_table import COLUMNS, LEVERS, actions_table, check_table, in_order
from retail_panel.insight.actions import load_actions
from retail_panel.pages.alert import alert
from retail_panel.pages.plain_text import plain

LEVER_WORDS = {"More purchases": "frequency", "Fewer lost": "retention"}
EVERY = {"size": "small", "margin": (4, 2)}


class OwnActions:
    """The actions that one user has, the built-in ones until they save others.

    Parameters
    ----------
    store : Store
        Keeps them.
    owner : str
        Who the user is.
    """

    #: Under which they are kept beside the user's saved views, and apart from them.
    NAME = "actions"

    def __init__(self, store, owner):
        self._store, self._owner = store, f"actions of {owner}"
        kept = store.saved_views(self._owner).get(self.NAME)
        self._actions = load_actions() if kept is None else check_table(pd.DataFrame(json.loads(kept)))[0]
        self.is_own = kept is not None

    def present(self):
        """Return the actions, a tuple of Action."""
        return self._actions

    def keep(self, actions):
        """Keep actions in place of those there are; None goes back to the built-in ones."""
        text = None if actions is None else json.dumps([asdict(action) for action in actions])
        self._store.save_view(self._owner, self.NAME, text)
        self._actions, self.is_own = load_actions() if actions is None else actions, actions is not None


class ActionEditor:
    """The table of actions, one group of customers at a time.

    Parameters
    ----------
    own : OwnActions
        What is edited.
    changed : callable
        Called once other actions are kept.
    """

    def __init__(self, own, changed):
        self._own, self._changed = own, changed
        self._lines = []
        self._group = pmui.Select(label="Actions for", options=[], width=230, **EVERY)
        self._group.param.watch(lambda event: self._fill(), "value")
        add, save, back = (
            pmui.Button(label=label, variant=variant, on_click=lambda event, act=act: act(), **EVERY)
            for label, variant, act in (
                ("Add an action", "outlined", self._add), ("Save", "contained", self._save),
                ("Back to the built-in table", "text", self._reset),
            )
        )  # fmt: skip
        self._place = pmui.Column(sizing_mode="stretch_width", margin=0)
        self._fault = alert("error")
        self._words = pmui.Typography("", variant="body2", margin=4, sizing_mode="stretch_width", css_classes=["kept"])
        bar = pmui.Row(self._group, add, save, back, sizing_mode="stretch_width", margin=0,
                       sx={"flexWrap": "wrap", "alignItems": "center"})  # fmt: skip
        self.layout = pmui.Paper(
            pmui.Typography("**Recommended actions**", variant="subtitle2", margin=0), bar, self._fault, self._place,
            self._words, elevation=0, variant="outlined", margin=0, sizing_mode="stretch_width",
            css_classes=["action-editor"], visible=False, sx={"padding": "6px 10px", "borderRadius": "10px"},
        )  # fmt: skip
        self._say()

    def offer(self, groups):
        """Offer groups to edit the actions of, keeping the one that is open."""
        self.layout.visible = bool(groups)
        if list(groups) != self._group.options:
            kept = self._group.value if self._group.value in groups else next(iter(groups), None)
            self._group.param.update(options=list(groups), value=kept)
            self._fill()

    def _fill(self):
        self._fault.visible = False
        actions = [action for action in self._own.present() if action.group == self._group.value]
        self._lines = [_Line(self, row) for row in actions_table(actions).to_dict("records")]
        self._place[:] = [line.layout for line in self._lines]

    def _add(self):
        blank = {"action": "", "why": "", "channel": "", "lever": LEVERS[0], "change_percent": 5.0,
                 "cost_per_contact": None}  # fmt: skip
        self._lines.append(_Line(self, blank))
        self._place.append(self._lines[-1].layout)

    def remove(self, line):
        """Take a line off the screen; it is gone for good once the table is saved."""
        self._lines.remove(line)
        self._place[:] = [each.layout for each in self._lines]

    def _save(self):
        rows = [{"group": self._group.value, **line.values()} for line in self._lines]
        edited, faults = check_table(pd.DataFrame(rows, columns=list(COLUMNS), dtype=object))
        words = "; ".join(self._told(fault) for fault in faults)
        self._fault.param.update(object=plain(words), visible=bool(faults))
        if not faults:
            others = [action for action in self._own.present() if action.group != self._group.value]
            self._own.keep(in_order([*others, *edited]))
            self._done()

    def _told(self, fault):
        label = self._lines[fault.row - 1].label_of(fault.column)
        return f"Line {fault.row}, {label}: {fault.sentence.removeprefix(fault.column).lstrip()}"

    def _reset(self):
        self._own.keep(None)
        self._done()

    def _done(self):
        self._fill()
        self._say()
        self._changed()

    def _say(self):
        whose = "your own, kept beside your saved views" if self._own.is_own else "the built-in one"
        self._words.object = (
            f"The table is {whose}. By how much an action raises sales is an assumption, above 0 and up to 100%: best "
            "taken from a test that leaves part of the group alone. Worth and cards follow once it is saved."
        )


class _Line:
    def __init__(self, editor, row):
        self._fields = {
            "action": pmui.TextInput(label="Action", value=row["action"], width=175, **EVERY),
            "why": pmui.TextAreaInput(
                label="Why", value=row["why"], auto_grow=True, rows=1, max_rows=4, min_width=200,
                sizing_mode="stretch_width", **EVERY,
            ),
            "channel": pmui.TextInput(label="Channel", value=row["channel"], width=160, **EVERY),
            "lever": pmui.Select(label="How it works", options=LEVER_WORDS, value=row["lever"], width=165, **EVERY),
            "change_percent": pmui.TextInput(
                label="Sales rise, %", value=_text(row["change_percent"]), width=110, **EVERY
            ),
            "cost_per_contact": pmui.TextInput(
                label="Cost each", value=_text(row["cost_per_contact"]), width=110, **EVERY
            ),
        }
        away = pmui.IconButton(icon="delete", description=f"Remove {row['action'] or 'this action'}", size="small",
                               margin=(10, 0), on_click=lambda event: editor.remove(self))  # fmt: skip
        self.layout = pmui.Row(*self._fields.values(), away, sizing_mode="stretch_width", margin=0,
                               css_classes=["action-line"], sx={"flexWrap": "wrap"})  # fmt: skip

    def label_of(self, column):
        """Return the words of a field."""
        return self._fields[column].label if column in self._fields else "Actions for"

    def values(self):
        """Return what stands in the line, by column."""
        return {name: field.value for name, field in self._fields.items()}


def _text(number):
    return "" if number is None or pd.isna(number) else f"{number:g}"
