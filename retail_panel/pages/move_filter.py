"""The filter on who moved between segments, for the drawer and the keyboard."""

import datetime as dt

import panel as pn
import panel_material_ui as pmui

from retail_panel.crossfilter.clause import Move
from retail_panel.customers.migration import SOURCES, TARGETS
from retail_panel.dimensions import DIMENSIONS
from retail_panel.formats import format_value

ANY = "Any segment"


def move_filter(session, name, card):
    """Return what filters by a move between the days of a study.

    Parameters
    ----------
    session : Session
        The visitor.
    name : str
        The dimension, of kind ``move``.
    card : StudyCard
        Whose choices ``from`` and ``to`` say the days.
    """
    days = [dt.date.fromisoformat(card.taken[end]) for end in ("from", "to")]
    clause = session.selection.clauses.get(name)
    held = (clause.source, clause.target) if clause and [clause.from_day, clause.to_day] == days else ("", "")
    selects = [
        pmui.Select(label=f"On {format_value(day)}", options={ANY: "", **{n: n for n in names}}, value=value,
                    sizing_mode="stretch_width")
        for day, names, value in zip(days, (SOURCES, TARGETS), held, strict=True)
    ]  # fmt: skip

    def change(event):
        source, target = (select.value for select in selects)
        is_move = (source or target) and days[0] < days[1]
        session.selection.set({name: Move(days[0], source, days[1], target) if is_move else None})

    for select in selects:
        select.param.watch(change, "value")
    clear = pmui.Button(label="Clear this filter", size="small", variant="outlined",
                        on_click=lambda event: session.clear([name]))
    return pn.Column(pmui.Typography(DIMENSIONS[name].label, variant="overline"), *selects, clear,
                     sizing_mode="stretch_width")
