"""Which categories and stores sell now, beside what they usually sell by then."""

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.live.leaders import leaders
from retail_panel.studies.forms.ranking import place_of, ranking
from retail_panel.studies.live.present import ABOUT, WINDOW, present, weekdays, while_of
from retail_panel.studies.study import Nothing, Study


def _top(dimension, title, plural):
    def answer(asking):
        found, lines = present(asking)
        minutes = int(asking.choices["minutes"])
        table = leaders(asking.ask, lines, found, dimension, asking.labels(dimension), minutes)
        if table.empty:
            raise Nothing(f"Nothing was sold from {while_of(found, minutes)} here. Clear the selection, or widen it.")
        return table, found, minutes

    def says(answer, look):
        table, found, minutes = answer
        first = table.iloc[0]
        head = f"{first.label} leads from {while_of(found, minutes)} with {look.write(first.now, 'money', 'tile')}"
        usual = weekdays(found)
        if usual is None or not np.isfinite(first.usual):
            return f"{head}."
        return f"{head}; by the mean of {usual} it would be {look.write(first.usual, 'money', 'tile')}."

    def table(answer, look):
        found, _, _ = answer
        return pd.DataFrame({title: found.label, "Now": found.now, "Usual": found.usual})

    def publish(answer, x, y):
        place = place_of(y, len(answer[0]))
        return None if place is None else {dimension: Values((answer[0].label[place],))}

    return Study(
        name=f"top_{dimension}_now",
        title=f"{plural} that sell now",
        answer=answer, draw=_draw, table=table, says=says, publish=publish, dims=(dimension,),
        definition=f"Net sales of the last while by {title.lower()}, the best first; the thin line reaches to the "
        f"mean of the same while over usual days, those without sales included. {ABOUT}",
        needs=(dimension,),
        choices=(WINDOW,),
        units={"Now": "money", "Usual": "money"},
        height=320,
    )  # fmt: skip


def _draw(answer, look):
    frame = answer[0].assign(mark=answer[0].usual.fillna(0.0), zero=0.0)
    tips = (("", "label"), ("Now", "now", "money"), ("Usual", "mark", "money"))
    return ranking(frame, "now", look, "money", look.series[0], tips, ("zero", "mark"))


TOP_CATEGORIES = _top("category", "Category", "Categories")
TOP_STORES = _top("store", "Store", "Stores")
