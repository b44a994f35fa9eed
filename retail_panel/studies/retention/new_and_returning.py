"""New customers against returning ones, month by month."""

import datetime as dt

import numpy as np
import pandas as pd

from retail_panel.customers.acquisition import acquisition
from retail_panel.studies.forms.bars import ticks_of
from retail_panel.studies.forms.stacks import piles
from retail_panel.studies.layers import sample
from retail_panel.studies.span import during, span
from retail_panel.studies.study import Choice, Nothing, Study, TooSmall
from retail_panel.trends.periods import periods

FIGURES = {"Customers": "customers", "Orders": "orders", "Net sales": "net_sales"}
UNITS = {"customers": "count", "orders": "count", "net_sales": "money"}
#: So long after the data begins many "new" customers had bought before it did.
OPENING = dt.timedelta(days=91)
GROUPS = {"new": "New", "returning": "Returning", "guest": "Guests"}


def _answer(asking):
    calendar = periods(*span(asking), "month")
    table = acquisition(asking.ask, asking.own_lines, asking.store.customers, calendar, asking.months)
    figure = asking.choices["figure"]
    kept = [group for group in GROUPS if f"{group}_{figure}" in table]
    if not table[[f"{group}_{figure}" for group in kept]].to_numpy().any():
        raise Nothing("Nothing was bought in the selection. Clear the selection, or widen the scope.")
    since = asking.scene.catalogue.first.date() + OPENING
    return {"table": table, "figure": figure, "groups": kept, "since": since}


def _large(found, least):
    for group in ("new", "returning"):
        buyers = found["table"][f"{group}_customers"]
        # Somebody who only brings back is no customer, and yet a person.
        known = (buyers == 0) & (found["table"][f"{group}_net_sales"] != 0)
        if (buyers.between(1, least - 1) | known).any():
            raise TooSmall(least)
    return found, 0


def _draw(found, look):
    table, figure, unit = found["table"], found["figure"], UNITS[found["figure"]]
    parts = [pd.DataFrame({
        "place": np.arange(len(table)), "label": table.label, "group": GROUPS[group],
        "value": table[f"{group}_{figure}"].astype(float), "share": table.new_share,
        "so_far": np.where(table.is_partial, "only part of the month", ""),
    }) for group in found["groups"]]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    sums = [frame.value.where(side).groupby(frame.place).sum() for side in (frame.value > 0, frame.value < 0)]
    high, low = 1.08 * (sums[0].max() or 1.0), 1.08 * sums[1].min()
    tips = (("", "label"), ("", "group"), (_words(found), "value", unit), ("New of all customers", "share", "share"),
            ("", "so_far"))  # fmt: skip
    names = [GROUPS[group] for group in found["groups"]]
    colours = dict(zip(names, (look.series[2], look.series[0], look.series[9]), strict=False))
    bars = piles(frame, "group", "value", colours, look, tips, 0.82).opts(
        xticks=ticks_of(table.label, 5 if look.narrow else 12)
    )
    layers = [sample(colour, name) for name, colour in colours.items()]
    return look.dressed(bars, y=unit, legend="top", layers=layers, xlim=(-0.6, len(table) - 0.4), ylim=(low, high))


def _words(found):
    return next(words for words, name in FIGURES.items() if name == found["figure"])


def _table(found, look):
    table = found["table"]
    columns = {"Month": table.label, "Partial": table.is_partial}
    for figure, words in zip(FIGURES.values(), FIGURES, strict=True):
        for group, name in GROUPS.items():
            if f"{group}_{figure}" in table:
                columns[f"{words}, {name.lower()}"] = table[f"{group}_{figure}"]
    return pd.DataFrame({**columns, "New of all customers": table.new_share})


def _says(found, look):
    table, figure = found["table"], found["figure"]
    whole = table[~table.is_partial & table.new_share.notna()]
    left = " Months that are only partly covered are left out." if table.is_partial.any() else ""
    if whole.empty:
        return "No month is covered as a whole, so no two can be compared."
    last = whole.iloc[-1]
    unit = UNITS[figure]
    new, back = (look.write(last[f"{group}_{figure}"], unit, "tile") for group in ("new", "returning"))
    said = f"{last.label}: {new} {_words(found).lower()} of new customers, {back} of returning ones."
    if figure == "customers":
        share = look.write(last.new_share, "share", "tile")
        said = f"{last.label}: {new} new customers, {back} returning ones ({share} new)."
    later = whole[whole.period >= found["since"]]
    if later.empty:
        return f"{said} The first months of the data hold old customers among the new.{left}"
    peak = later.loc[later[f"new_{figure}"].idxmax()]
    most = look.write(peak[f"new_{figure}"], unit, "tile")
    return f"{said} New customers bring most in {peak.label} ({most}), the first quarter of the data aside.{left}"


def _publish(found, x, y):
    place = int(np.floor(x + 0.5))
    if not 0 <= place < len(found["table"]):
        return None
    row = found["table"].iloc[place]
    return {"ordered_at": during(row.period, row.last_day)}


NEW_AND_RETURNING = Study(
    name="new_and_returning",
    title="New against returning customers",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, large=_large, dims=("ordered_at",),
    definition="New are customers in the month of their first purchase in the whole store, whatever scope and "
    "selection; returning are all others. A customer counts once a month. All that is bought and brought back in the "
    "month of the first purchase counts as new; guests are apart, since nobody knows whether they are new. The first "
    "months of the data look fuller of new customers than they were.",
    needs=("customer_key",),
    choices=(Choice("figure", "Of", FIGURES),),
    units={f"Net sales, {name.lower()}": "money" for name in GROUPS.values()} | {"New of all customers": "share"},
    width=12,
    height=260,
)  # fmt: skip
